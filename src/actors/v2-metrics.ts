/** What the v2 tree has counted, under etcd's names (reference/etcd-surface.md 6.3). The counts are replicated: equal on every member. Used by store-actor.ts. */
import { counter, type Metric } from '../base/metric.ts';
import type { V2Counter, V2Stats } from '../v2/stats.ts';

/** etcd's word for the action, and what was counted of it. */
const ACTIONS: readonly (readonly [string, V2Counter, V2Counter])[] = [
	['set', 'setsSuccess', 'setsFail'],
	['create', 'createSuccess', 'createFail'],
	['update', 'updateSuccess', 'updateFail'],
	['delete', 'deleteSuccess', 'deleteFail'],
	['compareAndSwap', 'compareAndSwapSuccess', 'compareAndSwapFail'],
	['compareAndDelete', 'compareAndDeleteSuccess', 'compareAndDeleteFail'],
];

export function v2StoreMetrics(stats: V2Stats): readonly Metric[] {
	const rows = (which: 1 | 2) => ACTIONS.map((row) => ({ labels: { action: row[0] }, value: stats[row[which]] }));
	return [
		counter('etcd_debugging_store_writes_total', 'Mutations of the v2 tree that succeeded.', rows(1)),
		counter('etcd_debugging_store_writes_failed_total', 'Mutations of the v2 tree that were refused.', rows(2)),
		counter('etcd_debugging_store_expires_total', 'Nodes of the v2 tree whose time was over.', stats.expireCount),
	];
}
