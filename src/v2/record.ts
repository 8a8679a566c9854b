/**
 * The records of the v2 tree, each with a CRC over its key and the rest, verified on every read. Used by nodes.ts; the checksum also by
 * the other records of v2.
 *
 *   node   crc u32 | kind u8 | created u48 | modified u48 | expiration ms u48 (0: never) | container u48 (0: file)
 *          | expiration index u48, unless it never expires | value
 *   state  crc u32 | index u48 | next container u48
 */
import { crc32 } from '../base/crc32.ts';
import { FatalError } from '../base/fatal.ts';
import { readUint48, UINT48_BYTES, writeUint48 } from '../base/uint48.ts';

export const NODE_KIND = { file: 1, directory: 2, segment: 3 } as const;
export type NodeKind = (typeof NODE_KIND)[keyof typeof NODE_KIND];

export interface NodeRecord {
	readonly kind: NodeKind;
	readonly createdIndex: number;
	readonly modifiedIndex: number;
	/** Milliseconds since 1970; 0: permanent. */
	readonly expiration: number;
	/** The v2 index that set the expiration, by which deadlines.ts knows it; 0: permanent. */
	readonly expirationIndex: number;
	/** Where the children of a directory, or the continuations of a segment, live; 0 for a file. */
	readonly container: number;
	/** Empty but for a file. */
	readonly value: Uint8Array;
}

export interface TreeState {
	/** The v2 index: that of the newest successful mutation. */
	readonly index: number;
	readonly nextContainer: number;
}

const CRC_BYTES = 4;
const NODE_BYTES = 29;
const STATE_BYTES = 16;

export function encodeNode(key: Uint8Array, node: NodeRecord): Uint8Array {
	const expires = node.expiration !== 0;
	const valueAt = NODE_BYTES + (expires ? UINT48_BYTES : 0);
	const bytes = new Uint8Array(valueAt + node.value.length);
	bytes[4] = node.kind;
	writeUint48(bytes, 5, node.createdIndex);
	writeUint48(bytes, 11, node.modifiedIndex);
	writeUint48(bytes, 17, node.expiration);
	writeUint48(bytes, 23, node.container);
	if (expires) {
		writeUint48(bytes, NODE_BYTES, node.expirationIndex);
	}
	bytes.set(node.value, valueAt);
	return seal(key, bytes);
}

/** The value is a copy of its own. */
export function decodeNode(key: Uint8Array, bytes: Uint8Array): NodeRecord {
	verify(key, bytes, NODE_BYTES);
	const expiration = readUint48(bytes, 17);
	const valueAt = NODE_BYTES + (expiration === 0 ? 0 : UINT48_BYTES);
	return {
		kind: bytes[4] as NodeKind,
		createdIndex: readUint48(bytes, 5),
		modifiedIndex: readUint48(bytes, 11),
		expiration,
		expirationIndex: expiration === 0 ? 0 : readUint48(bytes, NODE_BYTES),
		container: readUint48(bytes, 23),
		value: Uint8Array.prototype.slice.call(bytes, valueAt),
	};
}

export function encodeState(key: Uint8Array, state: TreeState): Uint8Array {
	const bytes = new Uint8Array(STATE_BYTES);
	writeUint48(bytes, 4, state.index);
	writeUint48(bytes, 10, state.nextContainer);
	return seal(key, bytes);
}

export function decodeState(key: Uint8Array, bytes: Uint8Array): TreeState {
	verify(key, bytes, STATE_BYTES);
	return { index: readUint48(bytes, 4), nextContainer: readUint48(bytes, 10) };
}

/** The key is part of the sum: a record under the wrong key is damage too. */
function checksum(key: Uint8Array, bytes: Uint8Array): number {
	return crc32(bytes.subarray(CRC_BYTES), crc32(key));
}

/** Writes the checksum into the first four bytes. */
export function seal(key: Uint8Array, bytes: Uint8Array): Uint8Array {
	new DataView(bytes.buffer).setUint32(0, checksum(key, bytes));
	return bytes;
}

/** Throws FatalError store_damaged. */
export function verify(key: Uint8Array, bytes: Uint8Array, bytesMin: number): void {
	const whole = bytes.length >= bytesMin && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0) === checksum(key, bytes);
	if (!whole) {
		throw new FatalError('store_damaged', `v2 tree: the record of key ${hex(key)} (${bytes.length} bytes) does not match its checksum`);
	}
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes.subarray(0, 64), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
