/** What lanes tell the store of the reads that they have begun: in the manner of messages.ts, to which it belongs. */

/** No read of the lane goes on over several turns. */
export const NOTHING_HELD = 0;

// ---- api -> store

/** Reads of the lane go on at this revision and above, or NOTHING_HELD: the sweep of a compaction waits for them. */
export interface ReadsHeld {
	readonly kind: 'reads_held';
	readonly lane: number;
	readonly oldest: number;
}
