/** The store's upkeep as it is configured: times become ticks. Called by workers/store.worker.ts. */
import type { AutoCompactorOptions } from '../actors/auto-compactor.ts';
import type { UpkeepOptions } from '../actors/store-upkeep.ts';
import type { Config } from '../config/config.ts';

type Configured = Pick<Config, 'autoCompaction' | 'quotaBytes' | 'corruptCheckMs' | 'compactHashCheckMs' | 'heartbeatMs'>;

const HOUR_MILLISECONDS = 3_600_000;
/** etcd's, between two compactions by revision. */
const REVISION_INTERVAL_MILLISECONDS = 300_000;
const QUOTA_LOOK_MILLISECONDS = 1_000;
const FIRST_COMPARISON_MILLISECONDS = 10_000;
const COMPARISON_PATIENCE_MILLISECONDS = 600_000;
/** etcd's, between two looks for v2 nodes whose time is over. */
const V2_EXPIRY_MILLISECONDS = 500;

/** roomBytes: what the disk still has for the store. */
export function upkeepOptions(config: Configured, roomBytes: () => number | null): UpkeepOptions {
	const ticks = (milliseconds: number): number => Math.ceil(milliseconds / config.heartbeatMs);
	return {
		compaction: compactionOptions(config, ticks),
		quota: { quotaBytes: config.quotaBytes, lookTicks: ticks(QUOTA_LOOK_MILLISECONDS), roomBytes },
		corruption: {
			periodTicks: ticks(config.corruptCheckMs),
			compactionTicks: ticks(config.compactHashCheckMs),
			firstTicks: ticks(FIRST_COMPARISON_MILLISECONDS),
			patienceTicks: ticks(COMPARISON_PATIENCE_MILLISECONDS),
		},
		v2Expiry: { intervalTicks: ticks(V2_EXPIRY_MILLISECONDS), now: Date.now },
	};
}

function compactionOptions({ autoCompaction }: Configured, ticks: (milliseconds: number) => number): AutoCompactorOptions {
	switch (autoCompaction.mode) {
		case 'off':
			return autoCompaction;
		case 'periodic': {
			const { periodMs } = autoCompaction;
			return { mode: 'periodic', periodTicks: ticks(periodMs), intervalTicks: ticks(Math.min(periodMs, HOUR_MILLISECONDS)) };
		}
		case 'revision':
			return { ...autoCompaction, intervalTicks: ticks(REVISION_INTERVAL_MILLISECONDS) };
	}
}
