/**
 * The one small record of the tree `meta`: what was applied, and where the keyspace stands. It is written in the same transaction as
 * every change, so that a crash never leaves the one without the other (reliability.md I27).
 *
 *   crc u32 | format u8 | applied index u48 | applied term u48 | revision u48 | compact + 1 u48 | swept + 1 u48 | sweep main u48 | sweep sub u32
 */
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import { crc32 } from '../base/crc32.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { FatalError } from '../base/fatal.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, readUint48, writeUint32, writeUint48 } from '../base/uint48.ts';
import { damagedRecord } from './damage.ts';

/** Changed in place during a batch, and written once at its end. */
export interface StoreState {
	appliedIndex: number;
	appliedTerm: number;
	/** Of the newest effective transaction; 1: the empty store. */
	revision: number;
	/** Nothing below can be read; -1: never compacted, as etcd has it. */
	compactRevision: number;
	/** What the compaction at this revision dropped is gone from the trees; behind compactRevision while a sweep is under way. */
	sweptRevision: number;
	/** The sweep goes on at this record of history. */
	sweepMain: number;
	sweepSub: number;
}

const FORMAT = 1;
const STATE_BYTES = 45;
const KEY = new Uint8Array([0x73, 0x74, 0x61, 0x74, 0x65]);

export function readStoreState(view: ReadView): StoreState {
	const bytes = view.get(TREE.meta, KEY);
	if (bytes === null) {
		return { appliedIndex: 0, appliedTerm: 0, revision: 1, compactRevision: -1, sweptRevision: -1, sweepMain: 0, sweepSub: 0 };
	}
	if (bytes.length < 5 || readUint32(bytes, 0) !== crc32(bytes, crc32(KEY), 4)) {
		throw damagedRecord('meta', KEY);
	}
	if (bytes[4] !== FORMAT || bytes.length !== STATE_BYTES) {
		throw new FatalError('data_dir_unusable', `store: format ${bytes[4]}, and this version knows only format ${FORMAT}`);
	}
	return {
		appliedIndex: readUint48(bytes, 5),
		appliedTerm: readUint48(bytes, 11),
		revision: readUint48(bytes, 17),
		compactRevision: readUint48(bytes, 23) - 1,
		sweptRevision: readUint48(bytes, 29) - 1,
		sweepMain: readUint48(bytes, 35),
		sweepSub: readUint32(bytes, 41),
	};
}

export function writeStoreState(view: WriteView, state: StoreState): void {
	assert(state.revision >= 1 && state.compactRevision <= state.revision, () => `revision ${state.revision}, compacted at ${state.compactRevision}`);
	assert(state.sweptRevision <= state.compactRevision, () => `swept ${state.sweptRevision} beyond compaction ${state.compactRevision}`);
	const bytes = new Uint8Array(STATE_BYTES);
	bytes[4] = FORMAT;
	writeUint48(bytes, 5, state.appliedIndex);
	writeUint48(bytes, 11, state.appliedTerm);
	writeUint48(bytes, 17, state.revision);
	writeUint48(bytes, 23, state.compactRevision + 1);
	writeUint48(bytes, 29, state.sweptRevision + 1);
	writeUint48(bytes, 35, state.sweepMain);
	writeUint32(bytes, 41, state.sweepSub);
	writeUint32(bytes, 0, crc32(bytes, crc32(KEY), 4));
	view.put(TREE.meta, KEY, bytes);
}

/** For lanes: the revision that a view shows. */
export function currentRevision(view: ReadView): number {
	return readStoreState(view).revision;
}

/** -1 before any compaction. */
export function compactRevision(view: ReadView): number {
	return readStoreState(view).compactRevision;
}

/** The last entry of the log that a view shows; 0 and 0 for a new store. */
export function appliedPoint(view: ReadView): { readonly index: Index; readonly term: Term } {
	const state = readStoreState(view);
	return { index: state.appliedIndex as Index, term: state.appliedTerm as Term };
}
