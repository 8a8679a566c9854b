/** Everything that the core can ask for: plain data, taken once a turn by takeOutput. */
import type { Index, RequestId, Slot, Term } from '../base/brand.ts';
import type { FetchPurpose } from './input.ts';
import type { Envelope } from './message.ts';
import type { Entry, EntryId, HardState } from './state.ts';

/** One write and one flush of the log. Batches are numbered from 1 without a gap, and flushed in order. */
export interface PersistBatch {
	readonly batch: number;
	/** Entries from here on are dropped first, or null. */
	readonly truncateFrom: Index | null;
	readonly entries: readonly Entry[];
	/** Written with every batch: the commit index in it lets a rewound member know what was committed. */
	readonly hardState: HardState;
	/** A snapshot is about to be installed at this point: flushed before the store switches to it. NO_MARK: none is, any more. Null: as before. */
	readonly mark: EntryId | null;
	/** The store has the snapshot: drop all entries and start after this point, keeping term and vote. */
	readonly resetTo: EntryId | null;
	/** Votes and append replies, released unread once this batch is flushed. */
	readonly after: readonly Envelope[];
}

export interface Role {
	readonly role: 'follower' | 'pre_candidate' | 'candidate' | 'leader';
	readonly term: Term;
	/** NOBODY while none is known. */
	readonly leader: Slot;
}

export interface RaftOutput {
	readonly persist: PersistBatch | null;
	/** Free to leave now, before anything is flushed. */
	readonly send: readonly Envelope[];
	readonly fetch: readonly FetchPurpose[];
	/** Committed and locally persisted, contiguous, each exactly once a boot. */
	readonly apply: readonly Entry[];
	/** Read requests that may be served once the store has applied index. */
	readonly granted: readonly { readonly requestId: RequestId; readonly index: Index }[];
	/** Entered no log, here or elsewhere: safe to retry. Code: base/codes.ts. */
	readonly refused: readonly { readonly requestId: RequestId; readonly code: number }[];
	/** Install the snapshot at this path; its mark is already flushed. */
	readonly restore: { readonly index: Index; readonly term: Term; readonly path: string } | null;
	/** Received snapshots that are not wanted (stale): delete the files. */
	readonly discard: readonly string[];
	/** Followers that need a snapshot now. */
	readonly snapshotTo: readonly Slot[];
	/** The log may drop entries up to and including this one, or null. */
	readonly compact: Index | null;
	/** Only when role, term or leader changed. */
	readonly role: Role | null;
}
