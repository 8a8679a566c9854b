/**
 * Keys of the v2 tree in the engine. A directory is a container with a number of its own; a child lives under its container and name:
 *
 *   container u48 | name            a file, a directory, or a segment
 *   0 u48         | "state"         the index and the next container number
 *   0 u48         | "stats"         counters of mutations (stats.ts)
 *   0 u48         | "auth/..."      who may do what (auth/auth-tree.ts)
 *
 * So the children of a directory are one contiguous range in the order of their names, and a path may be as long as it likes.
 * A name longer than CHUNK_BYTES is cut: its first chunk plus "/" (which no name contains) keys a segment, a hidden container that
 * holds the rest. Byte order of keys is byte order of names all the same. Used by nodes.ts, stats.ts and auth/auth-tree.ts only.
 */
import { assert } from '../base/assert.ts';
import { UINT48_BYTES, writeUint48 } from '../base/uint48.ts';

/** The bytes of a name that one key holds; the engine's keys end at 1,900. */
export const CHUNK_BYTES = 1_024;
const CONTAINER_BYTES = UINT48_BYTES;
const SLASH = 0x2f;

export const ROOT_CONTAINER = 1;
export const FIRST_FREE_CONTAINER = 2;

export const STATE_KEY: Uint8Array = ownKey(new TextEncoder().encode('state'));
export const STATS_KEY: Uint8Array = ownKey(new TextEncoder().encode('stats'));

/** The key of a record that is no node: no path leads to it. */
export function ownKey(name: Uint8Array): Uint8Array {
	return keyOf(0, name);
}

function keyOf(container: number, name: Uint8Array): Uint8Array {
	const key = new Uint8Array(CONTAINER_BYTES + name.length);
	writeUint48(key, 0, container);
	key.set(name, CONTAINER_BYTES);
	return key;
}

/** The key of a child whose name (or rest of a name) fits one chunk. */
export function childKey(container: number, name: Uint8Array): Uint8Array {
	assert(container >= ROOT_CONTAINER, () => `container ${container}`);
	assert(name.length > 0 && name.length <= CHUNK_BYTES, () => `name of ${name.length} bytes in one key`);
	return keyOf(container, name);
}

/** The key of the segment that holds what follows the first chunk of this name. */
export function segmentKey(container: number, name: Uint8Array): Uint8Array {
	assert(container >= ROOT_CONTAINER, () => `container ${container}`);
	assert(name.length > CHUNK_BYTES, () => `a name of ${name.length} bytes needs no segment`);
	const key = new Uint8Array(CONTAINER_BYTES + CHUNK_BYTES + 1);
	writeUint48(key, 0, container);
	key.set(name.subarray(0, CHUNK_BYTES), CONTAINER_BYTES);
	key[key.length - 1] = SLASH;
	return key;
}

/** All children of a container are in [lo, hi). */
export function childrenRange(container: number): { readonly lo: Uint8Array; readonly hi: Uint8Array } {
	assert(container >= ROOT_CONTAINER, () => `container ${container}`);
	const none = new Uint8Array(0);
	return { lo: keyOf(container, none), hi: keyOf(container + 1, none) };
}

/** The name, or the chunk of a name, that a child's key holds: a copy. */
export function chunkOf(key: Uint8Array): Uint8Array {
	const end = isSegmentKey(key) ? key.length - 1 : key.length;
	return key.slice(CONTAINER_BYTES, end);
}

export function isSegmentKey(key: Uint8Array): boolean {
	return key.length === CONTAINER_BYTES + CHUNK_BYTES + 1;
}
