/**
 * What one seed is about: cluster, workload, and which faults there are at all. Swarm testing: a run with every fault at once hides as much as
 * one with none, so each seed leaves some out. Printed before anything else, so that a failing run can be read.
 */
import { Dice } from './dice.ts';
import { MILLISECOND, SECOND } from './timeline.ts';

export interface Plan {
	readonly seed: number;
	readonly members: number;
	readonly lanes: number;
	/** All actors of a member on one thread, or each on its own. */
	readonly oneThread: boolean;
	readonly electionTicks: number;
	readonly preVote: boolean;
	readonly checkQuorum: boolean;
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
	readonly stormMicroseconds: number;
	readonly network: NetworkPlan;
	readonly disk: DiskPlan;
	readonly faults: FaultPlan;
	readonly workload: WorkloadPlan;
}

export interface JournalPlan {
	readonly firstSegmentBytes: number;
	readonly segmentBytes: number;
	readonly prepareAtBytes: number;
	readonly recordBytesMax: number;
	/** Other work than appending waits for so much of it. */
	readonly sliceAtEntries: number;
	readonly sliceAtBytes: number;
}

export interface NetworkPlan {
	readonly delayMicroseconds: number;
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
	readonly checkpointMicroseconds: number;
	/** Of flushes. */
	readonly failPercent: number;
	readonly fullPercent: number;
	readonly spoolFailPercent: number;
	/** Now and then a flush that lasts longer than an election. */
	readonly stallPercent: number;
}

/** Mean time between two faults of a kind; 0: there is none. */
export interface FaultPlan {
	readonly crash: number;
	/** All at once, like a power cut. */
	readonly powerCut: number;
	readonly pause: number;
	readonly partition: number;
	readonly oneWay: number;
	readonly clog: number;
	/** A clean stop: drained, checkpointed, closed. */
	readonly stop: number;
	readonly restartMicroseconds: number;
	/** Per cent by which a member's ticks may be off. */
	readonly driftPercent: number;
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
	readonly moveLeader: number;
	readonly valueBytes: number;
}

export function drawPlan(seed: number): Plan {
	const dice = new Dice(seed);
	const members = dice.pick([1, 2, 3, 3, 3, 3, 3, 4, 5, 5, 5]);
	return {
		seed,
		members,
		lanes: dice.oneIn(3) ? 2 : 1,
		oneThread: dice.oneIn(4),
		electionTicks: dice.pick([3, 5, 5, 10]),
		preVote: !dice.oneIn(8),
		checkQuorum: !dice.oneIn(10),
		catchUpEntries: dice.pick([0, 0, 3, 3, 10, 50, 5_000]),
		appendBytesMax: dice.pick([150, 600, 4_000, 2 ** 20]),
		inflightAppendsMax: dice.pick([1, 3, 16, 512]),
		applyBytesMax: dice.pick([150, 1_000, 2 ** 22]),
		tailBytesMax: dice.pick([400, 2_000, 20_000, 2 ** 26]),
		uncommittedBytesMax: dice.pick([600, 4_000, 2 ** 28, 2 ** 28]),
		checkpointMicroseconds: dice.pick([100, 400, 1_000]) * MILLISECOND,
		beyondCheckpointMax: dice.pick([2, 20, 1_000_000]),
		journal: drawJournal(dice.fork()),
		stormMicroseconds: dice.between(5, 11) * SECOND,
		network: drawNetwork(dice.fork()),
		disk: drawDisk(dice.fork()),
		faults: drawFaults(dice.fork()),
		workload: drawWorkload(dice.fork()),
	};
}

function drawJournal(dice: Dice): JournalPlan {
	const firstSegmentBytes = dice.pick([8, 32]) * 1_024;
	return {
		firstSegmentBytes,
		segmentBytes: firstSegmentBytes * dice.pick([1, 2]),
		prepareAtBytes: dice.pick([512, 4_096]),
		recordBytesMax: dice.pick([400, 4_096]),
		sliceAtEntries: dice.pick([1, 10, 100]),
		sliceAtBytes: dice.pick([100, 4_096]),
	};
}

function drawNetwork(dice: Dice): NetworkPlan {
	const inOrder = dice.oneIn(2);
	return {
		delayMicroseconds: dice.pick([100, 1_000, 5_000, 30_000]),
		inOrder,
		lossPercent: dice.pick([0, 0, 0.2, 2, 15]),
		repeatPercent: inOrder ? 0 : dice.pick([0, 0, 1, 10, 40]),
		outlivesProcess: !inOrder && dice.oneIn(3),
		snapshotMicroseconds: dice.pick([5, 50, 400]) * MILLISECOND,
		snapshotLossPercent: dice.pick([0, 5, 40]),
	};
}

function drawDisk(dice: Dice): DiskPlan {
	return {
		flushMicroseconds: dice.pick([100, 300, 2_000, 20_000]),
		checkpointMicroseconds: dice.pick([1, 20, 300]) * MILLISECOND,
		failPercent: dice.pick([0, 0, 0, 0.05, 0.3]),
		fullPercent: dice.pick([0, 0, 0, 0.1]),
		spoolFailPercent: dice.pick([0, 0, 20]),
		stallPercent: dice.pick([0, 0, 0.2]),
	};
}

function drawFaults(dice: Dice): FaultPlan {
	const seldom = (): number => (dice.oneIn(2) ? 0 : dice.pick([1, 2, 4, 8]) * SECOND);
	return {
		crash: seldom(),
		powerCut: dice.oneIn(2) ? 0 : dice.pick([3, 8]) * SECOND,
		pause: seldom(),
		partition: seldom(),
		oneWay: seldom(),
		clog: seldom(),
		stop: dice.oneIn(3) ? dice.pick([3, 6]) * SECOND : 0,
		restartMicroseconds: dice.pick([50, 500, 3_000]) * MILLISECOND,
		driftPercent: dice.pick([0, 0, 5, 30]),
	};
}

function drawWorkload(dice: Dice): WorkloadPlan {
	return {
		clients: dice.between(2, 8),
		keys: dice.pick([1, 3, 6, 20]),
		thinkMicroseconds: dice.pick([5, 30, 100]) * MILLISECOND,
		timeoutMicroseconds: dice.pick([1, 3, 8]) * SECOND,
		put: dice.between(2, 10),
		remove: dice.between(0, 3),
		txn: dice.between(0, 6),
		get: dice.between(1, 8),
		range: dice.between(0, 3),
		serializable: dice.between(0, 2),
		past: dice.between(0, 2),
		compact: dice.pick([0, 1, 2]),
		moveLeader: dice.pick([0, 0, 1]),
		valueBytes: dice.pick([4, 30, 300]),
	};
}
