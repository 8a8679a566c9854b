/**
 * Turns of an api lane's thread for work that takes milliseconds: pages of large ranges, hashes, whole answers by HTTP/1.1. While nothing else happens on the
 * thread they follow on one another; else there is a rest after each, of a multiple of what it took, so that however much of such work is asked for, most of
 * the time is left to small requests, which come by several times each. It does not cut work into pieces. Used by client-front-end.ts and http1-turns.ts.
 */

export interface TurnClock {
	now(): number;
	/** After what is ready to be read has been read. */
	soon(work: () => void): void;
	after(milliseconds: number, work: () => void): void;
}

/** Of what the work took. */
const REST_FACTOR = 2;
/** The loop's own turn takes less when there is nothing to do in it. */
const QUIET_MILLISECONDS = 0.2;
/** Rests are for the last of a long row. */
const TOOK_MILLISECONDS_MAX = 20;

export const TURN_CLOCK: TurnClock = {
	now: () => performance.now(),
	soon: (work) => void setImmediate(work),
	after: (milliseconds, work) => void setTimeout(work, milliseconds),
};

export class HeavyTurns {
	readonly #clock: TurnClock;
	#endedAt = Number.NEGATIVE_INFINITY;
	/** What was done since others last had their turn. */
	#took = 0;

	constructor(clock: TurnClock = TURN_CLOCK) {
		this.#clock = clock;
	}

	/** The work is done in a later turn, once. */
	add(work: () => void): void {
		this.#clock.soon(() => this.#maybeRun(work));
	}

	#maybeRun(work: () => void): void {
		const began = this.#clock.now();
		const gap = began - this.#endedAt;
		const left = REST_FACTOR * this.#took - gap;
		if (gap > QUIET_MILLISECONDS && left > 0) {
			this.#clock.after(Math.ceil(left), () => this.#maybeRun(work));
			return;
		}
		work();
		this.#endedAt = this.#clock.now();
		const took = this.#endedAt - began;
		this.#took = Math.min(gap > QUIET_MILLISECONDS ? took : this.#took + took, TOOK_MILLISECONDS_MAX);
	}
}
