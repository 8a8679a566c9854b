/**
 * The physical part of a compaction: drops old versions from the trees in slices, so that no transaction is long. Where it stands is in
 * the store state, so a restart goes on there.
 *
 * What goes at compaction R (reliability.md I29): a record that a newer one, also at or below R, has superseded; and a tombstone below
 * R, with the key's record in `latest` if it is the newest. A tombstone exactly at R stays until the next compaction, since a watch from
 * R must see it. The newest record of the store is thereby never dropped. So it is enough to visit the records from the last swept
 * revision (whose tombstones were kept) up to R: each drops its predecessor, and itself if it is such a tombstone. The cost is that of
 * the changes since the last compaction, not of the whole store. A record may already be gone: after a tombstone, or by an earlier sweep.
 */
import { assert } from '../base/assert.ts';
import { copyBytes } from '../base/bytes.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { readBody, readHeader, readRevisionKey, removeHistory, revisionKey } from './history.ts';
import { LATEST, type LatestTree } from './latest-tree.ts';
import type { StoreState } from './store-state.ts';
import { decodeKeyValue } from './stored-key-value.ts';

interface SweptRecord {
	readonly main: number;
	readonly sub: number;
	readonly previousMain: number;
	readonly previousSub: number;
	/** Of a tombstone that goes itself; else null. */
	readonly deadKey: Uint8Array | null;
}

const PAGE_RECORDS = 32;
const PAGE_BYTES = 128 * 2 ** 10;
const USUAL = { heldAt: Number.MAX_SAFE_INTEGER, latest: LATEST, pageRecords: PAGE_RECORDS };

export function isSweepPending(state: StoreState): boolean {
	return state.sweptRevision < state.compactRevision;
}

/**
 * Whether history still holds every change from this revision on (those that a later one of the same revision has undone aside): at and
 * above the compaction always, below it until the sweep comes there.
 */
export function isHistoryComplete(state: StoreState, from: number): boolean {
	if (from >= state.compactRevision) {
		return true;
	}
	return isSweepPending(state) && (from > state.sweepMain || (from === state.sweepMain && state.sweepSub === 0));
}

/**
 * Whether what is visible at a revision that was readable once is still there: a compaction beyond it takes nothing before its sweep has passed the
 * revision. For reads that have begun before the compaction.
 */
export function isStillReadable(state: StoreState, revision: number): boolean {
	return revision >= state.compactRevision || (isSweepPending(state) && state.sweepMain <= revision);
}

/** Logical at once: nothing below the revision can be read any more. A sweep under way goes on, to the new end. */
export function beginCompaction(state: StoreState, revision: number): void {
	assert(revision > state.compactRevision, () => `compaction at ${revision} after one at ${state.compactRevision}`);
	if (state.compactRevision >= 0 && state.sweepMain >= state.compactRevision) {
		// The sweep may have passed tombstones exactly at its end, and kept them: they are below the new one.
		state.sweepMain = state.compactRevision;
		state.sweepSub = 0;
	}
	state.compactRevision = revision;
}

/** How much one slice may do. Asked after every few records, so that neither many records nor large ones hold up what waits. */
export interface SliceBudget {
	/** So many were visited since it was asked last. */
	isSpent(records: number): boolean;
}

export interface SliceOptions {
	/** Reads have begun that need what is visible at this revision: the sweep does not go beyond it. */
	readonly heldAt: number;
	/** Others than the usual ones are for tests. */
	readonly latest: LatestTree;
	readonly pageRecords: number;
	/** Records of history that were dropped are added. */
	readonly tally: { dropped: number };
}

/**
 * Visits records, a page at least, until the budget is spent, and moves the state on, which the caller writes in the same transaction.
 * Call it while a sweep is pending. False: reads hold it up, and there is nothing to do until they let go.
 */
export function compactSlice(view: WriteView, state: StoreState, budget: SliceBudget, options: Partial<SliceOptions> = {}): boolean {
	const { heldAt, latest, pageRecords, tally } = { ...USUAL, tally: { dropped: 0 }, ...options };
	assert(isSweepPending(state), 'a sweep without a compaction');
	const end = Math.min(state.compactRevision, heldAt);
	for (;;) {
		const page = nextPage(view, state, end, pageRecords);
		for (const record of page.records) {
			tally.dropped += dropSuperseded(view, record, latest);
		}
		const last = page.records.at(-1);
		if (page.isLast && end === state.compactRevision) {
			break;
		}
		if (last !== undefined) {
			state.sweepMain = last.main;
			state.sweepSub = last.sub + 1;
		}
		if (page.isLast) {
			return false;
		}
		if (budget.isSpent(page.records.length)) {
			return true;
		}
	}
	state.sweptRevision = state.compactRevision;
	state.sweepMain = state.compactRevision;
	state.sweepSub = 0;
	return true;
}

/** The tree is not written inside a scan of it, so that records are gathered first. */
function nextPage(
	view: ReadView,
	state: StoreState,
	end: number,
	pageRecords: number,
): { readonly records: readonly SweptRecord[]; readonly isLast: boolean } {
	const records: SweptRecord[] = [];
	let read = 0;
	let isLast = true;
	const lo = revisionKey(state.sweepMain, state.sweepSub);
	const hi = revisionKey(end + 1, 0);
	view.scan(TREE.history, lo, hi, (key, bytes) => {
		const { main, sub } = readRevisionKey(key);
		const header = readHeader(main, sub, bytes);
		const dead = header.tombstone && main < state.compactRevision;
		const deadKey = dead ? copyBytes(decodeKeyValue(readBody(main, sub, bytes)).key) : null;
		records.push({ main, sub, previousMain: header.previousMain, previousSub: header.previousSub, deadKey });
		read += bytes.length;
		isLast = records.length < pageRecords && read < PAGE_BYTES;
		return isLast;
	});
	return { records, isLast };
}

/** How many records of history it dropped. */
function dropSuperseded(view: WriteView, record: SweptRecord, latest: LatestTree): number {
	const superseded = record.previousMain > 0 ? 1 : 0;
	if (superseded > 0) {
		removeHistory(view, record.previousMain, record.previousSub);
	}
	if (record.deadKey === null) {
		return superseded;
	}
	removeHistory(view, record.main, record.sub);
	const newest = latest.get(view, record.deadKey);
	if (newest !== null && newest.main === record.main && newest.sub === record.sub) {
		latest.remove(view, record.deadKey);
	}
	return superseded + 1;
}
