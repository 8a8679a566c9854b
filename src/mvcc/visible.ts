/** Finds what a key was at an old revision, by the chain of its records: jump-pointers.ts. */
import { assert } from '../base/assert.ts';
import type { ReadView } from '../base/engine.ts';
import { mustGetHistory, readHeader } from './history.ts';
import type { LatestRecord } from './latest-record.ts';

/** A place in history. */
export interface RevisionPoint {
	readonly main: number;
	readonly sub: number;
}

/** Steps over one chain: with DEPTH_MAX records a search takes fewer than 4 * 31, however they were compacted. */
const STEPS_MAX = 1_000;

/**
 * The key's newest record at or below a revision that is not compacted; null if the key was not there.
 * Every record above the revision exists, since compaction drops none above its own, so a pointer is followed only to one that does.
 */
export function findVisible(view: ReadView, latest: LatestRecord, revision: number): RevisionPoint | null {
	if (latest.main <= revision) {
		return latest.tombstone ? null : { main: latest.main, sub: latest.sub };
	}
	let main = latest.main;
	let sub = latest.sub;
	for (let step = 0; step < STEPS_MAX; step++) {
		const header = readHeader(main, sub, mustGetHistory(view, main, sub, `a newer record of the key leads to it from above revision ${revision}`));
		if (header.jumpMain > revision) {
			main = header.jumpMain;
			sub = header.jumpSub;
		} else if (header.previousMain > revision) {
			main = header.previousMain;
			sub = header.previousSub;
		} else if (header.previousMain === 0 || header.previousIsTombstone) {
			return null;
		} else {
			return { main: header.previousMain, sub: header.previousSub };
		}
	}
	assert(false, `no record at or below revision ${revision} within ${STEPS_MAX} steps from ${latest.main}`);
}
