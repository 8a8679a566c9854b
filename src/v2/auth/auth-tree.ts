/**
 * Where users and roles of the v2 API are kept: in the v2 tree's own engine tree, in container 0, where no path leads (v2/layout.ts), so that they
 * go wherever that tree goes: snapshots, hashes, exports of members. A record: crc u32 | JSON.
 *
 *   0 u48 | "auth/enabled"          whether access control is on; absent: nobody has ever written here
 *   0 u48 | "auth/users/" name      0 u48 | "auth/roles/" name
 *
 * Every write takes a v2 index, as in etcd, whose users and roles are nodes below /2: an event that nobody is told of. Used by this folder.
 */
import { assert } from '../../base/assert.ts';
import { concatBytes, copyBytes } from '../../base/bytes.ts';
import type { ReadView, WriteView } from '../../base/engine.ts';
import { FatalError } from '../../base/fatal.ts';
import { V2_AUTH_NAME_BYTES_MAX } from '../../base/limits.ts';
import { TREE } from '../../base/store-trees.ts';
import { addEvent } from '../event-history.ts';
import { ownKey } from '../layout.ts';
import { readState, writeState } from '../nodes.ts';
import { seal, verify } from '../record.ts';
import { type V2Role, type V2User, withRootRole } from './auth-data.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const ENABLED_KEY = ownKey(encoder.encode('auth/enabled'));
const PREFIX = { users: ownKey(encoder.encode('auth/users/')), roles: ownKey(encoder.encode('auth/roles/')) } as const;
const CRC_BYTES = 4;
/** etcd makes three directories before its first record, and says that access control is off. */
const INDEXES_OF_FIRST_WRITE = 4;

export type AuthKind = keyof typeof PREFIX;

export function isV2AuthEnabled(view: ReadView): boolean {
	return readRecord(view, ENABLED_KEY) === true;
}

export function readUser(view: ReadView, name: Uint8Array): V2User | null {
	const user = isName(name) ? (readRecord(view, keyOf('users', name)) as V2User | null) : null;
	return user === null ? null : withRootRole(user);
}

/** A role that was made; role root is none of these. */
export function readRole(view: ReadView, name: Uint8Array): V2Role | null {
	return isName(name) ? (readRecord(view, keyOf('roles', name)) as V2Role | null) : null;
}

/** In the order of their bytes. */
export function listNames(view: ReadView, kind: AuthKind): Uint8Array[] {
	const names: Uint8Array[] = [];
	const lo = PREFIX[kind];
	const hi = copyBytes(lo);
	// The slash at its end becomes the character behind it.
	hi[hi.length - 1] = (hi.at(-1) ?? 0) + 1;
	view.scan(TREE.v2, lo, hi, (key) => {
		names.push(copyBytes(key.subarray(lo.length)));
		return true;
	});
	return names;
}

/** Before anything is written, or looked for to be removed. */
export function prepare(view: WriteView): void {
	if (view.get(TREE.v2, ENABLED_KEY) === null) {
		takeIndexes(view, INDEXES_OF_FIRST_WRITE);
		putRecord(view, ENABLED_KEY, false);
	}
}

export function writeEnabled(view: WriteView, enabled: boolean): void {
	prepare(view);
	takeIndexes(view, 1);
	putRecord(view, ENABLED_KEY, enabled);
}

export function writeUser(view: WriteView, user: V2User): void {
	write(view, keyOf('users', encoder.encode(user.user)), user);
}

export function writeRole(view: WriteView, role: V2Role): void {
	write(view, keyOf('roles', encoder.encode(role.role)), role);
}

/** False: there is none. */
export function remove(view: WriteView, kind: AuthKind, name: Uint8Array): boolean {
	prepare(view);
	const found = isName(name) && view.remove(TREE.v2, keyOf(kind, name));
	if (found) {
		takeIndexes(view, 1);
	}
	return found;
}

function write(view: WriteView, key: Uint8Array, value: V2User | V2Role): void {
	prepare(view);
	takeIndexes(view, 1);
	putRecord(view, key, value);
}

/** Watchers count on a history without gaps; what is marked as a refresh is told to nobody. */
function takeIndexes(view: WriteView, count: number): void {
	const state = readState(view);
	for (let index = state.index + 1; index <= state.index + count; index++) {
		const node = { path: new Uint8Array(0), directory: true, value: null, modifiedIndex: index, createdIndex: index, expiration: 0 };
		addEvent(view, { ok: true, action: 'set', index, node, prevNode: null, now: 0, refresh: true });
	}
	writeState(view, { ...state, index: state.index + count });
}

function keyOf(kind: AuthKind, name: Uint8Array): Uint8Array {
	assert(isName(name), () => `a name of ${name.length} bytes`);
	return concatBytes([PREFIX[kind], name]);
}

/** What is longer names nobody, and is refused before it is proposed. */
function isName(name: Uint8Array): boolean {
	return name.length > 0 && name.length <= V2_AUTH_NAME_BYTES_MAX;
}

function putRecord(view: WriteView, key: Uint8Array, value: V2User | V2Role | boolean): void {
	const text = encoder.encode(JSON.stringify(value));
	const bytes = new Uint8Array(CRC_BYTES + text.length);
	bytes.set(text, CRC_BYTES);
	view.put(TREE.v2, key, seal(key, bytes));
}

/** As it was written, since the checksum holds: null where there is none. */
function readRecord(view: ReadView, key: Uint8Array): unknown {
	const bytes = view.get(TREE.v2, key);
	if (bytes === null) {
		return null;
	}
	verify(key, bytes, CRC_BYTES);
	try {
		return JSON.parse(decoder.decode(bytes.subarray(CRC_BYTES)));
	} catch {
		throw new FatalError('store_damaged', 'v2 auth: a record of a user or role is no JSON');
	}
}
