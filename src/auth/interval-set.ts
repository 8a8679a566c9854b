/**
 * A set of keys as intervals that neither overlap nor touch, made once and asked often: what all roles of a user permit to read, or to write. A request
 * is judged as it came on the wire: where another reading of its range end is made later, that must not be wider than what was judged (GHSA-xg4h-6gfc-h4m8).
 */
import { compareBytes, concatBytes } from '../base/bytes.ts';

export interface Interval {
	readonly lo: Uint8Array;
	/** Exclusive; null: to the end. */
	readonly hi: Uint8Array | null;
}

const ZERO = new Uint8Array(1);

/** What a permission or a request means by its key and range end. Of an inverted pair nothing is left. */
export function toInterval(key: Uint8Array, rangeEnd: Uint8Array): Interval {
	if (rangeEnd.length === 0) {
		return { lo: key, hi: concatBytes([key, ZERO]) };
	}
	return { lo: key, hi: isOpenEnd(rangeEnd) ? null : rangeEnd };
}

/** A single zero byte: all keys from the key on. */
export function isOpenEnd(rangeEnd: Uint8Array): boolean {
	return rangeEnd.length === 1 && rangeEnd[0] === 0;
}

export class IntervalSet {
	/** In order. */
	readonly #intervals: readonly Interval[];

	constructor(intervals: readonly Interval[]) {
		this.#intervals = merged(intervals);
	}

	get intervals(): readonly Interval[] {
		return this.#intervals;
	}

	/**
	 * Whether all that the pair can mean is in the set. An inverted or empty range reads nothing; it passes where its key does, as in etcd. The empty key
	 * is no key: what begins at it begins at the least one.
	 */
	covers(key: Uint8Array, rangeEnd: Uint8Array): boolean {
		const found = this.#around(key.length === 0 ? ZERO : key);
		if (found === null || rangeEnd.length === 0 || found.hi === null) {
			return found !== null;
		}
		return !isOpenEnd(rangeEnd) && compareBytes(rangeEnd, found.hi) <= 0;
	}

	/** The interval with this key in it. */
	#around(key: Uint8Array): Interval | null {
		let lo = 0;
		let hi = this.#intervals.length;
		while (lo < hi) {
			const middle = (lo + hi) >>> 1;
			if (compareBytes((this.#intervals[middle] as Interval).lo, key) <= 0) {
				lo = middle + 1;
			} else {
				hi = middle;
			}
		}
		const before = this.#intervals[lo - 1];
		return before !== undefined && (before.hi === null || compareBytes(key, before.hi) < 0) ? before : null;
	}
}

function merged(intervals: readonly Interval[]): Interval[] {
	const sorted = intervals.filter(({ lo, hi }) => hi === null || compareBytes(lo, hi) < 0).sort((a, b) => compareBytes(a.lo, b.lo));
	const result: Interval[] = [];
	for (const next of sorted) {
		const last = result.at(-1);
		if (last === undefined || (last.hi !== null && compareBytes(last.hi, next.lo) < 0)) {
			result.push(next);
		} else if (last.hi !== null && (next.hi === null || compareBytes(next.hi, last.hi) > 0)) {
			result[result.length - 1] = { lo: last.lo, hi: next.hi };
		}
	}
	return result;
}
