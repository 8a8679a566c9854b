/** The conditions of a transaction: reference/etcd-surface.md 2.6. Judged against the store before the transaction. */
import { compareBytes, EMPTY_BYTES } from '../base/bytes.ts';
import type { ReadView } from '../base/engine.ts';
import { toKeyRange } from './key-range.ts';
import type { LatestRecord } from './latest-record.ts';
import type { LatestTree } from './latest-tree.ts';
import { COMPARE_RESULT, COMPARE_TARGET, type Compare } from './operations.ts';
import { readLatestKeyValue } from './range.ts';
import { decodeKeyValue } from './stored-key-value.ts';

/** All hold; none at all holds too. */
export function compareAll(view: ReadView, compares: readonly Compare[], latest: LatestTree): boolean {
	return compares.every((compare) => holds(view, compare, latest));
}

/** Must be true of every live key in the range; of a range without any, against zeros, but never for a value: no value is not the empty one. */
function holds(view: ReadView, compare: Compare, latest: LatestTree): boolean {
	if (compare.key.length === 0) {
		return false;
	}
	let found = false;
	let allHold = true;
	latest.scan(view, toKeyRange(compare.key, compare.rangeEnd), (_key, record) => {
		if (!record.tombstone) {
			found = true;
			allHold = isResult(compare.result, compareTo(view, compare, record));
		}
		return allHold;
	});
	if (found) {
		return allHold;
	}
	return compare.target !== COMPARE_TARGET.value && isResult(compare.result, compareTo(view, compare, null));
}

/** Negative, 0 or positive: what the store has against what the request gave. */
function compareTo(view: ReadView, compare: Compare, record: LatestRecord | null): number {
	switch (compare.target) {
		case COMPARE_TARGET.version:
			return Math.sign((record?.version ?? 0) - compare.number);
		case COMPARE_TARGET.create:
			return Math.sign((record?.create ?? 0) - compare.number);
		case COMPARE_TARGET.mod:
			return Math.sign((record?.main ?? 0) - compare.number);
		case COMPARE_TARGET.value:
			return compareBytes(record === null ? EMPTY_BYTES : decodeKeyValue(readLatestKeyValue(view, record)).value, compare.value);
		case COMPARE_TARGET.lease: {
			const lease = record?.lease ?? 0n;
			return lease < compare.lease ? -1 : lease > compare.lease ? 1 : 0;
		}
		default:
			return 0;
	}
}

function isResult(wanted: number, order: number): boolean {
	switch (wanted) {
		case COMPARE_RESULT.equal:
			return order === 0;
		case COMPARE_RESULT.greater:
			return order > 0;
		case COMPARE_RESULT.less:
			return order < 0;
		case COMPARE_RESULT.notEqual:
			return order !== 0;
		default:
			return true;
	}
}
