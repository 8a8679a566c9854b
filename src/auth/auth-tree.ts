/**
 * The tree `auth`: who there is, what roles permit, and whether any of it counts. Replicated state, changed by commands alone (execute-*.ts); being a
 * tree of the store it is in hashes, snapshots and wipes with the rest. Simple tokens lie in it too (token-tree.ts).
 *
 *   'S'            -> crc u32 | enabled u8 | revision u48 | changes u48
 *   'U' name       -> user                    'R' name -> role                    (auth-record.ts)
 */
import { assert } from '../base/assert.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint48, UINT48_BYTES, writeUint48 } from '../base/uint48.ts';
import { CRC_BYTES, checkRecord, decodeRole, decodeUser, encodeRole, encodeUser, putChecked } from './auth-record.ts';
import { isStorableName, type Role, type User } from './operations.ts';

export interface AuthState {
	readonly enabled: boolean;
	/** etcd's: 1 in a new store, one more with each change but enabling. */
	readonly revision: number;
	/** One more with every change, enabling too: an image of the tree that was made under the same number is still true. */
	readonly changes: number;
}

export const NEW_AUTH_STATE: AuthState = { enabled: false, revision: 1, changes: 0 };

const STATE_KEY = new Uint8Array([0x53]);
const USER = 0x55;
const ROLE = 0x52;
const REVISION_AT = CRC_BYTES + 1;
const CHANGES_AT = REVISION_AT + UINT48_BYTES;
const STATE_BYTES = CHANGES_AT + UINT48_BYTES;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function readAuthState(view: ReadView): AuthState {
	const bytes = view.get(TREE.auth, STATE_KEY);
	if (bytes === null) {
		return NEW_AUTH_STATE;
	}
	checkRecord(STATE_KEY, bytes);
	assert(bytes.length === STATE_BYTES, () => `the state of access control has ${bytes.length} bytes`);
	return { enabled: bytes[CRC_BYTES] === 1, revision: readUint48(bytes, REVISION_AT), changes: readUint48(bytes, CHANGES_AT) };
}

export function writeAuthState(view: WriteView, { enabled, revision, changes }: AuthState): void {
	assert(revision >= 1, () => `auth revision ${revision}`);
	const bytes = new Uint8Array(STATE_BYTES);
	bytes[CRC_BYTES] = enabled ? 1 : 0;
	writeUint48(bytes, REVISION_AT, revision);
	writeUint48(bytes, CHANGES_AT, changes);
	putChecked(view, STATE_KEY, bytes);
}

export interface Change {
	/** Default: as it is. */
	readonly enabled?: boolean;
	/** Tokens and requests of before are old. Default: not. */
	readonly isNewRevision?: boolean;
}

/** Goes with every change of the tree but a token's: images of it are made anew. */
export function noteChange(view: WriteView, { enabled, isNewRevision = false }: Change): void {
	const state = readAuthState(view);
	writeAuthState(view, {
		enabled: enabled ?? state.enabled,
		revision: state.revision + (isNewRevision ? 1 : 0),
		changes: state.changes + 1,
	});
}

/** For a user who is given a password by the change that is noted next: never given before. */
export function nextCredential(view: ReadView): number {
	return readAuthState(view).changes + 1;
}

export function readUser(view: ReadView, name: string): User | null {
	return readNamed(view, USER, name, decodeUser);
}

export function putUser(view: WriteView, user: User): void {
	assert(user.name !== '' && isStorableName(user.name), () => `a user's name of ${user.name.length} characters`);
	putChecked(view, keyOf(USER, user.name), encodeUser(user));
}

export function removeUser(view: WriteView, name: string): void {
	view.remove(TREE.auth, keyOf(USER, name));
}

/** In the order of their names' bytes. */
export function readUsers(view: ReadView): User[] {
	return readAll(view, USER, decodeUser);
}

export function readRole(view: ReadView, name: string): Role | null {
	return readNamed(view, ROLE, name, decodeRole);
}

export function putRole(view: WriteView, role: Role): void {
	assert(role.name !== '' && isStorableName(role.name), () => `a role's name of ${role.name.length} characters`);
	putChecked(view, keyOf(ROLE, role.name), encodeRole(role));
}

export function removeRole(view: WriteView, name: string): void {
	view.remove(TREE.auth, keyOf(ROLE, name));
}

/** In the order of their names' bytes. */
export function readRoles(view: ReadView): Role[] {
	return readAll(view, ROLE, decodeRole);
}

type Decode<T> = (name: string, bytes: Uint8Array) => T;

function readNamed<T>(view: ReadView, kind: number, name: string, decode: Decode<T>): T | null {
	if (!isStorableName(name)) {
		return null;
	}
	const key = keyOf(kind, name);
	const bytes = view.get(TREE.auth, key);
	if (bytes === null) {
		return null;
	}
	checkRecord(key, bytes);
	return decode(name, bytes);
}

function readAll<T>(view: ReadView, kind: number, decode: Decode<T>): T[] {
	const records: T[] = [];
	view.scan(TREE.auth, new Uint8Array([kind]), new Uint8Array([kind + 1]), (key, bytes) => {
		checkRecord(key, bytes);
		records.push(decode(decoder.decode(key.subarray(1)), bytes));
		return true;
	});
	return records;
}

function keyOf(kind: number, name: string): Uint8Array {
	const bytes = encoder.encode(name);
	const key = new Uint8Array(1 + bytes.length);
	key[0] = kind;
	key.set(bytes, 1);
	return key;
}
