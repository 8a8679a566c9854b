/** How small everything is in the random cluster: bounds are reached within a few entries. */
import type { RaftConfig } from '../../../../src/raft/config.ts';

export const CONFIG: Omit<RaftConfig, 'boot' | 'self'> = {
	electionTicks: 5,
	initialTickAdvance: false,
	heartbeatTicks: 1,
	preVote: true,
	checkQuorum: true,
	snapshotCount: 1,
	catchUpEntries: 3,
	appendBytesMax: 12,
	inflightAppendsMax: 3,
	inflightBytesMax: 40,
	uncommittedBytesMax: 60,
	applyBytesMax: 12,
	applyInflightBytesMax: 30,
	tailBytesMax: 400,
};

/** Messages under way in a storm; what is beyond is lost. */
export const WIRE_MAX = 60;

export interface WorldOptions {
	readonly size: number;
	readonly spares?: number;
	readonly config?: Partial<RaftConfig>;
}
