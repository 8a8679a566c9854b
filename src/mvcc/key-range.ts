/** The keys that a (key, range_end) pair of a request means: reference/etcd-surface.md 2.3. */
import { compareBytes } from '../base/bytes.ts';

/** lo <= key < hi; hi null: to the end. A single key is told apart, since it needs no scan. */
export interface KeyRange {
	readonly lo: Uint8Array;
	readonly hi: Uint8Array | null;
	readonly single: boolean;
}

/** range_end empty: the one key; a single zero byte: everything from key on; not above key: nothing. */
export function toKeyRange(key: Uint8Array, rangeEnd: Uint8Array): KeyRange {
	if (rangeEnd.length === 0) {
		return { lo: key, hi: null, single: true };
	}
	const open = rangeEnd.length === 1 && rangeEnd[0] === 0;
	return { lo: key, hi: open ? null : rangeEnd, single: false };
}

export function isEmptyRange(range: KeyRange): boolean {
	return range.hi !== null && compareBytes(range.lo, range.hi) >= 0;
}
