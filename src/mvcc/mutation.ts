/**
 * One effective transaction on the keyspace: its puts and deletes share one revision and are numbered within it, in order. It writes
 * the two trees and what hangs on leases, nothing else; who calls it has checked the request (execute.ts).
 */
import { assert } from '../base/assert.ts';
import { copyBytes, EMPTY_BYTES } from '../base/bytes.ts';
import type { WriteView } from '../base/engine.ts';
import { missingRecord } from './damage.ts';
import { toKeyRange } from './key-range.ts';
import type { LatestRecord } from './latest-record.ts';
import type { LatestTree } from './latest-tree.ts';
import type { DeleteRangeOperation, DeleteRangeResult, KeyValueBytes, PutOperation, PutResult } from './operations.ts';
import { type ReadPoint, readLatestKeyValue } from './range.ts';
import { appendRecord, moveToLease } from './record-append.ts';
import type { StoreState } from './store-state.ts';
import { decodeKeyValue, type KeyValue } from './stored-key-value.ts';

export class Mutation {
	readonly #view: WriteView;
	readonly #state: StoreState;
	readonly #latest: LatestTree;
	readonly #main: number;
	#changes = 0;

	constructor(view: WriteView, state: StoreState, latest: LatestTree) {
		this.#view = view;
		this.#state = state;
		this.#latest = latest;
		this.#main = state.revision + 1;
	}

	/** What the transaction itself reads: its own changes included. */
	get point(): ReadPoint {
		return { revision: this.revision, compactRevision: this.#state.compactRevision };
	}

	/** Of the store as it is now: one more once something has changed. */
	get revision(): number {
		return this.#changes === 0 ? this.#state.revision : this.#main;
	}

	/** Makes the changes count. Invariant (I28): the revision grows by exactly one, and only if something changed. */
	finish(): void {
		assert(this.#state.revision === this.#main - 1, () => `revision ${this.#state.revision} moved under transaction ${this.#main}`);
		this.#state.revision = this.revision;
	}

	/** Always a new revision, even with the same value. */
	put(operation: PutOperation): PutResult {
		const before = this.#latest.get(this.#view, operation.key);
		const live = before === null || before.tombstone ? null : before;
		const wantsOld = live !== null && (operation.prevKv || operation.ignoreValue);
		const prevKv = wantsOld ? readLatestKeyValue(this.#view, live) : null;
		const value = !operation.ignoreValue ? operation.value : prevKv === null ? EMPTY_BYTES : decodeKeyValue(prevKv).value;
		const kv: KeyValue = {
			key: operation.key,
			createRevision: live === null ? this.#main : live.create,
			modRevision: this.#main,
			version: live === null ? 1 : live.version + 1,
			value,
			lease: operation.ignoreLease ? (live?.lease ?? 0n) : operation.lease,
		};
		this.#write(before, kv, false);
		moveToLease(this.#view, operation.key, live?.lease ?? 0n, kv.lease);
		return { kind: 'put', revision: this.#main, prevKv: operation.prevKv ? prevKv : null };
	}

	deleteRange(operation: DeleteRangeOperation): DeleteRangeResult {
		const doomed: { readonly key: Uint8Array; readonly record: LatestRecord }[] = [];
		this.#latest.scan(this.#view, toKeyRange(operation.key, operation.rangeEnd), (key, record) => {
			if (!record.tombstone) {
				doomed.push({ key: copyBytes(key), record });
			}
			return true;
		});
		const prevKvs: KeyValueBytes[] = [];
		for (const { key, record } of doomed) {
			if (operation.prevKv) {
				prevKvs.push(readLatestKeyValue(this.#view, record));
			}
			this.#bury(key, record);
		}
		return { kind: 'delete_range', revision: this.revision, deleted: doomed.length, prevKvs };
	}

	/** The keys of a lease that is over, which must be live. */
	deleteAttached(keys: readonly Uint8Array[], lease: bigint): void {
		for (const key of keys) {
			const record = this.#latest.get(this.#view, key);
			if (record === null || record.tombstone || record.lease !== lease) {
				throw missingRecord('latest', key, `lease ${lease} has the key`);
			}
			this.#bury(key, record);
		}
	}

	#bury(key: Uint8Array, record: LatestRecord): void {
		this.#write(record, { key, createRevision: 0, modRevision: 0, version: 0, value: EMPTY_BYTES, lease: 0n }, true);
		moveToLease(this.#view, key, record.lease, 0n);
	}

	#write(before: LatestRecord | null, kv: KeyValue, tombstone: boolean): void {
		const context = { view: this.#view, latest: this.#latest, compactRevision: this.#state.compactRevision };
		appendRecord(context, before, { main: this.#main, sub: this.#changes++, tombstone, kv });
	}
}
