/**
 * Range: the keys of a range at a revision, filtered, sorted and limited as etcd does it (reference/etcd-surface.md 2.4): what may be read, and
 * ranges in one piece. Reads only, so it runs on the lanes' threads as in the store. Large ranges go in pages: range-reading.ts.
 */
import { CODES } from '../base/codes.ts';
import type { ReadView } from '../base/engine.ts';
import type { LatestRecord } from './latest-record.ts';
import { LATEST, type LatestTree } from './latest-tree.ts';
import { type KeyValueBytes, type RangeOperation, type RangeResult, type Refusal, refuse, SORT_ORDER, SORT_TARGET } from './operations.ts';
import { RangeReading, readBodyAt } from './range-reading.ts';
import { readStoreState } from './store-state.ts';

/** Where reads stand: the revision that "now" is (one above the store's within a transaction that has written), and the oldest readable. */
export interface ReadPoint {
	readonly revision: number;
	readonly compactRevision: number;
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
	const reading = beginRange(operation, point, latest);
	if (!(reading instanceof RangeReading)) {
		return reading;
	}
	const kvs: KeyValueBytes[] = [];
	reading.step(view, Number.POSITIVE_INFINITY, (kv) => kvs.push(kv));
	return { kind: 'range', revision: point.revision, kvs, more: reading.more, count: reading.count };
}

/** A range that is to be read, or why it cannot be. */
export function beginRange(operation: RangeOperation, point: ReadPoint, latest: LatestTree = LATEST): RangeReading | Refusal {
	const code = checkRangeShape(operation) || checkRevision(operation.revision, point);
	return code === CODES.ok.code ? new RangeReading(operation, operation.revision > 0 ? operation.revision : point.revision, latest) : refuse(code);
}

/** The key-value of a live key at the current revision, as stored. */
export function readLatestKeyValue(view: ReadView, record: LatestRecord): KeyValueBytes {
	return readBodyAt(view, record.main, record.sub);
}
