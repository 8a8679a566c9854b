/**
 * Verifies the records of a store slice by slice while it is written: each record's checksum, and that what records say of one another is so. An
 * absent record is found by those that lead to it: the newest version of a key is in both trees, and a version that can be read leads to the one
 * before it. Not here: whose turn it is, and the numbers of records (adapters/store-sweep.ts).
 */
import { concatBytes, copyBytes, equalBytes } from '../base/bytes.ts';
import type { ReadView } from '../base/engine.ts';
import { STORE_TREE_NAMES, TREE } from '../base/store-trees.ts';
import { checkStoreRecord } from './check-record.ts';
import { damagedRecord, missingRecord } from './damage.ts';
import { getHistory, mustGetHistory, readBody, readHeader, readRevisionKey, revisionKey } from './history.ts';
import type { LatestRecord } from './latest-record.ts';
import { LATEST, type LatestTree } from './latest-tree.ts';
import { readStoreState } from './store-state.ts';
import { decodeKeyValue } from './stored-key-value.ts';

export interface CheckedSlice {
	/** The tree that is read now, by its position; as many as there are: all were read. */
	readonly tree: number;
	/** Records read of it so far. */
	readonly records: number;
}

const ZERO = new Uint8Array(1);

export class BackgroundCheck {
	readonly #latest: LatestTree;
	#tree = 0;
	#from: Uint8Array = new Uint8Array(0);
	#records = 0;

	constructor(latest: LatestTree = LATEST) {
		this.#latest = latest;
	}

	/** Reads at most so many records, of one tree; throws FatalError store_damaged. Says what tree it has ended, if it has: then records are all of it. */
	slice(view: ReadView, recordsMax: number): CheckedSlice & { readonly hasEnded: boolean } {
		const tree = this.#tree;
		const name = STORE_TREE_NAMES[tree] as string;
		const compacted = readStoreState(view).compactRevision;
		let last: Uint8Array | null = null;
		let read = 0;
		view.scan(tree, this.#from, null, (key, bytes) => {
			checkStoreRecord(name, key, bytes);
			if (tree === TREE.history) {
				this.#checkVersion(view, key, bytes, compacted);
			}
			read++;
			last = read === recordsMax ? copyBytes(key) : null;
			return last === null;
		});
		if (tree === TREE.latest) {
			this.#checkNewest(view, this.#from, last);
		}
		this.#records += read;
		const records = this.#records;
		const hasEnded = last === null;
		if (last === null) {
			this.#tree++;
			this.#from = new Uint8Array(0);
			this.#records = 0;
		} else {
			this.#from = concatBytes([last, ZERO]);
		}
		return { tree, records, hasEnded };
	}

	get isOver(): boolean {
		return this.#tree === STORE_TREE_NAMES.length;
	}

	/** Of each key from there up to and with the last one: its newest version is in history, and is this key's. */
	#checkNewest(view: ReadView, from: Uint8Array, last: Uint8Array | null): void {
		const hi = last === null ? null : concatBytes([last, ZERO]);
		this.#latest.scan(view, { lo: from, hi, single: false }, (key, record) => {
			this.#checkKey(view, key, record);
			return true;
		});
	}

	#checkKey(view: ReadView, key: Uint8Array, { main, sub, tombstone }: LatestRecord): void {
		const version = mustGetHistory(view, main, sub, 'it is the newest version of a key');
		const isRight = readHeader(main, sub, version).tombstone === tombstone && equalBytes(decodeKeyValue(readBody(main, sub, version)).key, key);
		if (!isRight) {
			throw damagedRecord('latest', key);
		}
	}

	#checkVersion(view: ReadView, revision: Uint8Array, bytes: Uint8Array, compacted: number): void {
		const { main, sub } = readRevisionKey(revision);
		const { previousMain, previousSub, previousIsTombstone } = readHeader(main, sub, bytes);
		const { key } = decodeKeyValue(readBody(main, sub, bytes));
		const newest = this.#latest.get(view, key);
		if (newest === null || newest.main < main || (newest.main === main && newest.sub < sub)) {
			throw missingRecord('latest', key, `its version of revision ${main} is there`);
		}
		// A compaction drops what a record up to its revision supersedes, and deletions before it.
		if (main > compacted && previousMain > 0 && !previousIsTombstone && getHistory(view, previousMain, previousSub) === null) {
			throw missingRecord('history', revisionKey(previousMain, previousSub), `revision ${main} of the key follows it`);
		}
	}
}
