/**
 * When bytes that enter a link leave it: half the round trip, jitter, and now and then the pause that a lost packet costs TCP. Pure: times come as
 * arguments, chance from a seed. Used by link-proxy.ts.
 */

export interface Link {
	/** Milliseconds there and back. */
	readonly roundTrip: number;
	/** A way takes up to so many milliseconds more, drawn evenly. */
	readonly jitter: number;
	/** Share of packets that are lost, from 0 to 1. */
	readonly loss: number;
}

export const NO_DELAY: Link = { roundTrip: 0, jitter: 0, loss: 0 };

/** Linux waits at least so long before it sends again what was not acknowledged (TCP_RTO_MIN). */
const RETRANSMISSION_MIN_MS = 200;
/** Of a packet on Ethernet. */
const PACKET_BYTES = 1_448;

/** One direction of one connection. Bytes keep their order, as in TCP: what comes behind a late part is late too. */
export class LinkDelay {
	/** Asked anew each time, since a link may become another. */
	readonly #link: () => Link;
	readonly #chance: () => number;
	#last = 0;

	constructor(link: () => Link, chance: () => number) {
		this.#link = link;
		this.#chance = chance;
	}

	/** The time at which bytes that came now leave. */
	leaveAt(now: number, bytes: number): number {
		const { roundTrip, jitter, loss } = this.#link();
		const packets = Math.max(1, Math.ceil(bytes / PACKET_BYTES));
		const isLost = loss > 0 && this.#chance() < 1 - (1 - loss) ** packets;
		const repair = isLost ? Math.max(RETRANSMISSION_MIN_MS, roundTrip * 2) : 0;
		const way = roundTrip / 2 + (jitter > 0 ? this.#chance() * jitter : 0);
		this.#last = Math.max(this.#last, now + way + repair);
		return this.#last;
	}
}

/** mulberry32: small, even enough for this, the same on every machine. */
export function seededChance(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
