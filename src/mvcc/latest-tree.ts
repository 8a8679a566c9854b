/**
 * The tree `latest` (key -> newest record), with checksums, and for keys of any length.
 *
 * A key up to the limit has a record of its own: crc u32 | record. The engine bears no longer keys, so those that share their first
 * `limit` bytes live together in a bucket under these bytes and a zero: crc u32 | count u32 | (rest length u32, rest, record length u8,
 * record)... in order of rest. No short key has limit + 1 bytes, so a bucket is known by the length of its key; and it sorts behind the
 * short key of its first bytes and before everything that is greater, so the tree as a whole keeps byte order.
 */
import { concatBytes } from '../base/bytes.ts';
import { crc32 } from '../base/crc32.ts';
import { ENGINE_KEY_BYTES_MAX, type ReadView, type WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, writeUint32 } from '../base/uint48.ts';
import { damagedRecord } from './damage.ts';
import { isEmptyRange, type KeyRange } from './key-range.ts';
import { type LatestRecord, latestSize, readLatest, writeLatest } from './latest-record.ts';
import { type Bucket, decodeBucket, encodeBucket, placeInBucket } from './long-key-bucket.ts';

import { scratchBytes } from './scratch.ts';

/** Returns false to stop. The key is only valid during the call. */
export type VisitLatest = (key: Uint8Array, record: LatestRecord) => boolean;

const CRC_BYTES = 4;
const NAME = 'latest';
const ZERO = new Uint8Array(1);

export class LatestTree {
	readonly #limit: number;

	/** A smaller limit is for tests. */
	constructor(limit = ENGINE_KEY_BYTES_MAX - 10) {
		this.#limit = limit;
	}

	get(view: ReadView, key: Uint8Array): LatestRecord | null {
		if (key.length > this.#limit) {
			const bucket = this.#bucket(view, this.#bucketKey(key));
			const place = placeInBucket(bucket, key.subarray(this.#limit));
			return place.found ? (bucket[place.at]?.record ?? null) : null;
		}
		const bytes = view.get(TREE.latest, key);
		return bytes === null ? null : decode(key, bytes);
	}

	put(view: WriteView, key: Uint8Array, record: LatestRecord): void {
		if (key.length > this.#limit) {
			const bucketKey = this.#bucketKey(key);
			const bucket = this.#bucket(view, bucketKey);
			const rest = key.subarray(this.#limit);
			const place = placeInBucket(bucket, rest);
			bucket.splice(place.at, place.found ? 1 : 0, { rest, record });
			this.#putBucket(view, bucketKey, bucket);
			return;
		}
		const bytes = scratchBytes(CRC_BYTES + latestSize(record));
		writeLatest(bytes, CRC_BYTES, record);
		writeUint32(bytes, 0, crc32(bytes, crc32(key), CRC_BYTES));
		view.put(TREE.latest, key, bytes);
	}

	remove(view: WriteView, key: Uint8Array): void {
		if (key.length <= this.#limit) {
			view.remove(TREE.latest, key);
			return;
		}
		const bucketKey = this.#bucketKey(key);
		const bucket = this.#bucket(view, bucketKey);
		const place = placeInBucket(bucket, key.subarray(this.#limit));
		if (place.found) {
			bucket.splice(place.at, 1);
			this.#putBucket(view, bucketKey, bucket);
		}
	}

	/** In ascending order. */
	scan(view: ReadView, range: KeyRange, visit: VisitLatest): void {
		if (range.single) {
			const record = this.get(view, range.lo);
			if (record !== null) {
				visit(range.lo, record);
			}
			return;
		}
		if (isEmptyRange(range)) {
			return;
		}
		view.scan(TREE.latest, this.#lowBound(range.lo), range.hi === null ? null : this.#highBound(range.hi), (key, bytes) =>
			key.length > this.#limit ? this.#visitBucket(key, bytes, range, visit) : visit(key, decode(key, bytes)),
		);
	}

	#visitBucket(bucketKey: Uint8Array, bytes: Uint8Array, range: KeyRange, visit: VisitLatest): boolean {
		const shared = bucketKey.subarray(0, this.#limit);
		const bucket = decodeBucket(checked(bucketKey, bytes), CRC_BYTES);
		// Only the buckets at the two ends of the range may hold keys outside it.
		const inside = (key: Uint8Array): boolean =>
			!isEmptyRange({ lo: range.lo, hi: concatBytes([key, ZERO]), single: false }) &&
			(range.hi === null || !isEmptyRange({ lo: key, hi: range.hi, single: false }));
		for (const { rest, record } of bucket) {
			const key = concatBytes([shared, rest]);
			if (inside(key) && !visit(key, record)) {
				return false;
			}
		}
		return true;
	}

	#bucketKey(key: Uint8Array): Uint8Array {
		const bucketKey = new Uint8Array(this.#limit + 1);
		bucketKey.set(key.subarray(0, this.#limit));
		return bucketKey;
	}

	#lowBound(lo: Uint8Array): Uint8Array {
		return lo.length > this.#limit ? this.#bucketKey(lo) : lo;
	}

	/** The bucket of a long upper bound holds keys below it: it must be visited too. */
	#highBound(hi: Uint8Array): Uint8Array {
		return hi.length > this.#limit ? concatBytes([this.#bucketKey(hi), ZERO]) : hi;
	}

	#bucket(view: ReadView, bucketKey: Uint8Array): Bucket {
		const bytes = view.get(TREE.latest, bucketKey);
		return bytes === null ? [] : decodeBucket(checked(bucketKey, bytes), CRC_BYTES);
	}

	#putBucket(view: WriteView, bucketKey: Uint8Array, bucket: Bucket): void {
		if (bucket.length === 0) {
			view.remove(TREE.latest, bucketKey);
			return;
		}
		const bytes = encodeBucket(bucket, CRC_BYTES);
		writeUint32(bytes, 0, crc32(bytes, crc32(bucketKey), CRC_BYTES));
		view.put(TREE.latest, bucketKey, bytes);
	}
}

/** The tree as the store has it. */
export const LATEST = new LatestTree();

function decode(key: Uint8Array, bytes: Uint8Array): LatestRecord {
	return readLatest(checked(key, bytes), CRC_BYTES);
}

function checked(key: Uint8Array, bytes: Uint8Array): Uint8Array {
	if (bytes.length < CRC_BYTES || readUint32(bytes, 0) !== crc32(bytes, crc32(key), CRC_BYTES)) {
		throw damagedRecord(NAME, key);
	}
	return bytes;
}
