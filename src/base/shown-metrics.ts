/**
 * The metrics of a member that the dashboard shows: figures on the page are those of /metrics, not others of the same name. The rest, five sixths
 * of the page, is not even spelled for it.
 */

/** What of a member's metrics is asked for: the page of /metrics, or what dashboards show of it. */
export type MetricsScope = 'all' | 'shown';

const SHOWN = [
	'etcd_disk_wal_fsync_duration_seconds',
	'etcd_disk_backend_commit_duration_seconds',
	'etcd_mvcc_db_total_size_in_use_in_bytes',
	'etcd_server_proposals_pending',
	'etcd_server_proposals_failed_total',
	'etcd_server_leader_changes_seen_total',
	'etcd_debugging_mvcc_watcher_total',
	'etcd_debugging_mvcc_slow_watcher_total',
	'grpc_server_handled_total',
	'grpc_server_handling_seconds',
	'process_resident_memory_bytes',
	'process_cpu_seconds_total',
	'quorate_',
];
const LINES_MAX = 1_000;

export function isShown(name: string): boolean {
	return SHOWN.some((shown) => name.startsWith(shown));
}

/** Without samples of zero: most methods have never been called. */
export function shownMetrics(page: string): readonly string[] {
	const lines = page.split('\n').filter((line) => !line.startsWith('#') && !line.endsWith(' 0') && isShown(line));
	return lines.slice(0, LINES_MAX);
}
