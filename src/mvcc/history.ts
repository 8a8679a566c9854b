/**
 * The tree `history`: revision (main u64, sub u32) -> what that revision did to one key.
 *
 *   crc u32 | flags u8 | previous main u48, sub u32 | jump main u48, sub u32 | crc of the rest u32 | mvccpb.KeyValue
 *
 * The first checksum covers the revision and the header, the second the key-value: a search over a chain of old versions need not sum
 * up values that it does not return. Pointers lead to older records of the same key; main 0: none. Nobody but this file knows the layout.
 */
import { assert } from '../base/assert.ts';
import { crc32 } from '../base/crc32.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, readUint48, writeUint32, writeUint48 } from '../base/uint48.ts';
import { damagedRecord, missingRecord } from './damage.ts';
import { scratchBytes } from './scratch.ts';
import { type KeyValue, keyValueSize, writeKeyValue } from './stored-key-value.ts';

export interface HistoryHeader {
	readonly tombstone: boolean;
	/** The record before this one deleted the key: there is nothing to see at its revision, and compaction may have dropped it. */
	readonly previousIsTombstone: boolean;
	readonly previousMain: number;
	readonly previousSub: number;
	readonly jumpMain: number;
	readonly jumpSub: number;
}

const NAME = 'history';
const TOMBSTONE = 1;
const PREVIOUS_IS_TOMBSTONE = 2;
const HEADER_BYTES = 29;
const REVISION_BYTES = 12;
const BODY_CRC_AT = 25;

/** Reused for look-ups: an engine has read a key when its call returns. */
const scratch = new Uint8Array(REVISION_BYTES);

function fillRevision(bytes: Uint8Array, main: number, sub: number): Uint8Array {
	writeUint48(bytes, 2, main);
	writeUint32(bytes, 8, sub);
	return bytes;
}

/** The key of a record, in bytes of its own. */
export function revisionKey(main: number, sub: number): Uint8Array {
	return fillRevision(new Uint8Array(REVISION_BYTES), main, sub);
}

export function readRevisionKey(key: Uint8Array): { readonly main: number; readonly sub: number } {
	assert(key.length === REVISION_BYTES, () => `a revision of ${key.length} bytes`);
	return { main: readUint48(key, 2), sub: readUint32(key, 8) };
}

export function putHistory(view: WriteView, main: number, sub: number, header: HistoryHeader, kv: KeyValue): void {
	const key = fillRevision(scratch, main, sub);
	const bytes = scratchBytes(HEADER_BYTES + keyValueSize(kv));
	bytes[4] = (header.tombstone ? TOMBSTONE : 0) | (header.previousIsTombstone ? PREVIOUS_IS_TOMBSTONE : 0);
	writeUint48(bytes, 5, header.previousMain);
	writeUint32(bytes, 11, header.previousSub);
	writeUint48(bytes, 15, header.jumpMain);
	writeUint32(bytes, 21, header.jumpSub);
	const end = writeKeyValue(bytes, HEADER_BYTES, kv);
	assert(end === bytes.length, () => `a history record of ${end} bytes was sized as ${bytes.length}`);
	writeUint32(bytes, BODY_CRC_AT, crc32(bytes, 0, HEADER_BYTES));
	writeUint32(bytes, 0, crc32(bytes, crc32(key), 4, HEADER_BYTES));
	view.put(TREE.history, key, bytes);
}

/** Whether it was there. */
export function removeHistory(view: WriteView, main: number, sub: number): boolean {
	return view.remove(TREE.history, fillRevision(scratch, main, sub));
}

/** The whole record, its header unread, or null. */
export function getHistory(view: ReadView, main: number, sub: number): Uint8Array | null {
	return view.get(TREE.history, fillRevision(scratch, main, sub));
}

/** The record of a revision that must be there, since something points to it. */
export function mustGetHistory(view: ReadView, main: number, sub: number, why: string): Uint8Array {
	const record = getHistory(view, main, sub);
	if (record === null) {
		throw missingRecord(NAME, revisionKey(main, sub), why);
	}
	return record;
}

/** The header of a record, its checksum verified. */
export function readHeader(main: number, sub: number, record: Uint8Array): HistoryHeader {
	if (record.length < HEADER_BYTES || readUint32(record, 0) !== crc32(record, crc32(fillRevision(scratch, main, sub)), 4, HEADER_BYTES)) {
		throw damagedRecord(NAME, revisionKey(main, sub));
	}
	const flags = record[4] as number;
	return {
		tombstone: (flags & TOMBSTONE) !== 0,
		previousIsTombstone: (flags & PREVIOUS_IS_TOMBSTONE) !== 0,
		previousMain: readUint48(record, 5),
		previousSub: readUint32(record, 11),
		jumpMain: readUint48(record, 15),
		jumpSub: readUint32(record, 21),
	};
}

/** The key-value of a record as a view of it, both checksums verified. */
export function readBody(main: number, sub: number, record: Uint8Array): Uint8Array {
	if (record.length < HEADER_BYTES || readUint32(record, 0) !== crc32(record, crc32(fillRevision(scratch, main, sub)), 4, HEADER_BYTES)) {
		throw damagedRecord(NAME, revisionKey(main, sub));
	}
	if (readUint32(record, BODY_CRC_AT) !== crc32(record, 0, HEADER_BYTES)) {
		throw damagedRecord(NAME, revisionKey(main, sub));
	}
	return record.subarray(HEADER_BYTES);
}
