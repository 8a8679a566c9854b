/**
 * A look at a member's log and store by a process of its own, in which LMDB may end by a signal: first their pages without LMDB, then all records
 * by LMDB itself. It changes nothing that the member uses: the log is opened to be read, and the store, which is put back to its last checkpoint
 * when it is opened, as a copy. Used by cli/check-data.ts after an unclean end.
 */
import fs from 'node:fs';
import path from 'node:path';
import { LOG_MAP_BYTES, STORE_MAP_BYTES, STORE_WHOLE_CHECK_BYTES_MAX } from '../base/limits.ts';
import { checkStoreRecord } from '../mvcc/check-record.ts';
import { readCheckpoint } from './checkpoint-file.ts';
import { type LmdbReader, openLmdbReader } from './lmdb-engine.ts';
import { writeBothMetaPages } from './lmdb-meta-page.ts';
import { checkLogFile } from './log-check.ts';
import { checkStore } from './store-check.ts';
import { StoreCurrent } from './store-current.ts';

const DATA_FILE = 'data.mdb';
/** A copy is made of no larger file: most of it is free pages, or it is not read whole. */
const COPY_BYTES_MAX = 2 * STORE_WHOLE_CHECK_BYTES_MAX;

/** Throws FatalError log_damaged, or is ended by LMDB. */
export function probeLog(dataDirectory: string): void {
	const directory = path.join(dataDirectory, 'log');
	const { trees } = checkLogFile(directory);
	if (trees.length > 0) {
		readAll(openLmdbReader({ path: directory, trees, mapBytes: LOG_MAP_BYTES, damage: 'log_damaged' }), trees);
	}
}

/** Throws FatalError store_damaged, or is ended by LMDB. isWhole: however large it is. copyTo: a directory that is not there. */
export function probeStore(dataDirectory: string, options: { readonly isWhole: boolean; readonly copyTo: string }): void {
	const current = new StoreCurrent(path.join(dataDirectory, 'store'));
	const generation = fs.existsSync(current.directory) ? current.read() : null;
	const directory = current.pathOf(generation ?? 1);
	const checkpoint = readCheckpoint(path.join(directory, 'checkpoint'));
	const file = path.join(directory, DATA_FILE);
	if (generation === null || checkpoint === null || !fs.existsSync(file)) {
		// Never made, or gone: the store says so when it opens.
		return;
	}
	const descriptor = fs.openSync(file, 'r');
	const wholeBytesMax = options.isWhole ? Number.POSITIVE_INFINITY : STORE_WHOLE_CHECK_BYTES_MAX;
	const { trees } = checkStore({ descriptor, path: file, checkpoint, wholeBytesMax, visit: checkStoreRecord });
	fs.closeSync(descriptor);
	if (fs.statSync(file).size > COPY_BYTES_MAX) {
		return;
	}
	fs.mkdirSync(options.copyTo);
	fs.copyFileSync(file, path.join(options.copyTo, DATA_FILE), fs.constants.COPYFILE_FICLONE);
	const copy = fs.openSync(path.join(options.copyTo, DATA_FILE), 'r+');
	writeBothMetaPages(copy, checkpoint.meta);
	fs.closeSync(copy);
	const held = trees.map(({ name }) => name);
	readAll(openLmdbReader({ path: options.copyTo, trees: held, mapBytes: STORE_MAP_BYTES }), held);
}

function readAll(reader: LmdbReader, trees: readonly string[]): void {
	reader.read((view) => {
		for (let tree = 0; tree < trees.length; tree++) {
			view.scan(tree, new Uint8Array(0), null, () => true);
		}
	});
	reader.close();
}
