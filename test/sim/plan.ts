/**
 * What one run is about: cluster, workload, and which faults there are at all. Printed before anything else, so that a failing run can be read.
 * Plain data: a run that once failed is kept with its plan (regressions/). Drawn from the seed by draw-plan.ts.
 */
export interface Plan {
	readonly seed: number;
	readonly members: number;
	readonly lanes: number;
	/** Which actors of a member share a thread, in the words of --placement. */
	readonly placement: string;
	readonly electionTicks: number;
	/** As --tuning=auto: raft has ten ticks where the others have one. */
	readonly tunes: boolean;
	readonly initialTickAdvance: boolean;
	readonly preVote: boolean;
	readonly checkQuorum: boolean;
	readonly snapshotCount: number;
	readonly catchUpEntries: number;
	readonly appendBytesMax: number;
	readonly inflightAppendsMax: number;
	readonly applyBytesMax: number;
	readonly tailBytesMax: number;
	readonly uncommittedBytesMax: number;
	readonly checkpointMicroseconds: number;
	/** Commits beyond a running checkpoint after which the store waits. */
	readonly beyondCheckpointMax: number;
	/** The journal's segments: small, so that they are folded and used again. */
	readonly journal: JournalPlan;
	readonly strictReconfigCheck: boolean;
	/** Unix seconds do not pass: a member that is added at the URLs of a removed one would get its id. */
	readonly isWallClockStuck: boolean;
	readonly stormMicroseconds: number;
	/** Within which the healed must go on. */
	readonly calmMicroseconds: number;
	readonly network: NetworkPlan;
	readonly disk: DiskPlan;
	readonly faults: FaultPlan;
	readonly losses: LossPlan;
	readonly workload: WorkloadPlan;
	readonly changes: ChangePlan;
	readonly watches: WatchPlan;
	readonly leases: LeasePlan;
}

export interface JournalPlan {
	readonly firstSegmentBytes: number;
	readonly segmentBytes: number;
	readonly prepareAtBytes: number;
	readonly recordBytesMax: number;
	/** Other work than appending waits for so much of it. */
	readonly sliceAtEntries: number;
	readonly sliceAtBytes: number;
	/** A turn of so many entries, or bytes, is flushed off the thread. */
	readonly flushOffAtEntries: number;
	readonly flushOffAtBytes: number;
}

export interface NetworkPlan {
	readonly delayMicroseconds: number;
	/** Not 0: delays are drawn evenly from so much less to so much more than delayMicroseconds; else they have a long tail. */
	readonly evenMicroseconds: number;
	/** Frames of one connection keep their order, and a lost one takes the connection with it; else each goes its own way. */
	readonly inOrder: boolean;
	readonly lossPercent: number;
	readonly repeatPercent: number;
	/** A frame may arrive at a later process than the one that it was sent to. */
	readonly outlivesProcess: boolean;
	readonly snapshotMicroseconds: number;
	readonly snapshotLossPercent: number;
}

export interface DiskPlan {
	readonly flushMicroseconds: number;
	/** Of disks: thirty times as slow as the others. */
	readonly slowPercent: number;
	readonly checkpointMicroseconds: number;
	/** Of stores: each of their commits takes so long, and they fall behind the log. */
	readonly slowStorePercent: number;
	readonly slowCommitMicroseconds: number;
	/** Of flushes. */
	readonly failPercent: number;
	readonly fullPercent: number;
	readonly spoolFailPercent: number;
	readonly installFailPercent: number;
	/** Now and then a flush that lasts longer than an election. */
	readonly stallPercent: number;
}

/** Mean time between two faults of a kind; 0: there is none. */
export interface FaultPlan {
	readonly crash: number;
	/** All at once, like a power cut. */
	readonly powerCut: number;
	readonly pause: number;
	/** One thread of a process stands still, and the others go on. */
	readonly stall: number;
	readonly partition: number;
	readonly oneWay: number;
	readonly clog: number;
	/** A clean stop: drained, checkpointed, closed. */
	readonly stop: number;
	readonly restartMicroseconds: number;
	/** Per cent by which a member's ticks may be off. */
	readonly driftPercent: number;
}

/** Members whose data is gone for good: never so many that the cluster's is. Weights of the ways; mean 0: there are none. */
export interface LossPlan {
	readonly mean: number;
	/** The disks are empty, and the member comes back under its old id. */
	readonly wipe: number;
	/** A record of the log that was told of does not read back. */
	readonly damageLog: number;
	/** The log is empty, the store is not. */
	readonly loseLog: number;
	/** A record of the store that is read at each start does not read back. */
	readonly damageStore: number;
}

export interface WorkloadPlan {
	readonly clients: number;
	readonly keys: number;
	readonly thinkMicroseconds: number;
	readonly timeoutMicroseconds: number;
	/** Weights of the kinds of requests. */
	readonly put: number;
	readonly remove: number;
	readonly txn: number;
	readonly get: number;
	readonly range: number;
	readonly serializable: number;
	readonly past: number;
	readonly compact: number;
	readonly valueBytes: number;
}

/** What an administrator asks for: mean time between two requests, and weights of their kinds; 0: nobody does. */
export interface ChangePlan {
	readonly mean: number;
	readonly membersMax: number;
	readonly add: number;
	readonly addLearner: number;
	readonly promote: number;
	readonly remove: number;
	/** Another voter takes one's place in one step. */
	readonly replace: number;
	readonly update: number;
	readonly moveLeader: number;
	/** A lost member is removed, and another one comes at its URLs. */
	readonly replacesLost: boolean;
}

export interface WatchPlan {
	readonly clients: number;
	/** Of responses: the client does not read on for a while. */
	readonly slowPercent: number;
	/** Of looks, some a second: it goes to another member by itself. */
	readonly leavePercent: number;
}

export interface LeasePlan {
	readonly clients: number;
	readonly secondsMax: number;
	readonly renewalsMax: number;
	/** Of leases: for a lock, else for keys. */
	readonly lockPercent: number;
}
