/**
 * Bytes of the records of the tree `auth`: what a user and a role are on disk. The checksum over key and rest comes first, as in every record of the
 * store (mvcc/check-record.ts). Used by auth-tree.ts and token-tree.ts alone.
 *
 *   user   crc u32 | no password u8 | credential u48 | password hash | roles...
 *   role   crc u32 | (type u32, key, range end)...                               text and bytes: length u32, then themselves
 */
import { assert } from '../base/assert.ts';
import { concatBytes, copyBytes } from '../base/bytes.ts';
import { crc32 } from '../base/crc32.ts';
import type { WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, readUint48, UINT48_BYTES, writeUint32, writeUint48 } from '../base/uint48.ts';
import { damagedRecord } from '../mvcc/damage.ts';
import type { Permission, Role, User } from './operations.ts';

export const CRC_BYTES = 4;
const TREE_NAME = 'auth';
const USER_FIXED_BYTES = 1 + UINT48_BYTES;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** bytes begin with room for the checksum. */
export function putChecked(view: WriteView, key: Uint8Array, bytes: Uint8Array): void {
	assert(bytes.length >= CRC_BYTES, 'a record has room for its checksum');
	writeUint32(bytes, 0, crc32(bytes, crc32(key), CRC_BYTES));
	view.put(TREE.auth, key, bytes);
}

export function checkRecord(key: Uint8Array, bytes: Uint8Array): void {
	if (bytes.length < CRC_BYTES || readUint32(bytes, 0) !== crc32(bytes, crc32(key), CRC_BYTES)) {
		throw damagedRecord(TREE_NAME, key);
	}
}

export function encodeUser({ passwordHash, noPassword, roles, credential }: User): Uint8Array {
	const fixed = new Uint8Array(CRC_BYTES + USER_FIXED_BYTES);
	fixed[CRC_BYTES] = noPassword ? 1 : 0;
	writeUint48(fixed, CRC_BYTES + 1, credential);
	return concatBytes([fixed, ...sized(passwordHash), ...roles.flatMap((role) => sized(encoder.encode(role)))]);
}

export function decodeUser(name: string, bytes: Uint8Array): User {
	const reader = new SizedReader(bytes, CRC_BYTES + USER_FIXED_BYTES);
	const passwordHash = reader.bytes();
	const roles: string[] = [];
	while (!reader.isAtEnd) {
		roles.push(decoder.decode(reader.bytes()));
	}
	return { name, passwordHash, noPassword: bytes[CRC_BYTES] === 1, roles, credential: readUint48(bytes, CRC_BYTES + 1) };
}

export function encodeRole({ permissions }: Role): Uint8Array {
	return concatBytes([
		new Uint8Array(CRC_BYTES),
		...permissions.flatMap(({ type, key, rangeEnd }) => [number(type), ...sized(key), ...sized(rangeEnd)]),
	]);
}

export function decodeRole(name: string, bytes: Uint8Array): Role {
	const reader = new SizedReader(bytes, CRC_BYTES);
	const permissions: Permission[] = [];
	while (!reader.isAtEnd) {
		permissions.push({ type: reader.number(), key: reader.bytes(), rangeEnd: reader.bytes() });
	}
	return { name, permissions };
}

function sized(bytes: Uint8Array): readonly [Uint8Array, Uint8Array] {
	return [number(bytes.length), bytes];
}

function number(value: number): Uint8Array {
	const bytes = new Uint8Array(4);
	writeUint32(bytes, 0, value);
	return bytes;
}

/** Over a record whose checksum is right: what does not fit in it is a fault of our own. */
class SizedReader {
	readonly #bytes: Uint8Array;
	#at: number;

	constructor(bytes: Uint8Array, at: number) {
		this.#bytes = bytes;
		this.#at = at;
	}

	get isAtEnd(): boolean {
		return this.#at === this.#bytes.length;
	}

	number(): number {
		assert(this.#at + 4 <= this.#bytes.length, () => `a record of ${this.#bytes.length} bytes ends within a number at ${this.#at}`);
		this.#at += 4;
		return readUint32(this.#bytes, this.#at - 4);
	}

	bytes(): Uint8Array {
		const end = this.number() + this.#at;
		assert(end <= this.#bytes.length, () => `a record of ${this.#bytes.length} bytes ends before ${end}`);
		const taken = copyBytes(this.#bytes.subarray(this.#at, end));
		this.#at = end;
		return taken;
	}
}
