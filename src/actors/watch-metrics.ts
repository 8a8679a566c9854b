/** What a watch hub counts, under etcd's names (reference/etcd-surface.md 6.3). Hubs are added up. Used by watch-actor.ts. */
import { counter, gauge, type Metric } from '../base/metric.ts';

export interface WatchCounts {
	readonly streams: number;
	readonly watchers: number;
	/** Watchers that have all of their events up to where the hub is. */
	readonly live: number;
	/** Told, one for each watcher. */
	readonly events: number;
	/** Revisions that the store has spoken of, and the live watchers have not been told of. */
	readonly revisionsBehind: number;
}

export function watchMetrics({ streams, watchers, live, events, revisionsBehind }: WatchCounts): readonly Metric[] {
	return [
		gauge('etcd_debugging_mvcc_watch_stream_total', 'Watch streams.', streams),
		gauge('etcd_debugging_mvcc_watcher_total', 'Watchers.', watchers),
		gauge('etcd_debugging_mvcc_slow_watcher_total', 'Watchers that are behind the others: history is read for them.', watchers - live),
		counter('etcd_debugging_mvcc_events_total', 'Events that were told to watchers.', events),
		gauge('etcd_debugging_mvcc_pending_events_total', 'Revisions whose events the watchers are still to be told.', revisionsBehind),
	];
}
