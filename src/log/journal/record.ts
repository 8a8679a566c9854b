/**
 * The frame of a record in the journal. All numbers big-endian; a record begins at a multiple of 64 bytes.
 *
 *   length u32 | generation u48 | sequence u48 | previous u32 | format u8 | kind u8 | 0 u16 | header CRC u32 | CRC u32 | body
 *
 * previous is the CRC of the record before: the chain. Both CRCs are seeded with the journal's salt; the first covers the fields before it, so
 * that a length is believed before its body is read; the second covers everything, the body included. Not here: the body (steps.ts).
 */
import { assert } from '../../base/assert.ts';
import { readUint32, readUint48, writeUint32, writeUint48 } from '../../base/uint48.ts';
import type { Checksum } from '../layout.ts';

export const RECORD_HEADER_BYTES = 32;
export const RECORD_ALIGNMENT = 64;
export const RECORD_KIND = {
	/** What a turn appended. */
	steps: 1,
	/** The log was closed in order; no body. */
	closed: 2,
} as const;
export type RecordKind = (typeof RECORD_KIND)[keyof typeof RECORD_KIND];

const RECORD_FORMAT = 1;
const PREVIOUS_AT = 16;
const FORMAT_AT = 20;
const KIND_AT = 21;
const HEADER_CRC_AT = 24;
const CRC_AT = 28;

export interface RecordHeader {
	/** Of the body. */
	readonly length: number;
	/** Of the segment, counted over all of them; a reused one gets a new one. */
	readonly generation: number;
	/** Of the record, from 1 on, without a gap over all segments. */
	readonly sequence: number;
	readonly previous: number;
	readonly kind: RecordKind;
	/** Its name in the chain. */
	readonly crc: number;
}

/** How far apart two records begin, of which the first has a body of this length. */
export function spanOf(length: number): number {
	return Math.ceil((RECORD_HEADER_BYTES + length) / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
}

/** Completes the record whose body is at the end of these bytes, behind the room for its header; returns its CRC. */
export function sealRecord(record: Uint8Array, header: Omit<RecordHeader, 'length' | 'crc'>, salt: number, checksum: Checksum): number {
	assert(record.length >= RECORD_HEADER_BYTES, () => `a record of ${record.length} bytes`);
	writeUint32(record, 0, record.length - RECORD_HEADER_BYTES);
	writeUint48(record, 4, header.generation);
	writeUint48(record, 10, header.sequence);
	writeUint32(record, PREVIOUS_AT, header.previous);
	writeUint32(record, FORMAT_AT, 0);
	record[FORMAT_AT] = RECORD_FORMAT;
	record[KIND_AT] = header.kind;
	writeUint32(record, HEADER_CRC_AT, checksum(record.subarray(0, HEADER_CRC_AT), salt));
	const crc = crcOf(record, salt, checksum);
	writeUint32(record, CRC_AT, crc);
	return crc;
}

/** The header at this place, or null if there is none that is whole and fits these bytes with its body. The body is not looked at. */
export function readHeader(bytes: Uint8Array, at: number, salt: number, checksum: Checksum): RecordHeader | null {
	// Cheap first: a search for records asks this of every place in a segment.
	if (at + RECORD_HEADER_BYTES > bytes.length || bytes[at + FORMAT_AT] !== RECORD_FORMAT) {
		return null;
	}
	const length = readUint32(bytes, at);
	const kind = bytes[at + KIND_AT];
	const isPlausible = at + RECORD_HEADER_BYTES + length <= bytes.length && (kind === RECORD_KIND.steps || kind === RECORD_KIND.closed);
	if (!isPlausible || readUint32(bytes, at + HEADER_CRC_AT) !== checksum(bytes.subarray(at, at + HEADER_CRC_AT), salt)) {
		return null;
	}
	return {
		length,
		generation: readUint48(bytes, at + 4),
		sequence: readUint48(bytes, at + 10),
		previous: readUint32(bytes, at + PREVIOUS_AT),
		kind,
		crc: readUint32(bytes, at + CRC_AT),
	};
}

/** Whether the record with this header is as it was written. */
export function isWhole(bytes: Uint8Array, at: number, header: RecordHeader, salt: number, checksum: Checksum): boolean {
	return crcOf(bytes.subarray(at, at + RECORD_HEADER_BYTES + header.length), salt, checksum) === header.crc;
}

/** The body of the record with this header, where it lies. */
export function bodyOf(bytes: Uint8Array, at: number, header: RecordHeader): Uint8Array {
	return bytes.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + header.length);
}

function crcOf(record: Uint8Array, salt: number, checksum: Checksum): number {
	return checksum(record.subarray(RECORD_HEADER_BYTES), checksum(record.subarray(0, CRC_AT), salt));
}
