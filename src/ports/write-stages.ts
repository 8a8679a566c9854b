/** Where the time of one write went, as a lane can tell. Implemented by actors/lane-stages.ts, used by api/slow. */
import type { Index } from '../base/brand.ts';

/** Seconds. */
export interface StageTimes {
	/** Before it was in the leader's log, on this member. */
	readonly queue: number;
	readonly flush: number;
	readonly quorum: number;
	readonly apply: number;
	/** From the store's word to the answer. */
	readonly answer: number;
}

export interface WriteSpan {
	/** Seconds of the process's clock. */
	readonly began: number;
	readonly ended: number;
	/** What `settling` said as it was answered. */
	readonly upTo: Index;
}

export type StagesDone = (times: StageTimes | null) => void;

export interface WriteTimes {
	/** The entry up to which the store has executed, while its answers are given out; else null. */
	readonly settling: Index | null;
	/** done(null): another member leads, or nobody knows any more. */
	ask(span: WriteSpan, done: StagesDone): void;
}
