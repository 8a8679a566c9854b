/**
 * Reads all of a store beside the member that writes it, in slices with pauses between them, and verifies it (mvcc/background-check.ts): for stores
 * that a start cannot afford to read whole. Each slice is a read of its own, so that no page waits for it. Where nothing was committed while a tree
 * was read, its number of records must be the one that is stored. Runs in a process of its own (cli/check-data.ts).
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FatalError } from '../base/fatal.ts';
import { STORE_MAP_BYTES } from '../base/limits.ts';
import { REBUILD } from '../base/rebuild.ts';
import { STORE_TREE_NAMES } from '../base/store-trees.ts';
import { BackgroundCheck } from '../mvcc/background-check.ts';
import { openLmdbReader } from './lmdb-engine.ts';
import { readNewerMetaPage } from './lmdb-meta-page.ts';
import { listTrees } from './lmdb-walk.ts';
import { StoreCurrent } from './store-current.ts';

/** Of one slice: a few milliseconds. */
const SLICE_RECORDS = 1_000;
/** The pause after it, in times of what it took: a quarter of one core at most. */
const PAUSE_SHARE = 3;
const PAUSE_MILLISECONDS_MIN = 5;

/** say: what is read now, and at the end what was. Throws FatalError store_damaged, or is ended by LMDB. */
export async function sweepStore(dataDirectory: string, say: (line: { readonly at: string } | { readonly records: number }) => void): Promise<void> {
	const current = new StoreCurrent(path.join(dataDirectory, 'store'));
	const directory = current.pathOf(current.read() ?? 1);
	const reader = openLmdbReader({ path: directory, trees: STORE_TREE_NAMES, mapBytes: STORE_MAP_BYTES });
	const descriptor = fs.openSync(path.join(directory, 'data.mdb'), 'r');
	const newest = (): number => readNewerMetaPage(descriptor, directory).transactionId;
	const check = new BackgroundCheck();
	let records = 0;
	let treeBegan = { tree: -1, transactionId: 0 };
	while (!check.isOver) {
		const began = performance.now();
		const before = newest();
		const slice = reader.read((view) => check.slice(view, SLICE_RECORDS));
		if (slice.tree !== treeBegan.tree) {
			treeBegan = { tree: slice.tree, transactionId: before };
			say({ at: `store, tree ${STORE_TREE_NAMES[slice.tree]}` });
		}
		if (slice.hasEnded) {
			records += slice.records;
			const stored = countAt(descriptor, directory, slice.tree);
			if (stored !== null && stored.transactionId === treeBegan.transactionId && stored.entries !== slice.records) {
				const name = STORE_TREE_NAMES[slice.tree];
				throw new FatalError(
					'store_damaged',
					`store: tree ${name}: ${stored.entries} records were counted, and ${slice.records} are there; ${REBUILD}`,
				);
			}
		}
		await delay(Math.max(PAUSE_MILLISECONDS_MIN, PAUSE_SHARE * (performance.now() - began)));
	}
	say({ records });
}

/** How many records the newest state has of a tree; null if another one came while it was looked up. */
function countAt(descriptor: number, where: string, tree: number): { readonly entries: number; readonly transactionId: number } | null {
	try {
		const meta = readNewerMetaPage(descriptor, where);
		const entries = listTrees(descriptor, meta).find(({ name }) => name === STORE_TREE_NAMES[tree])?.entries ?? 0;
		return readNewerMetaPage(descriptor, where).transactionId === meta.transactionId ? { entries, transactionId: meta.transactionId } : null;
	} catch {
		// Read while it was written: it is not the newest state any more.
		return null;
	}
}
