/**
 * The bytes of the log's records. All numbers big-endian; every record begins with the CRC of what follows it.
 *
 *   entries   index u64              -> crc u32 | format u8 | kind u8 | term u48 | payload
 *   meta      name in ASCII          -> crc u32 | format u8 | fields, u48 each
 *               format                  1
 *               hard_state              term, vote, commit, last index of the log
 *               before                  index, term of the entry before the first one kept
 *               mark                    index, term of the snapshot that is about to be installed
 *               journal                 how far the journal is folded in: journal/journal-mark.ts, field by field
 *
 * The CRC is seeded with the record's own index (or the name's number), so that a record in another one's place does not pass.
 * Not here: which records there must be (recover.ts) and when they are written (engine-log-store.ts).
 */
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import { readUint32, readUint48, UINT48_BYTES, writeUint32, writeUint48 } from '../base/uint48.ts';
import type { EntryKind } from '../raft/state.ts';
import { damaged } from './damage.ts';

/** CRC-32 over bytes, going on from seed: zlib.crc32, handed in since this layer imports no node module. */
export type Checksum = (bytes: Uint8Array, seed?: number) => number;

/** The trees of the log's engine, in the order of their numbers. */
export const LOG_TREE_NAMES = ['entries', 'meta'] as const;
export const LOG_TREE = { entries: 0, meta: 1 } as const;

export const LOG_FORMAT = 1;
export const ENTRY_HEADER_BYTES = 12;

const KEY_BYTES = 8;
const META_HEADER_BYTES = 5;
export const ENTRY_KIND_MAX = 2;
const SEED_BITS = 2 ** 32;

export interface DecodedEntry {
	readonly term: Term;
	readonly kind: EntryKind;
	/** A copy in a buffer of its own. */
	readonly payload: Uint8Array;
}

export function entryKey(index: Index): Uint8Array {
	assert(Number.isSafeInteger(index) && index >= 0, () => `entry index ${index}`);
	const key = new Uint8Array(KEY_BYTES);
	writeUint32(key, 0, Math.floor(index / SEED_BITS));
	writeUint32(key, 4, index >>> 0);
	return key;
}

export function indexOfKey(key: Uint8Array): Index {
	if (key.length !== KEY_BYTES) {
		throw damaged(`a key of ${key.length} bytes among the entries`, `a key has ${KEY_BYTES} bytes`);
	}
	return (readUint32(key, 0) * SEED_BITS + readUint32(key, 4)) as Index;
}

export function encodeEntry(index: Index, entry: DecodedEntry, checksum: Checksum): Uint8Array {
	const bytes = new Uint8Array(ENTRY_HEADER_BYTES + entry.payload.length);
	writeEntry({ bytes, at: 0 }, index, entry.term, entry.kind, entry.payload, checksum);
	return bytes;
}

/** Where bytes are written next. */
export interface Place {
	readonly bytes: Uint8Array;
	at: number;
}

/** Reused for every entry: a view of the record under way would be garbage each time. */
const checked = new Uint8Array(ENTRY_HEADER_BYTES - 4);

/** Writes the record of an entry, for which the caller has made room, and moves the place behind it. Fields one by one: the journal's hot path makes no garbage. */
export function writeEntry(place: Place, index: Index, term: Term, kind: EntryKind, payload: Uint8Array, checksum: Checksum): void {
	const { bytes, at } = place;
	checked[0] = LOG_FORMAT;
	checked[1] = kind;
	writeUint48(checked, 2, term);
	writeUint32(bytes, at, checksum(payload, checksum(checked, index >>> 0)));
	bytes.set(checked, at + 4);
	bytes.set(payload, at + ENTRY_HEADER_BYTES);
	place.at = at + ENTRY_HEADER_BYTES + payload.length;
}

/** The term of an entry whose record has been verified; throws log_damaged for one that is not as it was written. */
export function verifyEntry(index: Index, record: Uint8Array, checksum: Checksum): Term {
	if (record.length < ENTRY_HEADER_BYTES) {
		throw damaged(`entry ${index}`, `a record has at least ${ENTRY_HEADER_BYTES} bytes, this one ${record.length}`);
	}
	const stored = readUint32(record, 0);
	const computed = checksum(record.subarray(4), index >>> 0);
	if (stored !== computed) {
		throw damaged(`entry ${index}`, `its checksum must be ${hex(stored)} and is ${hex(computed)}`);
	}
	if (record[4] !== LOG_FORMAT) {
		throw damaged(`entry ${index}`, `its format must be ${LOG_FORMAT} and is ${record[4]}`);
	}
	if ((record[5] as number) > ENTRY_KIND_MAX) {
		throw damaged(`entry ${index}`, `its kind must be at most ${ENTRY_KIND_MAX} and is ${record[5]}`);
	}
	return readUint48(record, 6) as Term;
}

export function decodeEntry(index: Index, record: Uint8Array, checksum: Checksum): DecodedEntry {
	const term = verifyEntry(index, record, checksum);
	return { term, kind: record[5] as EntryKind, payload: Uint8Array.prototype.slice.call(record, ENTRY_HEADER_BYTES) };
}

/** A meta record: its name, the number that seeds its CRC, and how many fields it has. */
export interface MetaRow {
	readonly name: string;
	readonly seed: number;
	readonly fields: number;
}

export const META = {
	format: { name: 'format', seed: 1, fields: 1 },
	hardState: { name: 'hard_state', seed: 2, fields: 4 },
	before: { name: 'before', seed: 3, fields: 2 },
	mark: { name: 'mark', seed: 4, fields: 2 },
	journal: { name: 'journal', seed: 5, fields: 5 },
} as const satisfies Record<string, MetaRow>;

export function metaKey(row: MetaRow): Uint8Array {
	return Uint8Array.from(row.name, (letter) => letter.charCodeAt(0));
}

export function encodeMeta(row: MetaRow, fields: readonly number[], checksum: Checksum): Uint8Array {
	assert(fields.length === row.fields, () => `${row.name} has ${row.fields} fields, not ${fields.length}`);
	const bytes = new Uint8Array(META_HEADER_BYTES + fields.length * UINT48_BYTES);
	bytes[4] = LOG_FORMAT;
	fields.forEach((field, i) => {
		writeUint48(bytes, META_HEADER_BYTES + i * UINT48_BYTES, field);
	});
	writeUint32(bytes, 0, checksum(bytes.subarray(4), row.seed));
	return bytes;
}

/** The fields of a meta record; throws log_damaged. */
export function decodeMeta(row: MetaRow, record: Uint8Array, checksum: Checksum): readonly number[] {
	const bytesWanted = META_HEADER_BYTES + row.fields * UINT48_BYTES;
	if (record.length !== bytesWanted) {
		throw damaged(`the record ${row.name}`, `it must have ${bytesWanted} bytes and has ${record.length}`);
	}
	const stored = readUint32(record, 0);
	const computed = checksum(record.subarray(4), row.seed);
	if (stored !== computed) {
		throw damaged(`the record ${row.name}`, `its checksum must be ${hex(stored)} and is ${hex(computed)}`);
	}
	if (record[4] !== LOG_FORMAT) {
		throw damaged(`the record ${row.name}`, `its format must be ${LOG_FORMAT} and is ${record[4]}`);
	}
	const fields: number[] = [];
	for (let i = 0; i < row.fields; i++) {
		fields.push(readUint48(record, META_HEADER_BYTES + i * UINT48_BYTES));
	}
	return fields;
}

function hex(value: number): string {
	return value.toString(16).padStart(8, '0');
}
