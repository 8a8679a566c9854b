/** What has gone over the links to the other members since this one started, as /v2/stats tells (reference/etcd-surface.md 1.4). */

export interface AppendFigures {
	/** Messages with entries. */
	readonly count: number;
	/** Over the last 200 of them; 0 if the newest is over a second old. */
	readonly messagesPerSecond: number;
	readonly bytesPerSecond: number;
}

/** Of one member: round trips of probes, in milliseconds. */
export interface LatencyFigures {
	/** Hex. */
	readonly id: string;
	readonly current: number;
	readonly average: number;
	readonly standardDeviation: number;
	readonly minimum: number;
	readonly maximum: number;
	/** Probes that were answered, and connections that could not be made or were lost. */
	readonly success: number;
	readonly fail: number;
}

export interface PeerFigures {
	readonly sent: AppendFigures;
	readonly received: AppendFigures;
	readonly members: readonly LatencyFigures[];
}
