/**
 * The durable log as the log actor sees it. Behind it: a journal (journal/journal-log-store.ts), folded into an engine whose commits are
 * flushed (engine-log-store.ts), which is a log by itself too.
 */
import type { Index, Term } from '../base/brand.ts';
import type { EntryId, EntryKind, HardState } from '../raft/state.ts';

/** Entries as columns of equal length; entry i has index first + i. The shape of protocol/messages.ts EntryColumns. */
export interface LogColumns {
	readonly first: Index;
	readonly terms: readonly Term[];
	readonly kinds: readonly EntryKind[];
	readonly payloads: readonly Uint8Array[];
}

/** One write, done in the order of its fields: reset, truncate, append; then hard state and mark. */
export interface LogBatch {
	/** Drop all entries and start after this point. */
	readonly resetTo: EntryId | null;
	/** Drop entries from here on. */
	readonly truncateFrom: Index | null;
	readonly entries: LogColumns;
	readonly hardState: HardState;
	/** A snapshot is about to be installed at this point; index 0: none is, any more. */
	readonly mark: EntryId | null;
}

/** What the log holds now. */
export interface LogContents {
	readonly hardState: HardState;
	/** The entry before the first one kept; 0 and 0 for a log from the start. */
	readonly before: EntryId;
	/** before.index if there are no entries. */
	readonly last: Index;
	/** Each run of equal terms starts at its index and lasts to the next. */
	readonly terms: readonly EntryId[];
	readonly mark: EntryId | null;
}

/** For a log whose flush may go on off the thread. */
export interface Later {
	/** All of it is durable. */
	readonly done: () => void;
	/** However little it is; else the log decides by size. */
	readonly always: boolean;
}

export interface LogStore {
	contents(): LogContents;
	/**
	 * Writes the batches in order, in one transaction with one flush. True: all of them are durable. False, for a log that was given `later` alone: they are
	 * written, and can be read, but the last flush goes on off the thread; `later.done` is called as a step of a later turn once all of them are durable,
	 * and until then nothing is appended or compacted.
	 */
	append(batches: readonly LogBatch[], later?: Later): boolean;
	/** Entries from lo on, below hi, at least one, as many as fit bytesMax; empty where the log does not hold lo (compacted, or cut since). */
	read(lo: Index, hi: Index, bytesMax: number): LogColumns;
	/** The log now begins after upTo, which has been applied. Cheap: the entries themselves go by sweep. */
	compact(upTo: Index): void;
	/** Does a slice of the work that appends leave behind, of at most so many entries (compacted ones go, the journal is folded); whether some is left. */
	sweep(recordsMax: number): boolean;
	close(): void;
}
