/** What the core is told once. All times are in ticks; a tick is the heartbeat interval. */
import type { Slot } from '../base/brand.ts';
import type { TuningBounds } from './timing.ts';

export interface RaftConfig {
	readonly self: Slot;
	/** Ticks of silence before an election, at least 2; each wait is drawn from [electionTicks, 2 x electionTicks). */
	readonly electionTicks: number;
	/** At boot all but one tick of electionTicks count as waited already: a new or restarted cluster has its leader sooner, and pre-vote guards one that lives. */
	readonly initialTickAdvance: boolean;
	readonly heartbeatTicks: number;
	/** Within which the leader chooses electionTicks and heartbeatTicks anew; without them they stay as they are. */
	readonly tuning?: TuningBounds;
	readonly preVote: boolean;
	readonly checkQuorum: boolean;
	/** Applied entries between two compactions of the log, at least 1: fewer, larger ones cost less than one with each checkpoint. */
	readonly snapshotCount: number;
	/** Entries kept behind the store's checkpoint for slow followers. */
	readonly catchUpEntries: number;
	readonly appendBytesMax: number;
	readonly inflightAppendsMax: number;
	readonly inflightBytesMax: number;
	readonly uncommittedBytesMax: number;
	readonly applyBytesMax: number;
	readonly applyInflightBytesMax: number;
	readonly tailBytesMax: number;
	/** 48 random bits: which process of this member proposals come from. */
	readonly boot: number;
}
