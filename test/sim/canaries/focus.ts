/**
 * What makes a planted bug likely to show, for npm test, which has no time to search: the drawn plans are bent towards it. The search itself
 * (`--canaries`) uses the plans as they are drawn, since that is what is to be shown.
 */
import type { Focus } from '../draw-plan.ts';
import { MILLISECOND, SECOND } from '../timeline.ts';

const NO_FAULTS = { crash: 0, powerCut: 0, pause: 0, stall: 0, partition: 0, oneWay: 0, clog: 0, stop: 0, restartMicroseconds: 300 * MILLISECOND };
const HEALTHY_DISK = { flushMicroseconds: 300, slowPercent: 0, failPercent: 0, fullPercent: 0, stallPercent: 0, slowStorePercent: 0 };
const NO_CHANGES = { mean: 0 };
const NO_LOSSES = { mean: 0 };
const ONE_KEY = { clients: 8, keys: 1, thinkMicroseconds: 5 * MILLISECOND, put: 4, get: 10, remove: 0, txn: 0, range: 0, past: 0, compact: 0 };
const MANY_CHANGES = { mean: 100 * MILLISECOND, add: 1, addLearner: 2, promote: 4, remove: 3, replace: 5, update: 0, moveLeader: 1, membersMax: 5 };

export const FOCUS = {
	/** A leader that another has taken the place of goes on being asked. */
	reads: {
		members: 3,
		stormMicroseconds: 8 * SECOND,
		lanes: 1,
		electionTicks: 3,
		checkQuorum: false,
		network: { delayMicroseconds: 1_000, lossPercent: 0 },
		disk: HEALTHY_DISK,
		faults: { ...NO_FAULTS, pause: SECOND, partition: SECOND },
		losses: NO_LOSSES,
		workload: ONE_KEY,
		changes: NO_CHANGES,
	},
	/** Leaders come and go, and no clock but their own ends a reign. */
	reigns: {
		members: 3,
		stormMicroseconds: 8 * SECOND,
		electionTicks: 3,
		checkQuorum: true,
		disk: HEALTHY_DISK,
		faults: { ...NO_FAULTS, partition: SECOND, oneWay: SECOND },
		losses: NO_LOSSES,
		changes: NO_CHANGES,
	},
	changes: {
		members: 3,
		stormMicroseconds: 8 * SECOND,
		electionTicks: 3,
		strictReconfigCheck: false,
		network: { delayMicroseconds: 5_000, lossPercent: 2 },
		disk: { ...HEALTHY_DISK, slowStorePercent: 60, slowCommitMicroseconds: 30 * MILLISECOND },
		faults: { ...NO_FAULTS, crash: SECOND, partition: SECOND, oneWay: 2 * SECOND },
		losses: NO_LOSSES,
		changes: MANY_CHANGES,
	},
	/** Members that come and go on the same machines, with others that are behind. */
	machines: {
		members: 3,
		stormMicroseconds: 8 * SECOND,
		electionTicks: 3,
		strictReconfigCheck: false,
		isWallClockStuck: false,
		network: { delayMicroseconds: 1_000, lossPercent: 0 },
		disk: { ...HEALTHY_DISK, slowStorePercent: 60, slowCommitMicroseconds: 30 * MILLISECOND },
		faults: { ...NO_FAULTS, partition: SECOND, oneWay: SECOND },
		losses: NO_LOSSES,
		changes: { ...MANY_CHANGES, add: 8, addLearner: 0, promote: 0, remove: 8, replace: 0, moveLeader: 0, membersMax: 3 },
	},
	/** The log forgets at once, and who comes back needs a snapshot. */
	snapshots: {
		members: 3,
		stormMicroseconds: 8 * SECOND,
		electionTicks: 3,
		snapshotCount: 1,
		catchUpEntries: 0,
		checkpointMicroseconds: 100 * MILLISECOND,
		network: { delayMicroseconds: 1_000, lossPercent: 0, snapshotMicroseconds: 50 * MILLISECOND, snapshotLossPercent: 0 },
		disk: { ...HEALTHY_DISK, spoolFailPercent: 0, installFailPercent: 0 },
		faults: { ...NO_FAULTS, crash: 500 * MILLISECOND, partition: SECOND },
		losses: NO_LOSSES,
		changes: MANY_CHANGES,
	},
	/** Leaders that stay for long, on links with a long tail, and may try to be quick. */
	tuning: {
		members: 3,
		tunes: true,
		electionTicks: 10,
		stormMicroseconds: 20 * SECOND,
		network: { delayMicroseconds: 30_000, lossPercent: 2 },
		disk: HEALTHY_DISK,
		faults: NO_FAULTS,
		losses: NO_LOSSES,
		changes: NO_CHANGES,
	},
	/** Times change while somebody is behind. */
	tuningSnapshots: {
		members: 3,
		tunes: true,
		stormMicroseconds: 8 * SECOND,
		electionTicks: 3,
		snapshotCount: 1,
		catchUpEntries: 0,
		checkpointMicroseconds: 100 * MILLISECOND,
		network: { delayMicroseconds: 5_000, lossPercent: 2, snapshotMicroseconds: 50 * MILLISECOND, snapshotLossPercent: 0 },
		disk: { ...HEALTHY_DISK, spoolFailPercent: 0, installFailPercent: 0 },
		faults: { ...NO_FAULTS, partition: SECOND },
		losses: NO_LOSSES,
		changes: NO_CHANGES,
	},
	/** Watchers that move about, behind and ahead of compactions. */
	watches: {
		members: 3,
		electionTicks: 3,
		network: { delayMicroseconds: 1_000, lossPercent: 0 },
		disk: HEALTHY_DISK,
		faults: { ...NO_FAULTS, crash: 2 * SECOND },
		losses: NO_LOSSES,
		changes: NO_CHANGES,
		watches: { clients: 3, slowPercent: 5, leavePercent: 15 },
		leases: { clients: 0 },
	},
	/** Leases and locks while leaders come and go. */
	leases: {
		members: 3,
		electionTicks: 3,
		network: { delayMicroseconds: 1_000, lossPercent: 0 },
		disk: HEALTHY_DISK,
		faults: { ...NO_FAULTS, partition: 2 * SECOND, pause: 3 * SECOND },
		losses: NO_LOSSES,
		changes: NO_CHANGES,
		workload: { clients: 2, thinkMicroseconds: 40 * MILLISECOND },
		watches: { clients: 0 },
		leases: { clients: 4, secondsMax: 4, renewalsMax: 10, lockPercent: 40 },
	},
} as const satisfies Readonly<Record<string, Focus>>;

export type FocusName = keyof typeof FOCUS;
