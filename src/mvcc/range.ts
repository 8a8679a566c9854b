/**
 * Range: the keys of a range at a revision, filtered, sorted and limited as etcd does it (reference/etcd-surface.md 2.4). Reads only, so
 * it runs on the lanes' threads as in the store. Two seeks a key at the current revision: `latest`, and `history` for what is returned.
 */
import { compareBytes, copyBytes, EMPTY_BYTES } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import type { ReadView } from '../base/engine.ts';
import { mustGetHistory, readBody } from './history.ts';
import { toKeyRange } from './key-range.ts';
import type { LatestRecord } from './latest-record.ts';
import { LATEST, type LatestTree } from './latest-tree.ts';
import { type KeyValueBytes, type RangeOperation, type RangeResult, type Refusal, refuse, SORT_ORDER, SORT_TARGET } from './operations.ts';
import { readStoreState } from './store-state.ts';
import { decodeKeyValue, encodeKeyValue, type KeyValue } from './stored-key-value.ts';
import { findVisible } from './visible.ts';

/** Where reads stand: the revision that "now" is (one above the store's within a transaction that has written), and the oldest readable. */
export interface ReadPoint {
	readonly revision: number;
	readonly compactRevision: number;
}

/** A live key of the range. */
interface Row {
	readonly main: number;
	readonly sub: number;
	readonly create: number;
	readonly version: number;
	/** Copied only when the answer is made from it. */
	readonly key: Uint8Array;
	/** Read already, or null. */
	body: KeyValueBytes | null;
}

/** For a lane: one range on a view of its own. */
export function readRange(view: ReadView, operation: RangeOperation, latest: LatestTree = LATEST): RangeResult | Refusal {
	return rangeAt(view, operation, readStoreState(view), latest);
}

/** 0, or why this revision cannot be read. */
export function checkRevision(revision: number, point: ReadPoint): number {
	if (revision > point.revision) {
		return CODES.future_revision.code;
	}
	return revision > 0 && revision < point.compactRevision ? CODES.compacted.code : CODES.ok.code;
}

/** 0, or why this range cannot be read, whatever the store holds. */
export function checkRangeShape(operation: RangeOperation): number {
	if (operation.key.length === 0) {
		return CODES.empty_key.code;
	}
	const knownOrder = operation.sortOrder >= SORT_ORDER.none && operation.sortOrder <= SORT_ORDER.descend;
	const knownTarget = operation.sortTarget >= SORT_TARGET.key && operation.sortTarget <= SORT_TARGET.value;
	return knownOrder && knownTarget ? CODES.ok.code : CODES.invalid_sort_option.code;
}

export function rangeAt(view: ReadView, operation: RangeOperation, point: ReadPoint, latest: LatestTree): RangeResult | Refusal {
	const code = checkRangeShape(operation) || checkRevision(operation.revision, point);
	if (code !== CODES.ok.code) {
		return refuse(code);
	}
	const { rows, count, more } = new RangeScan(view, operation, point, latest).run();
	return { kind: 'range', revision: point.revision, kvs: rows.map((row) => toKeyValue(view, operation, row)), more, count };
}

function hasFilter(operation: RangeOperation): boolean {
	return operation.minModRevision !== 0 || operation.maxModRevision !== 0 || operation.minCreateRevision !== 0 || operation.maxCreateRevision !== 0;
}

/** One pass over `latest`, and what it gathers. */
class RangeScan {
	readonly #view: ReadView;
	readonly #operation: RangeOperation;
	readonly #revision: number;
	readonly #latest: LatestTree;
	readonly #rowsMax: number;
	readonly #filtered: boolean;
	readonly #rows: Row[] = [];
	#count = 0;
	/** Rows that passed the filters and were let go since only the last ones are wanted. */
	#dropped = 0;

	constructor(view: ReadView, operation: RangeOperation, point: ReadPoint, latest: LatestTree) {
		this.#view = view;
		this.#operation = operation;
		this.#revision = operation.revision > 0 ? operation.revision : point.revision;
		this.#latest = latest;
		this.#filtered = hasFilter(operation);
		// As in etcd the limit cuts the scan when no order is asked for, even if the target then sorts what was found.
		const cut = operation.limit > 0 && operation.sortOrder === SORT_ORDER.none && !this.#filtered;
		this.#rowsMax = operation.countOnly ? 0 : cut ? operation.limit + 1 : Number.MAX_SAFE_INTEGER;
	}

	run(): { readonly rows: readonly Row[]; readonly count: number; readonly more: boolean } {
		const { key, rangeEnd, limit } = this.#operation;
		this.#latest.scan(this.#view, toKeyRange(key, rangeEnd), (found, record) => {
			this.#visit(found, record);
			return true;
		});
		this.#sort();
		const more = limit > 0 && this.#rows.length + this.#dropped > limit;
		return { rows: more ? this.#rows.slice(0, limit) : this.#rows, count: this.#count, more };
	}

	#visit(key: Uint8Array, record: LatestRecord): void {
		if (record.main <= this.#revision) {
			if (!record.tombstone) {
				this.#count++;
				if (this.#rows.length < this.#rowsMax && this.#passes(record.main, record.create)) {
					this.#add({ main: record.main, sub: record.sub, create: record.create, version: record.version, key: this.#keep(key), body: null });
				}
			}
			return;
		}
		const visible = findVisible(this.#view, record, this.#revision);
		if (visible === null) {
			return;
		}
		this.#count++;
		if (this.#rows.length < this.#rowsMax) {
			const body = readBodyAt(this.#view, visible.main, visible.sub);
			const kv = decodeKeyValue(body);
			if (this.#passes(visible.main, kv.createRevision)) {
				this.#add({ main: visible.main, sub: visible.sub, create: kv.createRevision, version: kv.version, key: this.#keep(key), body });
			}
		}
	}

	#passes(mod: number, create: number): boolean {
		const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = this.#operation;
		return (
			!this.#filtered ||
			((minModRevision === 0 || mod >= minModRevision) &&
				(maxModRevision === 0 || mod <= maxModRevision) &&
				(minCreateRevision === 0 || create >= minCreateRevision) &&
				(maxCreateRevision === 0 || create <= maxCreateRevision))
		);
	}

	#add(row: Row): void {
		this.#rows.push(row);
		// The last keys of a large range: the first ones need not be kept until the end.
		const { sortOrder, sortTarget, limit } = this.#operation;
		if (sortOrder === SORT_ORDER.descend && sortTarget === SORT_TARGET.key && limit > 0 && this.#rows.length > 2 * limit + 100) {
			const surplus = this.#rows.length - limit;
			this.#rows.splice(0, surplus);
			this.#dropped += surplus;
		}
	}

	#keep(key: Uint8Array): Uint8Array {
		return this.#operation.keysOnly ? copyBytes(key) : EMPTY_BYTES;
	}

	#sort(): void {
		const { sortOrder, sortTarget } = this.#operation;
		const descending = sortOrder === SORT_ORDER.descend;
		if (sortTarget === SORT_TARGET.key) {
			if (descending) {
				this.#rows.reverse();
			}
			return;
		}
		const compare = this.#comparison();
		this.#rows.sort(descending ? (a, b) => compare(b, a) : compare);
	}

	#comparison(): (a: Row, b: Row) => number {
		switch (this.#operation.sortTarget) {
			case SORT_TARGET.version:
				return (a, b) => a.version - b.version;
			case SORT_TARGET.create:
				return (a, b) => a.create - b.create;
			case SORT_TARGET.mod:
				return (a, b) => a.main - b.main;
			default: {
				const values = new Map<Row, Uint8Array>();
				for (const row of this.#rows) {
					row.body ??= readBodyAt(this.#view, row.main, row.sub);
					values.set(row, decodeKeyValue(row.body).value);
				}
				return (a, b) => compareBytes(values.get(a) ?? EMPTY_BYTES, values.get(b) ?? EMPTY_BYTES);
			}
		}
	}
}

function readBodyAt(view: ReadView, main: number, sub: number): KeyValueBytes {
	return readBody(main, sub, mustGetHistory(view, main, sub, 'the key has its newest record there'));
}

/** Without its value when only keys are asked for, and then without its lease too, unless the value was sorted by (etcd 3.7). */
function toKeyValue(view: ReadView, operation: RangeOperation, row: Row): KeyValueBytes {
	if (!operation.keysOnly) {
		return row.body ?? readBodyAt(view, row.main, row.sub);
	}
	const blank = { key: row.key, createRevision: row.create, modRevision: row.main, version: row.version, value: EMPTY_BYTES };
	const lease = operation.sortTarget === SORT_TARGET.value && row.body !== null ? decodeKeyValue(row.body).lease : 0n;
	return encodeKeyValue({ ...blank, lease } satisfies KeyValue);
}

/** The key-value of a live key at the current revision, as stored. */
export function readLatestKeyValue(view: ReadView, record: LatestRecord): KeyValueBytes {
	return readBodyAt(view, record.main, record.sub);
}
