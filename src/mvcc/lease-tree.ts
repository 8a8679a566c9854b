/**
 * The tree `leases`: what was granted, and which keys hang on it. Both are replicated state, written in the transactions that put, delete, grant
 * and revoke; when a lease is over is not to be seen here (src/lease/lease-schedule.ts). Nobody but this file knows the layout.
 *
 *   'L' id u64                        -> crc u32 | ttl u48 | remaining u48
 *   'K' id u64 key                    -> crc u32                              one row a key, so that those of a lease are a range, in key order
 *   'K' id u64 first bytes of key, 0  -> crc u32 | (rest length u32, rest)... the keys too long for the engine that share their first bytes
 */
import { assert } from '../base/assert.ts';
import { compareBytes, concatBytes, copyBytes } from '../base/bytes.ts';
import { crc32 } from '../base/crc32.ts';
import { ENGINE_KEY_BYTES_MAX, type ReadView, type WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, readUint48, UINT48_MAX, writeUint32, writeUint48 } from '../base/uint48.ts';
import { damagedRecord } from './damage.ts';
import { scratchBytes } from './scratch.ts';

export interface LeaseRecord {
	/** int64, never 0. */
	readonly id: bigint;
	/** Seconds, as granted. */
	readonly ttl: number;
	/** Seconds that were left at the last checkpoint; 0: none since it was granted or renewed. */
	readonly remaining: number;
}

const NAME = 'leases';
const RECORD = 0x4c;
const KEY = 0x4b;
const PREFIX_BYTES = 9;
const CRC_BYTES = 4;
const RECORD_BYTES = CRC_BYTES + 12;

export class LeaseTree {
	/** Longest key with a row of its own. */
	readonly #limit: number;

	/** A smaller limit is for tests. */
	constructor(limit = ENGINE_KEY_BYTES_MAX - PREFIX_BYTES - 1) {
		this.#limit = limit;
	}

	has(view: ReadView, id: bigint): boolean {
		return this.get(view, id) !== null;
	}

	get(view: ReadView, id: bigint): LeaseRecord | null {
		const key = prefix(RECORD, id);
		const bytes = view.get(TREE.leases, key);
		return bytes === null ? null : readRecord(key, bytes);
	}

	put(view: WriteView, { id, ttl, remaining }: LeaseRecord): void {
		assert(id !== 0n, 'a lease has an id');
		assert(ttl > 0 && ttl <= UINT48_MAX && remaining >= 0 && remaining <= ttl, () => `a lease of ${ttl} s, ${remaining} s left`);
		const key = prefix(RECORD, id);
		const bytes = scratchBytes(RECORD_BYTES);
		writeUint48(bytes, CRC_BYTES, ttl);
		writeUint48(bytes, CRC_BYTES + 6, remaining);
		putChecked(view, key, bytes);
	}

	/** Its keys have been deleted before. */
	remove(view: WriteView, id: bigint): void {
		view.remove(TREE.leases, prefix(RECORD, id));
	}

	attach(view: WriteView, id: bigint, key: Uint8Array): void {
		const row = this.#rowKey(id, key);
		if (key.length <= this.#limit) {
			putChecked(view, row, scratchBytes(CRC_BYTES));
			return;
		}
		const rests = this.#rests(view, row);
		const rest = copyBytes(key.subarray(this.#limit));
		if (!rests.some((each) => compareBytes(each, rest) === 0)) {
			putRests(view, row, [...rests, rest].sort(compareBytes));
		}
	}

	detach(view: WriteView, id: bigint, key: Uint8Array): void {
		const row = this.#rowKey(id, key);
		if (key.length <= this.#limit) {
			view.remove(TREE.leases, row);
			return;
		}
		const gone = key.subarray(this.#limit);
		const rests = this.#rests(view, row).filter((rest) => compareBytes(rest, gone) !== 0);
		if (rests.length === 0) {
			view.remove(TREE.leases, row);
		} else {
			putRests(view, row, rests);
		}
	}

	/** The keys of a lease, ascending. The key is only valid during the call; returns false to stop. */
	scanKeys(view: ReadView, id: bigint, visit: (key: Uint8Array) => boolean): void {
		const lo = prefix(KEY, id);
		view.scan(TREE.leases, lo, after(lo), (row, bytes) => {
			const key = row.subarray(PREFIX_BYTES);
			checkRow(row, bytes);
			if (key.length <= this.#limit) {
				return visit(key);
			}
			const shared = key.subarray(0, this.#limit);
			return decodeRests(bytes).every((rest) => visit(concatBytes([shared, rest])));
		});
	}

	/** Every key of a lease, in bytes of its own. */
	keysOf(view: ReadView, id: bigint): Uint8Array[] {
		const keys: Uint8Array[] = [];
		this.scanKeys(view, id, (key) => {
			keys.push(copyBytes(key));
			return true;
		});
		return keys;
	}

	/** The leases behind this one in the order of the tree, which means nothing; null: from the first. Returns false to stop. */
	scan(view: ReadView, behind: bigint | null, visit: (record: LeaseRecord) => boolean): void {
		const lo = behind === null ? new Uint8Array([RECORD]) : concatBytes([prefix(RECORD, behind), new Uint8Array(1)]);
		view.scan(TREE.leases, lo, new Uint8Array([RECORD + 1]), (key, bytes) => visit(readRecord(key, bytes)));
	}

	/** No key of its own row has a byte more than the limit: such a row is known by its length. */
	#rowKey(id: bigint, key: Uint8Array): Uint8Array {
		const row = new Uint8Array(PREFIX_BYTES + Math.min(key.length, this.#limit + 1));
		row.set(prefix(KEY, id));
		row.set(key.subarray(0, this.#limit), PREFIX_BYTES);
		return row;
	}

	#rests(view: ReadView, row: Uint8Array): Uint8Array[] {
		const bytes = view.get(TREE.leases, row);
		if (bytes === null) {
			return [];
		}
		checkRow(row, bytes);
		return decodeRests(bytes);
	}
}

/** The tree as the store has it. */
export const LEASES = new LeaseTree();

function prefix(kind: number, id: bigint): Uint8Array {
	const bytes = new Uint8Array(PREFIX_BYTES);
	bytes[0] = kind;
	const bits = BigInt.asUintN(64, id);
	writeUint32(bytes, 1, Number(bits >> 32n));
	writeUint32(bytes, 5, Number(bits & 0xffff_ffffn));
	return bytes;
}

/** The least key that is greater than all that begin with these bytes. */
function after(bytes: Uint8Array): Uint8Array {
	const next = copyBytes(bytes);
	for (let at = next.length - 1; at >= 0; at--) {
		if (next[at] !== 0xff) {
			next[at] = (next[at] as number) + 1;
			return next.subarray(0, at + 1);
		}
	}
	assert(false, 'the kind of a row is not its greatest');
}

function putChecked(view: WriteView, key: Uint8Array, bytes: Uint8Array): void {
	writeUint32(bytes, 0, crc32(bytes, crc32(key), CRC_BYTES));
	view.put(TREE.leases, key, bytes);
}

function checkRow(key: Uint8Array, bytes: Uint8Array): void {
	if (bytes.length < CRC_BYTES || readUint32(bytes, 0) !== crc32(bytes, crc32(key), CRC_BYTES)) {
		throw damagedRecord(NAME, key);
	}
}

function readRecord(key: Uint8Array, bytes: Uint8Array): LeaseRecord {
	checkRow(key, bytes);
	assert(key.length === PREFIX_BYTES && bytes.length === RECORD_BYTES, () => `a lease of ${key.length} and ${bytes.length} bytes`);
	const id = BigInt.asIntN(64, (BigInt(readUint32(key, 1)) << 32n) | BigInt(readUint32(key, 5)));
	return { id, ttl: readUint48(bytes, CRC_BYTES), remaining: readUint48(bytes, CRC_BYTES + 6) };
}

function putRests(view: WriteView, row: Uint8Array, rests: readonly Uint8Array[]): void {
	const parts = rests.flatMap((rest) => {
		const length = new Uint8Array(4);
		writeUint32(length, 0, rest.length);
		return [length, rest];
	});
	putChecked(view, row, concatBytes([new Uint8Array(CRC_BYTES), ...parts]));
}

function decodeRests(bytes: Uint8Array): Uint8Array[] {
	const rests: Uint8Array[] = [];
	for (let at = CRC_BYTES; at < bytes.length; ) {
		const end = at + 4 + readUint32(bytes, at);
		rests.push(copyBytes(bytes.subarray(at + 4, end)));
		at = end;
	}
	return rests;
}
