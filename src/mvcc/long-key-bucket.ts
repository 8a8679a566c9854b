/** The keys longer than the engine's limit that share their first bytes, in order of the rest of each. Used by latest-tree.ts. */
import { assert } from '../base/assert.ts';
import { compareBytes, copyBytes } from '../base/bytes.ts';
import { readUint32, writeUint32 } from '../base/uint48.ts';
import { type LatestRecord, latestSize, readLatest, writeLatest } from './latest-record.ts';

export interface BucketEntry {
	/** The key behind the bytes that the bucket stands for. */
	readonly rest: Uint8Array;
	readonly record: LatestRecord;
}
export type Bucket = BucketEntry[];

const COUNT_BYTES = 4;
const ENTRY_HEADER_BYTES = 5;

/** Where a rest is, or would have to be put. */
export function placeInBucket(bucket: Bucket, rest: Uint8Array): { readonly at: number; readonly found: boolean } {
	let lo = 0;
	let hi = bucket.length;
	while (lo < hi) {
		const middle = (lo + hi) >>> 1;
		const order = compareBytes((bucket[middle] as BucketEntry).rest, rest);
		if (order === 0) {
			return { at: middle, found: true };
		}
		if (order < 0) {
			lo = middle + 1;
		} else {
			hi = middle;
		}
	}
	return { at: lo, found: false };
}

/** With room for a checksum before it. */
export function encodeBucket(bucket: Bucket, at: number): Uint8Array {
	let size = at + COUNT_BYTES;
	for (const { rest, record } of bucket) {
		size += ENTRY_HEADER_BYTES + rest.length + latestSize(record);
	}
	const bytes = new Uint8Array(size);
	writeUint32(bytes, at, bucket.length);
	let end = at + COUNT_BYTES;
	for (const { rest, record } of bucket) {
		writeUint32(bytes, end, rest.length);
		bytes.set(rest, end + 4);
		end += 4 + rest.length;
		bytes[end] = latestSize(record);
		end = writeLatest(bytes, end + 1, record);
	}
	assert(end === size, () => `a bucket of ${end} bytes was sized as ${size}`);
	return bytes;
}

/** Of bytes whose checksum was right. The rests are copies: what a scan hands out is only lent. */
export function decodeBucket(bytes: Uint8Array, at: number): Bucket {
	const count = readUint32(bytes, at);
	const bucket: Bucket = [];
	let next = at + COUNT_BYTES;
	for (let i = 0; i < count; i++) {
		const restLength = readUint32(bytes, next);
		const recordAt = next + ENTRY_HEADER_BYTES + restLength;
		bucket.push({ rest: copyBytes(bytes.subarray(next + 4, recordAt - 1)), record: readLatest(bytes, recordAt) });
		next = recordAt + (bytes[recordAt - 1] as number);
	}
	assert(next === bytes.length, () => `a bucket ends at ${next} of ${bytes.length} bytes`);
	return bucket;
}
