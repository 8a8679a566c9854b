/** What waits between lanes and store, reads that lanes have begun and answers that the store still owes: in the manner of messages.ts, to which it belongs. */

/** In the codes of `settled`: the request was executed, and its answer follows once the work that it asked for is done. */
export const ANSWER_FOLLOWS = -1;

/** No read of the lane goes on over several turns. */
export const NOTHING_HELD = 0;

// ---- api -> store

/** Reads of the lane go on at this revision and above, or NOTHING_HELD: the sweep of a compaction waits for them. */
export interface ReadsHeld {
	readonly kind: 'reads_held';
	readonly lane: number;
	readonly oldest: number;
}
