/**
 * How long one slice of background work may hold an actor's thread. Pure code has no clock, so that it asks. What a slice gets done may
 * differ from one run to the next; nothing that is replicated may depend on it. Implemented by adapters/timed-slice.ts, and by counting in tests.
 */
export interface WorkSlice {
	begin(): void;
	/** So many records, or like things, were visited since it was asked last. */
	isSpent(records: number): boolean;
}
