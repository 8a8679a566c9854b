/** Everything that the core can be told. Facts are past tense. */
import type { Index, RequestId, Slot, Term } from '../base/brand.ts';
import type { Envelope } from './message.ts';
import type { Entry, EntryKind, Membership } from './state.ts';

export type RaftInput =
	/** One heartbeat interval has passed. */
	| { readonly kind: 'tick' }
	/**
	 * A client's command (or a change of membership) to append. Answered by its effect on the store, or by `refused`, or by nobody (unknown).
	 * onlyTerm: refused unless this member leads that term, and never forwarded; null: for whoever leads.
	 */
	| {
			readonly kind: 'propose';
			readonly onlyTerm: Term | null;
			readonly requestId: RequestId;
			readonly entryKind: EntryKind;
			readonly data: Uint8Array;
	  }
	/** Asks for the index that a linearizable read must wait for. Answered by `granted` or `refused`. */
	| { readonly kind: 'read_index'; readonly requestId: RequestId }
	/** From another member. Total: nothing that a peer can send may throw. */
	| { readonly kind: 'received'; readonly envelope: Envelope }
	/** The log has flushed this batch and all before it; last is the batch's own last entry, as told to the log (ABA: its term must still be ours). */
	| { readonly kind: 'persisted'; readonly batch: number; readonly lastIndex: Index; readonly lastTerm: Term }
	/** Entries asked for by `fetch`: from lo on, at least one unless they are compacted, perhaps fewer than asked for. */
	| { readonly kind: 'fetched'; readonly purpose: FetchPurpose; readonly entries: readonly Entry[] }
	/** The store has applied and committed up to here; membership is not null if it changed. */
	| { readonly kind: 'applied'; readonly upTo: Index; readonly membership: Membership | null }
	/** The store's last durable checkpoint: the log may be compacted up to it, less what slow followers may want. */
	| { readonly kind: 'checkpointed'; readonly index: Index; readonly term: Term }
	/** A whole, verified snapshot from a leader is on the disk under this path. */
	| {
			readonly kind: 'snapshot_received';
			readonly from: Slot;
			readonly leaderTerm: Term;
			readonly index: Index;
			readonly term: Term;
			readonly path: string;
	  }
	/** The store has installed and checkpointed the snapshot. */
	| { readonly kind: 'restored'; readonly index: Index; readonly term: Term; readonly membership: Membership }
	/** The store cannot take the snapshot, and is what it was. */
	| { readonly kind: 'restore_failed'; readonly index: Index; readonly term: Term }
	/** The snapshot for a follower has been delivered at index, or could not be. */
	| { readonly kind: 'snapshot_sent'; readonly to: Slot; readonly index: Index; readonly ok: boolean }
	/** A hint for probing, not a fact about the member. */
	| { readonly kind: 'link_down'; readonly member: Slot }
	/** The store has applied that an election timeout of so many ticks is in force. A member that does not tune itself takes no notice. */
	| { readonly kind: 'tuned'; readonly electionTicks: number }
	/** Hand leadership over; NOBODY: to the follower that is furthest. */
	| { readonly kind: 'transfer'; readonly target: Slot };

/** Why old entries were wanted: for the store (slot NOBODY) or for a follower. */
export interface FetchPurpose {
	readonly member: Slot;
	readonly lo: Index;
	readonly hi: Index;
}
