/**
 * The plan of a seed. Swarm testing: a run with every fault at once hides as much as one with none, so each seed leaves some out. Parts draw from
 * streams of their own, so that a change of one part leaves the others as they were.
 */
import { Dice } from './dice.ts';
import type { ChangePlan, DiskPlan, FaultPlan, JournalPlan, LeasePlan, LossPlan, NetworkPlan, Plan, WatchPlan, WorkloadPlan } from './plan.ts';
import { MILLISECOND, SECOND } from './timeline.ts';

const FEW_CORES = 'raft+log+peer,store,watch+api';

/** Some of a plan, to make certain things likely. */
export type Focus = { readonly [K in keyof Plan]?: Plan[K] extends object ? Partial<Plan[K]> : Plan[K] };

export function focused(plan: Plan, focus: Focus | null): Plan {
	const merged = Object.entries(focus ?? {}).map(([key, value]) => {
		const drawn = plan[key as keyof Plan];
		return [key, typeof drawn === 'object' ? { ...drawn, ...(value as object) } : value];
	});
	return { ...plan, ...Object.fromEntries(merged) };
}

export function drawPlan(seed: number): Plan {
	const dice = new Dice(seed);
	const members = dice.pick([1, 2, 3, 3, 3, 3, 3, 4, 5, 5, 6, 7]);
	return {
		seed,
		members,
		lanes: dice.oneIn(3) ? 2 : 1,
		placement: dice.pick(['own', 'own', FEW_CORES, 'single']),
		electionTicks: dice.pick([3, 5, 5, 10]),
		initialTickAdvance: dice.oneIn(2),
		preVote: !dice.oneIn(8),
		checkQuorum: !dice.oneIn(10),
		snapshotCount: dice.pick([1, 1, 5, 30, 200]),
		catchUpEntries: dice.pick([0, 0, 3, 3, 10, 50, 5_000]),
		appendBytesMax: dice.pick([150, 600, 4_000, 2 ** 20]),
		inflightAppendsMax: dice.pick([1, 3, 16, 512]),
		applyBytesMax: dice.pick([150, 1_000, 2 ** 22]),
		tailBytesMax: dice.pick([400, 2_000, 20_000, 2 ** 26]),
		uncommittedBytesMax: dice.pick([600, 4_000, 2 ** 28, 2 ** 28]),
		checkpointMicroseconds: dice.pick([100, 400, 1_000]) * MILLISECOND,
		beyondCheckpointMax: dice.pick([2, 20, 1_000_000]),
		journal: drawJournal(dice.fork()),
		strictReconfigCheck: !dice.oneIn(4),
		isWallClockStuck: dice.oneIn(3),
		stormMicroseconds: dice.between(8, 20) * SECOND,
		// Elections, snapshots, a slow disk, and a log that goes one small append at a time all fit in.
		calmMicroseconds: 180 * SECOND,
		network: drawNetwork(dice.fork()),
		disk: drawDisk(dice.fork()),
		faults: drawFaults(dice.fork()),
		losses: drawLosses(dice.fork()),
		workload: drawWorkload(dice.fork()),
		changes: drawChanges(dice.fork(), members),
		watches: drawWatches(dice.fork()),
		leases: drawLeases(dice.fork()),
		tunes: dice.oneIn(3),
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
		flushOffAtEntries: dice.pick([1, 1, 2, 4, 32]),
		flushOffAtBytes: dice.pick([100, 1_000, 16_384]),
	};
}

function drawNetwork(dice: Dice): NetworkPlan {
	const inOrder = dice.oneIn(2);
	return {
		delayMicroseconds: dice.pick([100, 1_000, 5_000, 30_000]),
		evenMicroseconds: 0,
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
		slowPercent: dice.pick([0, 0, 0, 30]),
		checkpointMicroseconds: dice.pick([1, 20, 300]) * MILLISECOND,
		slowStorePercent: dice.pick([0, 0, 30, 60]),
		slowCommitMicroseconds: dice.pick([5, 30, 150]) * MILLISECOND,
		failPercent: dice.pick([0, 0, 0, 0.05, 0.3]),
		fullPercent: dice.pick([0, 0, 0, 0.1]),
		spoolFailPercent: dice.pick([0, 0, 20]),
		installFailPercent: dice.pick([0, 0, 20]),
		stallPercent: dice.pick([0, 0, 0.2]),
	};
}

function drawFaults(dice: Dice): FaultPlan {
	const seldom = (): number => (dice.oneIn(2) ? 0 : dice.pick([1, 3, 6, 12]) * SECOND);
	return {
		crash: seldom(),
		powerCut: dice.oneIn(2) ? 0 : dice.pick([3, 10]) * SECOND,
		pause: seldom(),
		stall: seldom(),
		partition: seldom(),
		oneWay: seldom(),
		clog: seldom(),
		stop: dice.oneIn(3) ? dice.pick([3, 6]) * SECOND : 0,
		restartMicroseconds: dice.pick([50, 300, 1_500]) * MILLISECOND,
		driftPercent: dice.pick([0, 0, 5, 30]),
	};
}

function drawLosses(dice: Dice): LossPlan {
	return {
		mean: dice.oneIn(2) ? 0 : dice.pick([2, 5]) * SECOND,
		wipe: dice.between(0, 3),
		damageLog: dice.between(0, 3),
		loseLog: dice.between(0, 1),
		damageStore: dice.between(0, 1),
	};
}

function drawWorkload(dice: Dice): WorkloadPlan {
	return {
		clients: dice.between(2, 8),
		keys: dice.pick([1, 3, 6, 20]),
		thinkMicroseconds: dice.pick([3, 10, 40]) * MILLISECOND,
		timeoutMicroseconds: dice.pick([500, 1_500, 5_000]) * MILLISECOND,
		put: dice.between(2, 10),
		remove: dice.between(0, 3),
		txn: dice.between(0, 6),
		get: dice.between(1, 8),
		range: dice.between(0, 3),
		serializable: dice.between(0, 2),
		past: dice.between(0, 2),
		compact: dice.pick([0, 1, 2]),
		valueBytes: dice.pick([4, 30, 300]),
	};
}

function drawChanges(dice: Dice, members: number): ChangePlan {
	return {
		mean: dice.oneIn(3) ? 0 : dice.pick([50, 150, 500]) * MILLISECOND,
		membersMax: members + dice.between(0, 3),
		add: dice.between(0, 2),
		addLearner: dice.between(0, 4),
		promote: dice.between(1, 4),
		remove: dice.between(1, 4),
		replace: dice.between(0, 3),
		update: dice.between(0, 1),
		moveLeader: dice.between(0, 3),
		replacesLost: !dice.oneIn(4),
	};
}

function drawWatches(dice: Dice): WatchPlan {
	return { clients: dice.oneIn(3) ? 0 : dice.between(1, 3), slowPercent: dice.pick([0, 5, 30]), leavePercent: dice.pick([0, 2, 15]) };
}

function drawLeases(dice: Dice): LeasePlan {
	return {
		clients: dice.oneIn(2) ? 0 : dice.between(1, 4),
		secondsMax: dice.pick([2, 4, 6]),
		renewalsMax: dice.pick([0, 3, 10]),
		lockPercent: dice.pick([0, 40, 80]),
	};
}
