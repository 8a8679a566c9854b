/**
 * What the tree `latest` knows of a key: its newest record, without the value. Enough to put, delete and compare without reading history.
 *
 *   flags u8 | depth u32 | create u48 | main u48 | sub u32 | version u48 | jump main u48 | jump sub u32 | lease u64 if flagged
 *
 * Used by latest-tree.ts, which adds the checksum.
 */
import { assert } from '../base/assert.ts';
import { readUint32, readUint48, writeUint32, writeUint48 } from '../base/uint48.ts';

export interface LatestRecord {
	/** The key is deleted; the record stays until compaction, as the way into its history. */
	readonly tombstone: boolean;
	/** Place in the key's chain of records: jump-pointers.ts. */
	readonly depth: number;
	/** Revision of the last creation; 0 for a tombstone, as version and lease. */
	readonly create: number;
	/** Revision of the newest record, and its place within the transaction. */
	readonly main: number;
	readonly sub: number;
	/** Puts since the creation. */
	readonly version: number;
	/** Where the newest record's jump pointer goes; main 0: nowhere. */
	readonly jumpMain: number;
	readonly jumpSub: number;
	readonly lease: bigint;
}

const TOMBSTONE = 1;
const LEASE = 2;
const FIXED_BYTES = 37;
const LEASE_BYTES = 8;
/** With a lease; fits the one-byte length of a bucket's entry. */
const LATEST_BYTES_MAX = FIXED_BYTES + LEASE_BYTES;

export function latestSize(record: LatestRecord): number {
	return record.lease === 0n ? FIXED_BYTES : LATEST_BYTES_MAX;
}

/** Writes it at an offset and returns the offset behind it. */
export function writeLatest(bytes: Uint8Array, at: number, record: LatestRecord): number {
	bytes[at] = (record.tombstone ? TOMBSTONE : 0) | (record.lease === 0n ? 0 : LEASE);
	writeUint32(bytes, at + 1, record.depth);
	writeUint48(bytes, at + 5, record.create);
	writeUint48(bytes, at + 11, record.main);
	writeUint32(bytes, at + 17, record.sub);
	writeUint48(bytes, at + 21, record.version);
	writeUint48(bytes, at + 27, record.jumpMain);
	writeUint32(bytes, at + 33, record.jumpSub);
	if (record.lease === 0n) {
		return at + FIXED_BYTES;
	}
	const lease = BigInt.asUintN(64, record.lease);
	writeUint32(bytes, at + 37, Number(lease >> 32n));
	writeUint32(bytes, at + 41, Number(lease & 0xffff_ffffn));
	return at + LATEST_BYTES_MAX;
}

export function readLatest(bytes: Uint8Array, at: number): LatestRecord {
	const flags = bytes[at] as number;
	const record: LatestRecord = {
		tombstone: (flags & TOMBSTONE) !== 0,
		depth: readUint32(bytes, at + 1),
		create: readUint48(bytes, at + 5),
		main: readUint48(bytes, at + 11),
		sub: readUint32(bytes, at + 17),
		version: readUint48(bytes, at + 21),
		jumpMain: readUint48(bytes, at + 27),
		jumpSub: readUint32(bytes, at + 33),
		lease: (flags & LEASE) === 0 ? 0n : readLease(bytes, at + FIXED_BYTES),
	};
	assert(record.main > 0 && record.create <= record.main, () => `a latest record of revision ${record.main}, created at ${record.create}`);
	return record;
}

function readLease(bytes: Uint8Array, at: number): bigint {
	return BigInt.asIntN(64, (BigInt(readUint32(bytes, at)) << 32n) | BigInt(readUint32(bytes, at + 4)));
}
