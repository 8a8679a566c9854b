/** What happened in a run, counted by kind: faults that were injected, changes that were made. Printed at its end, and added up over a range. */
import type { ChangeCounts } from './administrator.ts';
import type { FaultCounts } from './faults.ts';
import type { DiskCounts } from './log-disk.ts';
import type { LossCounts } from './losses.ts';
import type { MemberCounts } from './member.ts';
import type { NetworkCounts } from './network.ts';
import type { OperatorCounts } from './operator.ts';

export interface WorldCounts {
	readonly network: NetworkCounts;
	readonly disk: DiskCounts;
	readonly faults: FaultCounts;
	readonly losses: LossCounts;
	readonly members: MemberCounts;
	readonly changes: ChangeCounts;
	readonly operator: OperatorCounts;
}

export function noCounts(): WorldCounts {
	return {
		network: { frames: 0, lost: 0, repeated: 0, cut: 0, refused: 0, snapshots: 0, snapshotsLost: 0 },
		disk: { flushes: 0, lateFlushes: 0, cutLateFlushes: 0, failedFlushes: 0, fullDisks: 0, slowDisks: 0, stalls: 0, tornWrites: 0, lostSteps: 0 },
		faults: { crashes: 0, powerCuts: 0, pauses: 0, stalledThreads: 0, partitions: 0, oneWays: 0, clogs: 0, stops: 0 },
		losses: { wiped: 0, damagedLogs: 0, lostLogs: 0, damagedStores: 0 },
		members: { driftingClocks: 0, slowStores: 0, refusedStarts: 0, removedEnds: 0 },
		changes: {
			changesAsked: 0,
			add: 0,
			addLearner: 0,
			promote: 0,
			remove: 0,
			replace: 0,
			update: 0,
			leadersRemoved: 0,
			leadersMoved: 0,
			changesRefused: 0,
			changesUnknown: 0,
		},
		operator: { joined: 0, joinsRefused: 0 },
	};
}
