/**
 * Verifies the data file that the log is folded into before LMDB opens it: every page and every record, compacted ones too. The log is short, and
 * what it was told to keep must be there, so all of it is read at each start. The journal beside it verifies itself (log/journal/recovery.ts).
 * It writes nothing. Used by journaled-log.ts, and by the process that looks first after an unclean end (cli/check-data.ts).
 */
import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { damaged } from '../log/damage.ts';
import { EntrySurvey } from '../log/entry-survey.ts';
import { decodeMeta, indexOfKey, LOG_TREE, LOG_TREE_NAMES, META, verifyEntry } from '../log/layout.ts';
import { readOpeningMetaPage } from './lmdb-meta-page.ts';
import { PageDamage } from './lmdb-page.ts';
import { type VisitRecord, walkPages } from './lmdb-walk.ts';

const DATA_FILE = 'data.mdb';

export interface CheckedLog {
	/** None of a log that was never made, which is no damage. */
	readonly trees: readonly string[];
	readonly survey: EntrySurvey;
}

/** Throws FatalError log_damaged. */
export function checkLogFile(directory: string): CheckedLog {
	const file = path.join(directory, DATA_FILE);
	const survey = new EntrySurvey();
	if (!fs.existsSync(file) || fs.statSync(file).size === 0) {
		return { trees: [], survey };
	}
	const descriptor = fs.openSync(file, 'r');
	try {
		const meta = readOpeningMetaPage(descriptor, file);
		const visit: VisitRecord = (tree, key, value) => checkLogRecord(survey, tree, key, value);
		const { trees } = walkPages({ descriptor, meta, wholeBytesMax: Number.POSITIVE_INFINITY, visit });
		const unknown = trees.find(({ name }) => !(LOG_TREE_NAMES as readonly string[]).includes(name));
		if (unknown !== undefined) {
			throw new PageDamage(`the list of trees: there is none of the name ${JSON.stringify(unknown.name)}`);
		}
		return { trees: trees.map(({ name }) => name), survey };
	} catch (error) {
		throw error instanceof PageDamage ? damaged(file, error.message) : error;
	} finally {
		fs.closeSync(descriptor);
	}
}

function checkLogRecord(survey: EntrySurvey, tree: string, key: Uint8Array, value: Uint8Array): void {
	if (tree === LOG_TREE_NAMES[LOG_TREE.entries]) {
		const index = indexOfKey(key);
		survey.note(index, verifyEntry(index, value, crc32));
		return;
	}
	const name = Buffer.from(key).toString('latin1');
	const row = Object.values(META).find((each) => each.name === name);
	if (row === undefined) {
		throw damaged(`the record ${JSON.stringify(name)}`, 'there is none of this name');
	}
	decodeMeta(row, value, crc32);
}
