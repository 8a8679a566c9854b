/** The keys that a txn deletes, as sorted disjoint ranges: asked for every put, so that a large txn is checked in n log n. Used by txn-duplicates.ts. */
import { compareBytes, concatBytes } from '../base/bytes.ts';

/** lo <= key < hi. */
interface Interval {
	readonly lo: Uint8Array;
	readonly hi: Uint8Array;
}

const ZERO = new Uint8Array(1);

export class DeletedRanges {
	/** Sorted by lo and disjoint unless #isRaw. */
	#intervals: Interval[] = [];
	#isRaw = false;

	/** rangeEnd empty: the one key. A range that ends at or before its key, "from key on" included, is empty. */
	add(key: Uint8Array, rangeEnd: Uint8Array): void {
		const hi = rangeEnd.length === 0 ? concatBytes([key, ZERO]) : rangeEnd;
		if (compareBytes(key, hi) < 0) {
			this.#intervals.push({ lo: key, hi });
			this.#isRaw = true;
		}
	}

	addAll(other: DeletedRanges): void {
		if (other.#intervals.length > 0) {
			this.#intervals = this.#intervals.concat(other.#intervals);
			this.#isRaw = true;
		}
	}

	has(key: Uint8Array): boolean {
		this.#settle();
		let lo = 0;
		let hi = this.#intervals.length;
		while (lo < hi) {
			const middle = (lo + hi) >>> 1;
			const interval = this.#intervals[middle] as Interval;
			if (compareBytes(interval.hi, key) <= 0) {
				lo = middle + 1;
			} else if (compareBytes(interval.lo, key) <= 0) {
				return true;
			} else {
				hi = middle;
			}
		}
		return false;
	}

	#settle(): void {
		if (!this.#isRaw) {
			return;
		}
		this.#isRaw = false;
		const sorted = this.#intervals.sort((a, b) => compareBytes(a.lo, b.lo));
		const merged: Interval[] = [];
		for (const interval of sorted) {
			const last = merged.at(-1);
			if (last === undefined || compareBytes(last.hi, interval.lo) < 0) {
				merged.push(interval);
			} else if (compareBytes(last.hi, interval.hi) < 0) {
				merged[merged.length - 1] = { lo: last.lo, hi: interval.hi };
			}
		}
		this.#intervals = merged;
	}
}
