/**
 * Simple tokens in the tree `auth`, by their SHA-256: whose they are, and which is the oldest. Replicated, so that every member knows a token that any of
 * them has given. For how long one counts is each lane's to say. No more than SIMPLE_TOKENS_MAX are kept, the oldest go.
 *
 *   'N'                                  -> crc u32 | count u48
 *   'H' hash                             -> crc u32 | index u48 | user            what a lane looks up
 *   'O' index u48                        -> crc u32 | hash                        the oldest first
 *   'B' length u16 user index u48        -> crc u32 | hash                        those of a user
 */
import { assert, must } from '../base/assert.ts';
import { copyBytes } from '../base/bytes.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { SIMPLE_TOKENS_MAX } from '../base/limits.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint48, UINT48_BYTES, writeUint48 } from '../base/uint48.ts';
import { CRC_BYTES, checkRecord, putChecked } from './auth-record.ts';
import { TOKEN_HASH_BYTES } from './operations.ts';

export interface TokenRecord {
	readonly user: string;
	/** Of the entry that assigned it, which is in the token as well (etcd's form). */
	readonly index: number;
}

const COUNT_KEY = new Uint8Array([0x4e]);
const BY_HASH = 0x48;
const BY_INDEX = 0x4f;
const BY_USER = 0x42;
const COUNT_BYTES = CRC_BYTES + UINT48_BYTES;
const USER_AT = CRC_BYTES + UINT48_BYTES;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** null: no member has given such a token, or it was taken back. */
export function readToken(view: ReadView, hash: Uint8Array): TokenRecord | null {
	const key = hashKey(hash);
	const bytes = view.get(TREE.auth, key);
	if (bytes === null) {
		return null;
	}
	checkRecord(key, bytes);
	return { user: decoder.decode(bytes.subarray(USER_AT)), index: readUint48(bytes, CRC_BYTES) };
}

/** most: a smaller bound is for tests. */
export function putToken(view: WriteView, { user, index, hash }: TokenRecord & { readonly hash: Uint8Array }, most = SIMPLE_TOKENS_MAX): void {
	assert(hash.length === TOKEN_HASH_BYTES, () => `a token's hash of ${hash.length} bytes`);
	const known = readToken(view, hash);
	if (known !== null) {
		removeToken(view, hash, known);
	}
	if (countTokens(view) >= most) {
		removeOldest(view);
	}
	const name = encoder.encode(user);
	const bytes = new Uint8Array(USER_AT + name.length);
	writeUint48(bytes, CRC_BYTES, index);
	bytes.set(name, USER_AT);
	putChecked(view, hashKey(hash), bytes);
	putHash(view, indexKey(index), hash);
	putHash(view, userKey(user, index), hash);
	writeCount(view, countTokens(view) + 1);
}

export function dropTokensOf(view: WriteView, user: string): void {
	drop(view, userPrefix(user), BY_USER);
}

export function dropAllTokens(view: WriteView): void {
	drop(view, new Uint8Array([BY_INDEX]), BY_INDEX);
}

export function countTokens(view: ReadView): number {
	const bytes = view.get(TREE.auth, COUNT_KEY);
	if (bytes === null) {
		return 0;
	}
	checkRecord(COUNT_KEY, bytes);
	return readUint48(bytes, CRC_BYTES);
}

/** Every token of the rows that begin so. */
function drop(view: WriteView, prefix: Uint8Array, kind: number): void {
	for (const hash of hashesOf(view, prefix, kind)) {
		removeToken(view, hash, must(readToken(view, hash), 'a token that a row names'));
	}
}

function removeOldest(view: WriteView): void {
	const [hash] = hashesOf(view, new Uint8Array([BY_INDEX]), BY_INDEX, 1);
	const oldest = must(hash, 'a token, since some are counted');
	removeToken(view, oldest, must(readToken(view, oldest), 'a token that a row names'));
}

function removeToken(view: WriteView, hash: Uint8Array, { user, index }: TokenRecord): void {
	view.remove(TREE.auth, hashKey(hash));
	view.remove(TREE.auth, indexKey(index));
	view.remove(TREE.auth, userKey(user, index));
	writeCount(view, countTokens(view) - 1);
}

function hashesOf(view: ReadView, prefix: Uint8Array, kind: number, most = Number.POSITIVE_INFINITY): Uint8Array[] {
	const hashes: Uint8Array[] = [];
	view.scan(TREE.auth, prefix, new Uint8Array([kind + 1]), (key, bytes) => {
		if (!prefix.every((byte, i) => key[i] === byte)) {
			return false;
		}
		checkRecord(key, bytes);
		hashes.push(copyBytes(bytes.subarray(CRC_BYTES)));
		return hashes.length < most;
	});
	return hashes;
}

function writeCount(view: WriteView, count: number): void {
	assert(count >= 0, () => `${count} tokens`);
	const bytes = new Uint8Array(COUNT_BYTES);
	writeUint48(bytes, CRC_BYTES, count);
	putChecked(view, COUNT_KEY, bytes);
}

function putHash(view: WriteView, key: Uint8Array, hash: Uint8Array): void {
	const bytes = new Uint8Array(CRC_BYTES + TOKEN_HASH_BYTES);
	bytes.set(hash, CRC_BYTES);
	putChecked(view, key, bytes);
}

function hashKey(hash: Uint8Array): Uint8Array {
	const key = new Uint8Array(1 + hash.length);
	key[0] = BY_HASH;
	key.set(hash, 1);
	return key;
}

function indexKey(index: number): Uint8Array {
	const key = new Uint8Array(1 + UINT48_BYTES);
	key[0] = BY_INDEX;
	writeUint48(key, 1, index);
	return key;
}

/** The length keeps the rows of a user apart from those of another whose name begins with his. */
function userPrefix(user: string): Uint8Array {
	const name = encoder.encode(user);
	const key = new Uint8Array(3 + name.length);
	key[0] = BY_USER;
	key[1] = name.length >>> 8;
	key[2] = name.length;
	key.set(name, 3);
	return key;
}

function userKey(user: string, index: number): Uint8Array {
	const prefix = userPrefix(user);
	const key = new Uint8Array(prefix.length + UINT48_BYTES);
	key.set(prefix);
	writeUint48(key, prefix.length, index);
	return key;
}
