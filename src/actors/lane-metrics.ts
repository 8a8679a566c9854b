/** What a lane has counted, under etcd's names (reference/etcd-surface.md 6.3). Lanes are added up. Used by api-actor.ts. */
import { counter, gauge, type Metric } from '../base/metric.ts';

export interface LaneCounts {
	readonly proposalsPending: number;
	readonly proposalsFailed: number;
	readonly readsSlow: number;
	readonly readsFailed: number;
	readonly isLearner: boolean;
	readonly v2Watchers: number;
	readonly v2WatchRequests: number;
}

export function laneMetrics(counts: LaneCounts): readonly Metric[] {
	return [
		gauge('etcd_server_proposals_pending', 'Proposals of this member that are not answered yet.', counts.proposalsPending),
		counter('etcd_server_proposals_failed_total', 'Proposals of this member that were refused, or of which nobody knows.', counts.proposalsFailed),
		counter('etcd_server_slow_read_indexes_total', 'Read indexes that did not come in time and were asked for again.', counts.readsSlow),
		counter('etcd_server_read_indexes_failed_total', 'Linearizable reads that were not granted.', counts.readsFailed),
		gauge('etcd_debugging_store_watchers', 'Watchers of the v2 keyspace.', counts.v2Watchers),
		counter('etcd_debugging_store_watch_requests_total', 'Watches of the v2 keyspace that were asked for.', counts.v2WatchRequests),
		gauge('etcd_server_is_learner', 'Whether this member is a learner: 1 is yes.', Number(counts.isLearner), 'max'),
	];
}
