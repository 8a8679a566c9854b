/**
 * Takes the history of another store in, record by record from the oldest on, and its leases before that. What comes out is what this store would
 * be if it had executed all of it itself. Used by adapters/etcd-import.ts; what a stranger's file may hold is checked there.
 */
import { assert } from '../base/assert.ts';
import { copyBytes } from '../base/bytes.ts';
import type { WriteView } from '../base/engine.ts';
import { beginCompaction } from './compaction.ts';
import { LATEST } from './latest-tree.ts';
import { LEASES } from './lease-tree.ts';
import { appendRecord, moveToLease, type NewRecord } from './record-append.ts';
import type { StoreState } from './store-state.ts';

export interface ImportedCompaction {
	/** What a compaction has dropped for good, and how far one was asked for since; -1: never. */
	readonly finished: number;
	readonly scheduled: number;
}

/** The state of a store that was compacted so and has no records yet. */
export function stateBeforeImport({ finished, scheduled }: ImportedCompaction): StoreState {
	const state: StoreState = {
		appliedIndex: 0,
		appliedTerm: 0,
		revision: Math.max(1, finished, scheduled),
		compactRevision: finished,
		sweptRevision: finished,
		sweepMain: Math.max(0, finished),
		sweepSub: 0,
	};
	if (scheduled > finished) {
		beginCompaction(state, scheduled);
	}
	return state;
}

/** The next record in order of revisions. */
export function importRecord(view: WriteView, state: StoreState, record: NewRecord): void {
	const { main, tombstone, kv } = record;
	assert(main > 0 && (tombstone || kv.modRevision === main), () => `a record of revision ${main} that was changed at ${kv.modRevision}`);
	const before = LATEST.get(view, kv.key);
	appendRecord({ view, latest: LATEST, compactRevision: state.compactRevision }, before, record);
	// A key may name a lease that is gone, as in etcd: it keeps the name, and nothing hangs on it.
	const attached = (lease: bigint): bigint => (lease !== 0n && LEASES.has(view, lease) ? lease : 0n);
	moveToLease(view, copyBytes(kv.key), attached(before?.lease ?? 0n), attached(kv.lease));
	state.revision = Math.max(state.revision, main);
}
