/** Times of the peer network. All come from here, so that tests can shorten them; none decides anything in raft. */

export interface PeerTiming {
	/** How often connections are looked at, and probed when idle. */
	readonly checkMilliseconds: number;
	/** A control connection is lost after this many checks without a byte from the other side, any connection after this many with a write stuck. */
	readonly silentChecksMax: number;
	/** Reconnect: doubled from first to last, each with jitter, reset by success. */
	readonly backOffFirstMilliseconds: number;
	readonly backOffLastMilliseconds: number;
	/** To connect and be answered. */
	readonly dialMilliseconds: number;
	/** From a connection's first moment to the end of a request's headers. */
	readonly headersMilliseconds: number;
	/** A snapshot stream that does not move for this long is given up; the receiver's flush must fit too. */
	readonly snapshotStallMilliseconds: number;
	/** From the word that this member was removed to its end: answers and the last commit may still leave. */
	readonly farewellMilliseconds: number;
	/** For last frames to leave on close. */
	readonly closeMilliseconds: number;
}

/** Ten heartbeats to a check, so that a lost host is noticed within seconds at the default interval of 100 ms. */
export function peerTiming(heartbeatMilliseconds: number): PeerTiming {
	return {
		checkMilliseconds: 10 * heartbeatMilliseconds,
		silentChecksMax: 5,
		backOffFirstMilliseconds: 50,
		backOffLastMilliseconds: 1_000,
		dialMilliseconds: 5_000,
		headersMilliseconds: 10_000,
		snapshotStallMilliseconds: 60_000,
		farewellMilliseconds: 1_000,
		closeMilliseconds: 500,
	};
}
