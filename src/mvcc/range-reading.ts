/**
 * One range, read in pages of bounded work: a pass over `latest` from key to key, each page on a view of its own, all of them at one revision.
 * What a page finds goes to the caller at once where keys are answered in their order; else the rows are sorted first. Used by range.ts for
 * ranges in one piece, and by lanes for large ones; what may have been compacted between two pages is their business (isStillReadable).
 */
import { assert } from '../base/assert.ts';
import { concatBytes, copyBytes, EMPTY_BYTES } from '../base/bytes.ts';
import type { ReadView } from '../base/engine.ts';
import { mustGetHistory, readBody } from './history.ts';
import { toKeyRange } from './key-range.ts';
import type { LatestRecord } from './latest-record.ts';
import type { LatestTree } from './latest-tree.ts';
import { type KeyValueBytes, type RangeOperation, SORT_ORDER, SORT_TARGET } from './operations.ts';
import { type Row, SortedRows } from './sorted-rows.ts';
import { decodeKeyValue, encodeKeyValue, type KeyValue } from './stored-key-value.ts';
import { findVisible } from './visible.ts';

export type TakeKeyValue = (kv: KeyValueBytes) => void;

/** What a page costs: one for a key that is passed, more for what is looked up and read. About a microsecond each. */
const COST_OLD = 4;
const COST_BODY = 2;
const COST_BYTES_SHIFT = 8;
/** A page of some milliseconds. */
export const PAGE_COST = 2_000;

const ZERO = new Uint8Array(1);

export class RangeReading {
	/** What is read: all changes up to it. */
	readonly revision: number;
	readonly #operation: RangeOperation;
	readonly #latest: LatestTree;
	readonly #filtered: boolean;
	/** Rows beyond these need not be looked at, only counted. */
	readonly #rowsMax: number;
	/** null: keys are answered in their order. */
	readonly #sorted: SortedRows | null;
	/** The last key that was passed; null at the beginning. */
	#passed: Uint8Array | null = null;
	#scanned = false;
	#finished = false;
	#count = 0;
	/** Rows that are part of the answer, the limit aside. */
	#found = 0;
	#cost = 0;

	constructor(operation: RangeOperation, revision: number, latest: LatestTree) {
		const { sortOrder, sortTarget, limit, countOnly } = operation;
		this.revision = revision;
		this.#operation = operation;
		this.#latest = latest;
		this.#filtered = hasFilter(operation);
		const inOrder = sortTarget === SORT_TARGET.key && sortOrder !== SORT_ORDER.descend;
		this.#sorted = inOrder ? null : new SortedRows(operation);
		// As in etcd the limit cuts the scan when no order is asked for, even if the target then sorts what was found.
		const cut = limit > 0 && !this.#filtered && (inOrder || sortOrder === SORT_ORDER.none);
		this.#rowsMax = countOnly ? 0 : cut ? limit + 1 : Number.MAX_SAFE_INTEGER;
	}

	/** Of live keys in the range, once all is read. */
	get count(): number {
		return this.#count;
	}

	/** What all its pages have cost. */
	get cost(): number {
		return this.#cost;
	}

	/** The limit has cut off some. */
	get more(): boolean {
		return this.#operation.limit > 0 && this.#found > this.#operation.limit;
	}

	/** Reads on, for about so much cost. True: all is read. */
	step(view: ReadView, costMax: number, take: TakeKeyValue): boolean {
		assert(!this.#finished, 'a range is read on after its end');
		const end = this.#cost + costMax;
		if (!this.#scanned) {
			this.#scan(view, end, take);
		}
		if (this.#scanned) {
			this.#finished = this.#sorted === null || this.#emit(view, this.#sorted, end, take);
		}
		return this.#finished;
	}

	#scan(view: ReadView, end: number, take: TakeKeyValue): void {
		const { key, rangeEnd } = this.#operation;
		const range = toKeyRange(key, rangeEnd);
		const lo = this.#passed === null ? range.lo : concatBytes([this.#passed, ZERO]);
		let last: Uint8Array | null = null;
		this.#latest.scan(view, { ...range, lo }, (found, record) => {
			this.#cost += this.#visit(view, found, record, take);
			last = this.#cost < end || range.single ? null : copyBytes(found);
			return last === null;
		});
		this.#passed = last;
		this.#scanned = last === null;
	}

	/** The cost of it. */
	#visit(view: ReadView, key: Uint8Array, record: LatestRecord, take: TakeKeyValue): number {
		if (record.main <= this.revision) {
			if (record.tombstone) {
				return 1;
			}
			this.#count++;
			const { main, sub, create, version } = record;
			return this.#found < this.#rowsMax && this.#passes(main, create)
				? 1 + this.#add(view, { main, sub, create, version, key: this.#keep(key), body: null }, take)
				: 1;
		}
		const visible = findVisible(view, record, this.revision);
		if (visible === null) {
			return COST_OLD;
		}
		this.#count++;
		if (this.#found >= this.#rowsMax) {
			return COST_OLD;
		}
		const { main, sub } = visible;
		const body = readBodyAt(view, main, sub);
		const { createRevision, version } = decodeKeyValue(body);
		return this.#passes(main, createRevision)
			? COST_OLD + COST_BODY + this.#add(view, { main, sub, create: createRevision, version, key: this.#keep(key), body }, take)
			: COST_OLD + COST_BODY;
	}

	/** The cost of it. */
	#add(view: ReadView, row: Row, take: TakeKeyValue): number {
		this.#found++;
		const { limit, sortTarget } = this.#operation;
		if (this.#sorted === null) {
			return limit > 0 && this.#found > limit ? 0 : this.#answer(view, row, take);
		}
		const body = sortTarget === SORT_TARGET.value ? (row.body ?? readBodyAt(view, row.main, row.sub)) : null;
		// What was read on the way is read again rather than kept: it may be much.
		this.#sorted.add({ ...row, body });
		return 1 + costOf(body);
	}

	/** True: there is no row left. */
	#emit(view: ReadView, sorted: SortedRows, end: number, take: TakeKeyValue): boolean {
		while (this.#cost < end) {
			const row = sorted.take();
			if (row === null) {
				return true;
			}
			this.#cost += 1 + this.#answer(view, row, take);
		}
		return false;
	}

	#answer(view: ReadView, row: Row, take: TakeKeyValue): number {
		if (this.#operation.keysOnly) {
			take(this.#blank(row));
			return 1;
		}
		const body = row.body ?? readBodyAt(view, row.main, row.sub);
		take(body);
		return costOf(body);
	}

	/** Without its value, and then without its lease too, unless the value was sorted by (etcd 3.7). */
	#blank({ key, create, main, version, body }: Row): KeyValueBytes {
		const lease = this.#operation.sortTarget === SORT_TARGET.value && body !== null ? decodeKeyValue(body).lease : 0n;
		return encodeKeyValue({ key, createRevision: create, modRevision: main, version, value: EMPTY_BYTES, lease } satisfies KeyValue);
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

	#keep(key: Uint8Array): Uint8Array {
		return this.#operation.keysOnly ? copyBytes(key) : EMPTY_BYTES;
	}
}

/** A bound on a revision is set; then all of the range is looked at. */
export function hasFilter(operation: RangeOperation): boolean {
	return operation.minModRevision !== 0 || operation.maxModRevision !== 0 || operation.minCreateRevision !== 0 || operation.maxCreateRevision !== 0;
}

export function readBodyAt(view: ReadView, main: number, sub: number): KeyValueBytes {
	return readBody(main, sub, mustGetHistory(view, main, sub, 'the key has its newest record there'));
}

function costOf(body: KeyValueBytes | null): number {
	return body === null ? 0 : COST_BODY + (body.length >>> COST_BYTES_SHIFT);
}
