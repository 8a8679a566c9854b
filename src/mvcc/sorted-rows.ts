/**
 * The rows of a range that are not answered in the order of keys: kept in sorted runs as the scan finds them, and merged when it is over, so
 * that no step of it is long. Of each run only as many are kept as the limit lets through. Used by range-reading.ts.
 */
import { assert } from '../base/assert.ts';
import { compareBytes, EMPTY_BYTES } from '../base/bytes.ts';
import { type KeyValueBytes, type RangeOperation, SORT_ORDER, SORT_TARGET } from './operations.ts';
import { decodeKeyValue } from './stored-key-value.ts';

/** A live key of the range. */
export interface Row {
	readonly main: number;
	readonly sub: number;
	readonly create: number;
	readonly version: number;
	/** Copied only when the answer is made from it. */
	readonly key: Uint8Array;
	/** Read already, or null. */
	readonly body: KeyValueBytes | null;
}

interface Ranked extends Row {
	/** Place in the order of keys: rows that are equal otherwise keep it, in either direction. */
	readonly at: number;
	/** Only if it is sorted by. */
	readonly value: Uint8Array;
}

interface Run {
	readonly rows: readonly Ranked[];
	next: number;
}

type Comparison = (a: Ranked, b: Ranked) => number;

const RUN_ROWS = 2_048;

export class SortedRows {
	readonly #compare: Comparison;
	readonly #byValue: boolean;
	readonly #rowsMax: number;
	readonly #runs: Run[] = [];
	#gathered: Ranked[] = [];
	#added = 0;
	#taken = 0;
	/** A heap of the runs that have rows left, by their first; null while rows are still added. */
	#heap: Run[] | null = null;

	constructor(operation: RangeOperation) {
		this.#compare = comparisonOf(operation);
		this.#byValue = operation.sortTarget === SORT_TARGET.value;
		this.#rowsMax = operation.limit > 0 ? operation.limit : Number.MAX_SAFE_INTEGER;
	}

	get added(): number {
		return this.#added;
	}

	add(row: Row): void {
		assert(this.#heap === null, 'a row after the last one');
		assert(!this.#byValue || row.body !== null, 'rows are sorted by values that were not read');
		const value = this.#byValue && row.body !== null ? decodeKeyValue(row.body).value : EMPTY_BYTES;
		this.#gathered.push({ ...row, at: this.#added, value });
		this.#added++;
		if (this.#gathered.length === RUN_ROWS) {
			this.#seal();
		}
	}

	/** In order, up to the limit; null: there is none left. After the first call nothing is added. */
	take(): Row | null {
		this.#heap ??= this.#merge();
		const run = this.#heap[0];
		if (run === undefined || this.#taken === this.#rowsMax) {
			return null;
		}
		const row = run.rows[run.next] as Ranked;
		run.next++;
		if (run.next === run.rows.length) {
			const last = this.#heap.pop() as Run;
			if (last !== run) {
				this.#heap[0] = last;
			}
		}
		this.#sink(this.#heap, 0);
		this.#taken++;
		return row;
	}

	#seal(): void {
		const rows = this.#gathered.sort(this.#compare);
		this.#gathered = [];
		if (rows.length > 0) {
			this.#runs.push({ rows: rows.length > this.#rowsMax ? rows.slice(0, this.#rowsMax) : rows, next: 0 });
		}
	}

	#merge(): Run[] {
		this.#seal();
		const heap = this.#runs.splice(0);
		for (let at = Math.floor(heap.length / 2) - 1; at >= 0; at--) {
			this.#sink(heap, at);
		}
		return heap;
	}

	#sink(heap: Run[], from: number): void {
		let at = from;
		for (;;) {
			const left = 2 * at + 1;
			let first = at;
			for (const child of [left, left + 1]) {
				if (child < heap.length && this.#isBefore(heap[child] as Run, heap[first] as Run)) {
					first = child;
				}
			}
			if (first === at) {
				return;
			}
			[heap[at], heap[first]] = [heap[first] as Run, heap[at] as Run];
			at = first;
		}
	}

	#isBefore(a: Run, b: Run): boolean {
		return this.#compare(a.rows[a.next] as Ranked, b.rows[b.next] as Ranked) < 0;
	}
}

function comparisonOf({ sortOrder, sortTarget }: RangeOperation): Comparison {
	const compare = ascending(sortTarget);
	return sortOrder === SORT_ORDER.descend ? (a, b) => compare(b, a) || a.at - b.at : (a, b) => compare(a, b) || a.at - b.at;
}

function ascending(sortTarget: number): Comparison {
	switch (sortTarget) {
		case SORT_TARGET.key:
			return (a, b) => a.at - b.at;
		case SORT_TARGET.version:
			return (a, b) => a.version - b.version;
		case SORT_TARGET.create:
			return (a, b) => a.create - b.create;
		case SORT_TARGET.mod:
			return (a, b) => a.main - b.main;
		default:
			return (a, b) => compareBytes(a.value, b.value);
	}
}
