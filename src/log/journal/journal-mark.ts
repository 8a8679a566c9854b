/**
 * How far the journal has been folded into the log's engine. It is written in the transaction of each fold, so that a start knows where to go on
 * after any stop, and once when a journal is made.
 */
export interface JournalMark {
	/** 32 random bits that enter every checksum of this journal, so that no client's bytes can pass for a record. */
	readonly salt: number;
	/** The last record that is folded in whole; 0 if none is. Invariant: the record after it is in the journal, unless this is 0. */
	readonly sequence: number;
	/** That record's checksum, which the next one names as the one before it; 0 if none. */
	readonly chain: number;
	/** Of the next record: steps that are folded in whole, and entries of the step after them. A large record takes several slices. */
	readonly stepsDone: number;
	readonly entriesDone: number;
}
