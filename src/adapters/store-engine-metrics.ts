/** What the store's engine tells of itself, under etcd's names (reference/etcd-surface.md 6.3). Used by store-directory.ts. */
import { gauge, histogram, type Metric } from '../base/metric.ts';
import { TREE } from '../base/store-trees.ts';
import type { LmdbEngine } from './lmdb-engine.ts';

export function engineMetrics(engine: LmdbEngine): readonly Metric[] {
	const { fileBytes, usedBytes } = engine.sizes();
	return [
		gauge('etcd_mvcc_db_total_size_in_bytes', 'Bytes of the file of the database that have ever held something.', fileBytes),
		gauge('etcd_debugging_mvcc_db_total_size_in_bytes', 'As etcd_mvcc_db_total_size_in_bytes.', fileBytes),
		gauge('etcd_mvcc_db_total_size_in_use_in_bytes', 'Of these, bytes of pages in use; the quota goes by them.', usedBytes),
		gauge('etcd_debugging_mvcc_keys_total', 'Keys, and those deleted ones that no compaction has dropped yet.', engine.records(TREE.latest)),
		histogram('etcd_disk_backend_commit_duration_seconds', 'Commits of the database.', engine.commits),
	];
}
