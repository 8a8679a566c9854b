/** Counts what the journal writes and how long its flushes take, under etcd's names (reference/etcd-surface.md 6.3). Kept by journal-files.ts. */
import { BUCKETS, Histogram } from '../base/histogram.ts';
import { gauge, histogram, type Metric } from '../base/metric.ts';

const MILLISECONDS_A_SECOND = 1_000;

export class JournalMeter {
	readonly #flushes = new Histogram(BUCKETS.a);
	#bytes = 0;

	wrote(bytes: number): void {
		this.#bytes += bytes;
	}

	/** A flush of records that began then, by performance.now(), is done. Those that fill new segments are not told. */
	flushed(began: number): void {
		this.#flushes.observe((performance.now() - began) / MILLISECONDS_A_SECOND);
	}

	metrics(): readonly Metric[] {
		return [
			histogram('etcd_disk_wal_fsync_duration_seconds', 'Flushes of the journal, one for all that was appended in a turn.', this.#flushes),
			gauge('etcd_disk_wal_write_bytes_total', 'Bytes of records that were written to the journal.', this.#bytes),
		];
	}
}
