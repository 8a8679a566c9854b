/** The lines of a member's /metrics that the dashboard shows: figures on the page are those of the metrics, not others of the same name. */

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

/** Without samples of zero: most methods have never been called. */
export function shownMetrics(page: string): readonly string[] {
	const lines = page.split('\n').filter((line) => !line.startsWith('#') && !line.endsWith(' 0') && SHOWN.some((name) => line.startsWith(name)));
	return lines.slice(0, LINES_MAX);
}
