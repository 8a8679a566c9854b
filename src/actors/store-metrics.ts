/** What the store actor counts, under etcd's names (reference/etcd-surface.md 6.3). Kept by store-actor.ts and its parts. */
import { BUCKETS, exponentialBounds, Histogram } from '../base/histogram.ts';
import { counter, gauge, histogram, type Metric } from '../base/metric.ts';
import type { LeaseChange } from '../lease/execute.ts';
import { KeyspaceCounts } from '../mvcc/keyspace-counts.ts';
import type { Clock } from '../ports/clock.ts';
import type { LastComparison } from './corruption-watch.ts';

/** etcd's, for one request; here for the transaction of a batch. */
const SLOW_APPLY_SECONDS = 0.1;
const MILLISECONDS_A_SECOND = 1_000;

export interface StorePlace {
	readonly applied: number;
	readonly revision: number;
	readonly compactRevision: number;
	readonly isInstalling: boolean;
	readonly leasesRenewed: number;
	/** Those whose time this member counts. */
	readonly leasesLive: number;
	readonly comparison: (Omit<LastComparison, 'ticksAgo'> & { readonly secondsAgo: number }) | null;
}

export class StoreMeter {
	readonly keyspace = new KeyspaceCounts();
	readonly swept = { dropped: 0 };
	leasesExpired = 0;
	readonly #clock: Clock;
	readonly #applySeconds = new Histogram(BUCKETS.b);
	readonly #batchEntries = new Histogram(exponentialBounds(1, 2, 14));
	readonly #leaseTtl = new Histogram(exponentialBounds(1, 2, 24));
	readonly #pauses = new Histogram(exponentialBounds(1, 2, 13));
	readonly #sweeps = new Histogram(exponentialBounds(100, 2, 14));
	#sweepBegan: number | null = null;
	#slowApplies = 0;
	#granted = 0;
	#revoked = 0;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	now(): number {
		return this.#clock();
	}

	/** A transaction of so many entries began then, and is committed. Gives its seconds. */
	executed(began: number, entries: number, leaseChanges: readonly LeaseChange[]): number {
		const seconds = this.#clock() - began;
		this.#applySeconds.observe(seconds);
		this.#batchEntries.observe(entries);
		this.#slowApplies += seconds > SLOW_APPLY_SECONDS ? 1 : 0;
		for (const change of leaseChanges) {
			if (change.kind === 'granted') {
				this.#granted += 1;
				this.#leaseTtl.observe(change.ttl);
			} else if (change.kind === 'revoked') {
				this.#revoked += 1;
			}
		}
		return seconds;
	}

	/** A slice of a sweep that began then; isOver: the last of it. */
	sweptSlice(began: number, isOver: boolean): void {
		const now = this.#clock();
		this.#sweepBegan ??= began;
		this.#pauses.observe((now - began) * MILLISECONDS_A_SECOND);
		if (isOver) {
			this.#sweeps.observe((now - this.#sweepBegan) * MILLISECONDS_A_SECOND);
			this.#sweepBegan = null;
		}
	}

	metrics(place: StorePlace): readonly Metric[] {
		const parts = [this.#keyspaceMetrics(), this.#sweepMetrics(), this.#leaseMetrics(place), comparisonMetrics(place), this.#placeMetrics(place)];
		return parts.flat();
	}

	#keyspaceMetrics(): readonly Metric[] {
		const { puts, putBytes, deletes, ranges, txns } = this.keyspace;
		// 3.4 tells these under two names.
		const rows = [
			['put', 'Puts that were executed, those of txns too.', puts],
			['delete', 'Deletes of ranges that were executed, those of txns too.', deletes],
			['txn', 'Txns of more than one operation that were executed.', txns],
			['range', 'Ranges that were read on this member.', ranges],
		] as const;
		return [
			...rows.map(([name, help, value]) => counter(`etcd_mvcc_${name}_total`, help, value)),
			...rows.map(([name, help, value]) => counter(`etcd_debugging_mvcc_${name}_total`, `${help} As etcd_mvcc_${name}_total.`, value)),
			gauge('etcd_debugging_mvcc_total_put_size_in_bytes', 'Bytes of keys and values that were put.', putBytes),
		];
	}

	#sweepMetrics(): readonly Metric[] {
		const prefix = 'etcd_debugging_mvcc_db_compaction';
		return [
			counter(`${prefix}_keys_total`, 'Records of history that compactions have dropped.', this.swept.dropped),
			histogram(`${prefix}_pause_duration_milliseconds`, 'One slice of a compaction, in which nothing else is executed.', this.#pauses),
			histogram(
				`${prefix}_total_duration_milliseconds`,
				"A compaction from its first slice to its last, others' work between them included.",
				this.#sweeps,
			),
		];
	}

	#leaseMetrics({ leasesRenewed, leasesLive }: StorePlace): readonly Metric[] {
		return [
			counter('etcd_debugging_lease_granted_total', 'Leases that were granted.', this.#granted),
			counter('etcd_debugging_lease_revoked_total', 'Leases that were revoked or had expired.', this.#revoked),
			counter('etcd_debugging_lease_renewed_total', 'Renewals of leases while this member led.', leasesRenewed),
			gauge('quorate_leases', 'Leases that there are, on the member that leads and so counts their time; 0 on others.', leasesLive),
			counter('etcd_debugging_server_lease_expired_total', 'Leases that ended since their time was over.', this.leasesExpired),
			histogram('etcd_debugging_lease_ttl_total', 'Leases that were granted, by their time to live in seconds.', this.#leaseTtl),
		];
	}

	#placeMetrics({ applied, revision, compactRevision, isInstalling }: StorePlace): readonly Metric[] {
		return [
			gauge('etcd_server_proposals_applied_total', 'The index up to which the log is applied.', applied),
			gauge('etcd_debugging_mvcc_current_revision', 'The revision of the keyspace.', revision),
			gauge('etcd_debugging_mvcc_compact_revision', 'The revision of the last compaction; -1: there was none.', compactRevision),
			gauge('etcd_server_snapshot_apply_in_progress_total', 'Snapshots that are being installed.', Number(isInstalling)),
			counter('etcd_server_slow_apply_total', 'Transactions of committed entries that took over 100 ms.', this.#slowApplies),
			histogram('quorate_store_apply_seconds', 'A transaction of committed entries, with its commit.', this.#applySeconds),
			histogram('quorate_store_batch_entries', 'Entries in a transaction.', this.#batchEntries),
		];
	}
}

/** Of a member that has led, and compared. */
function comparisonMetrics({ comparison }: StorePlace): readonly Metric[] {
	if (comparison === null) {
		return [];
	}
	const { secondsAgo, equal, different, unknown } = comparison;
	const results = Object.entries({ equal, different, unknown }).map(([result, value]) => ({ labels: { result }, value }));
	return [
		gauge('quorate_store_comparison_age_seconds', "Since this member, leading, last compared the members' stores.", secondsAgo),
		gauge('quorate_store_comparison_members', 'Members by what that comparison found: equal, different, unknown (no answer that compares).', results),
	];
}
