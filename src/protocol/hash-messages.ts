/** Messages between the store and the peer actor by which members compare their stores: in the manner of messages.ts, to which they belong. */
import type { RequestId } from '../base/brand.ts';

// ---- store -> peer: AskHashes, HashTold; peer -> store: HashesTold, HashAsked

/** Asks all other members for the hash of their stores at a revision. Answered by `hashes_told`. */
export interface AskHashes {
	readonly kind: 'ask_hashes';
	readonly requestId: RequestId;
	readonly revision: number;
}
/** Columns of one row a member that answered; code 0, or why its store has no such hash. */
export interface HashesTold {
	readonly kind: 'hashes_told';
	readonly requestId: RequestId;
	readonly ids: readonly string[];
	readonly codes: readonly number[];
	/** The entry that the member's store had applied. */
	readonly applied: readonly number[];
	readonly revisions: readonly number[];
	readonly compactRevisions: readonly number[];
	readonly hashes: readonly number[];
}
/** Another member asks for the hash of this one's store; 0: at its current revision. Answered by `hash_told`. */
export interface HashAsked {
	readonly kind: 'hash_asked';
	readonly requestId: RequestId;
	readonly revision: number;
}
export interface HashTold {
	readonly kind: 'hash_told';
	readonly requestId: RequestId;
	readonly code: number;
	readonly applied: number;
	readonly revision: number;
	readonly compactRevision: number;
	readonly hash: number;
}
