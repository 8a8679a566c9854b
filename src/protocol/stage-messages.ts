/** Messages between an api lane and raft about where a write's time went: in the manner of messages.ts, to which they belong. */
import type { Index, RequestId } from '../base/brand.ts';

// ---- api -> raft

/** Answered by `stages_told`. */
export interface AskStages {
	readonly kind: 'ask_stages';
	readonly requestId: RequestId;
	/** The last entry of the batch that the store has executed. */
	readonly upTo: Index;
}

// ---- raft -> api

export interface StagesTold {
	readonly kind: 'stages_told';
	readonly requestId: RequestId;
	/** When the batch with that entry was appended, persisted, committed and applied, in seconds of the process's clock; -1: not yet. Empty: unknown. */
	readonly moments: readonly number[];
}
