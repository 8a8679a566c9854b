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
const USUAL: SliceOptions = { latest: LATEST, pageRecords: PAGE_RECORDS };

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

/** Others than USUAL are for tests. */
export interface SliceOptions {
	readonly latest: LatestTree;
	readonly pageRecords: number;
}

/**
 * Visits records, a page at least, until the budget is spent, and moves the state on, which the caller writes in the same transaction.
 * Call it while a sweep is pending.
 */
export function compactSlice(view: WriteView, state: StoreState, budget: SliceBudget, { latest, pageRecords }: SliceOptions = USUAL): void {
	assert(isSweepPending(state), 'a sweep without a compaction');
	for (;;) {
		const page = nextPage(view, state, pageRecords);
		for (const record of page.records) {
			dropSuperseded(view, record, latest);
		}
		const last = page.records.at(-1);
		if (last === undefined || page.isLast) {
			break;
		}
		state.sweepMain = last.main;
		state.sweepSub = last.sub + 1;
		if (budget.isSpent(page.records.length)) {
			return;
		}
	}
	state.sweptRevision = state.compactRevision;
	state.sweepMain = state.compactRevision;
	state.sweepSub = 0;
}

/** The tree is not written inside a scan of it, so that records are gathered first. */
function nextPage(view: ReadView, state: StoreState, pageRecords: number): { readonly records: readonly SweptRecord[]; readonly isLast: boolean } {
	const records: SweptRecord[] = [];
	let read = 0;
	let isLast = true;
	const lo = revisionKey(state.sweepMain, state.sweepSub);
	const hi = revisionKey(state.compactRevision + 1, 0);
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

function dropSuperseded(view: WriteView, record: SweptRecord, latest: LatestTree): void {
	if (record.previousMain > 0) {
		removeHistory(view, record.previousMain, record.previousSub);
	}
	if (record.deadKey === null) {
		return;
	}
	removeHistory(view, record.main, record.sub);
	const newest = latest.get(view, record.deadKey);
	if (newest !== null && newest.main === record.main && newest.sub === record.sub) {
		latest.remove(view, record.deadKey);
	}
}
