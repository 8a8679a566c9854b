/**
 * The snapshot file: every record of every tree, by the trees' names, with the applied point; nothing in it depends on LMDB.
 *
 *   header   'QSNP', format, header bytes (u32 each), applied index, term (u64 each), number of trees (u32),
 *            then each name (u8 length, bytes), then the CRC-32 of all that
 *   chunks   bytes (u32), CRC-32 of the payload (u32), payload: records, each tree (u8), key bytes (u16), value bytes (u32), key, value
 *   trailer  0 (u32), number of records (u64), CRC-32 over all payloads (u32), CRC-32 of these (u32); nothing after it
 *
 * All little endian. Pure encoding and decoding; snapshot-spool.ts writes it and snapshot-install.ts reads it.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import type { Tree } from '../base/engine.ts';
import type { AppliedPoint } from '../ports/store-environment.ts';

export interface SnapshotHeader {
	readonly point: AppliedPoint;
	readonly trees: readonly string[];
}

export interface SnapshotTrailer {
	readonly records: number;
	readonly payloadsCrc: number;
}

const MAGIC = 0x504e5351; // 'QSNP'
const FORMAT = 1;
const HEADER_FIXED_BYTES = 32;
export const HEADER_BYTES_MAX = 4_096;
export const CHUNK_HEAD_BYTES = 8;
export const TRAILER_BYTES = 20;
const RECORD_HEAD_BYTES = 7;
/** A chunk is closed once it has this many bytes. */
export const CHUNK_BYTES = 2 ** 20;
/** And never has more than this: one record may be large, but not so large that reading a file of a stranger exhausts the memory. */
export const CHUNK_BYTES_MAX = 128 * 2 ** 20;

export function encodeHeader(header: SnapshotHeader): Buffer {
	const names = header.trees.map((name) => Buffer.from(name));
	const size = HEADER_FIXED_BYTES + names.reduce((sum, name) => sum + 1 + name.length, 0) + 4;
	assert(size <= HEADER_BYTES_MAX, () => `a snapshot's header of ${size} bytes`);
	const bytes = Buffer.alloc(size);
	bytes.writeUInt32LE(MAGIC, 0);
	bytes.writeUInt32LE(FORMAT, 4);
	bytes.writeUInt32LE(size, 8);
	bytes.writeBigUInt64LE(BigInt(header.point.index), 12);
	bytes.writeBigUInt64LE(BigInt(header.point.term), 20);
	bytes.writeUInt32LE(names.length, 28);
	let at = HEADER_FIXED_BYTES;
	for (const name of names) {
		at = bytes.writeUInt8(name.length, at);
		at += name.copy(bytes, at);
	}
	bytes.writeUInt32LE(crc32(bytes.subarray(0, at)), at);
	return bytes;
}

/** The header at the start of these bytes and its length, or null if they do not begin with a whole and correct one. */
export function decodeHeader(bytes: Buffer): (SnapshotHeader & { readonly bytes: number }) | null {
	if (bytes.length < HEADER_FIXED_BYTES || bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== FORMAT) {
		return null;
	}
	const size = bytes.readUInt32LE(8);
	if (size < HEADER_FIXED_BYTES + 4 || size > bytes.length || bytes.readUInt32LE(size - 4) !== crc32(bytes.subarray(0, size - 4))) {
		return null;
	}
	const trees: string[] = [];
	let at = HEADER_FIXED_BYTES;
	for (let left = bytes.readUInt32LE(28); left > 0; left--) {
		const end = at + 1 + bytes.readUInt8(at);
		assert(end <= size - 4, 'a header with a correct checksum holds its names');
		trees.push(bytes.toString('utf8', at + 1, end));
		at = end;
	}
	// The checksum was right, so these are numbers that this code once wrote.
	const point = { index: Number(bytes.readBigUInt64LE(12)) as Index, term: Number(bytes.readBigUInt64LE(20)) as Term };
	return { point, trees, bytes: size };
}

export function recordBytes(key: Uint8Array, value: Uint8Array): number {
	return RECORD_HEAD_BYTES + key.length + value.length;
}

/** Writes one record at this place and returns the place after it; the chunk has room. */
export function writeRecord(chunk: Buffer, at: number, tree: Tree, key: Uint8Array, value: Uint8Array): number {
	chunk.writeUInt8(tree, at);
	chunk.writeUInt16LE(key.length, at + 1);
	chunk.writeUInt32LE(value.length, at + 3);
	chunk.set(key, at + RECORD_HEAD_BYTES);
	chunk.set(value, at + RECORD_HEAD_BYTES + key.length);
	return at + recordBytes(key, value);
}

/** Calls visit for each record of a payload; false if the payload does not end with a record's end. */
export function readRecords(payload: Buffer, visit: (tree: Tree, key: Uint8Array, value: Uint8Array) => void): boolean {
	let at = 0;
	while (at + RECORD_HEAD_BYTES <= payload.length) {
		const keyAt = at + RECORD_HEAD_BYTES;
		const valueAt = keyAt + payload.readUInt16LE(at + 1);
		const end = valueAt + payload.readUInt32LE(at + 3);
		if (end > payload.length) {
			return false;
		}
		visit(payload.readUInt8(at), payload.subarray(keyAt, valueAt), payload.subarray(valueAt, end));
		at = end;
	}
	return at === payload.length;
}

export function encodeChunkHead(payload: Buffer): Buffer {
	assert(payload.length > 0 && payload.length <= CHUNK_BYTES_MAX, () => `a snapshot chunk of ${payload.length} bytes`);
	const head = Buffer.alloc(CHUNK_HEAD_BYTES);
	head.writeUInt32LE(payload.length, 0);
	head.writeUInt32LE(crc32(payload), 4);
	return head;
}

export function encodeTrailer(trailer: SnapshotTrailer): Buffer {
	const bytes = Buffer.alloc(TRAILER_BYTES);
	bytes.writeBigUInt64LE(BigInt(trailer.records), 4);
	bytes.writeUInt32LE(trailer.payloadsCrc, 12);
	bytes.writeUInt32LE(crc32(bytes.subarray(0, 16)), 16);
	return bytes;
}

export function isTrailer(bytes: Buffer, trailer: SnapshotTrailer): boolean {
	return bytes.equals(encodeTrailer(trailer));
}
