/**
 * Which nodes of the v2 tree have a time to live, in the order in which they are over: by deadline, then by the index that set it.
 *
 *   deadline ms u48 | index u48  ->  crc u32 | path
 *
 * nodes.ts drops the deadline of what it removes; tree.ts keeps that of what it writes; expiry.ts and the store actor ask for the first.
 */
import { assert } from '../base/assert.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint48, UINT48_BYTES, writeUint48 } from '../base/uint48.ts';
import type { NodeRecord } from './record.ts';
import { seal, verify } from './record.ts';

const CRC_BYTES = 4;
const NOTHING = new Uint8Array(0);

export interface Deadline {
	/** Milliseconds since 1970. */
	readonly at: number;
	readonly path: Uint8Array;
}

export function addDeadline(view: WriteView, node: NodeRecord, path: Uint8Array): void {
	if (node.expiration !== 0) {
		const key = keyOf(node);
		const bytes = new Uint8Array(CRC_BYTES + path.length);
		bytes.set(path, CRC_BYTES);
		view.put(TREE.v2_deadlines, key, seal(key, bytes));
	}
}

export function dropDeadline(view: WriteView, node: NodeRecord): void {
	if (node.expiration !== 0) {
		assert(view.remove(TREE.v2_deadlines, keyOf(node)), () => `no deadline ${node.expiration} of index ${node.expirationIndex}`);
	}
}

/** The node that is over first, or null: none has a time to live. */
export function firstDeadline(view: ReadView): Deadline | null {
	let first: Deadline | null = null;
	view.scan(TREE.v2_deadlines, NOTHING, null, (key, bytes) => {
		verify(key, bytes, CRC_BYTES);
		first = { at: readUint48(key, 0), path: Uint8Array.prototype.slice.call(bytes, CRC_BYTES) };
		return false;
	});
	return first;
}

function keyOf(node: NodeRecord): Uint8Array {
	const key = new Uint8Array(2 * UINT48_BYTES);
	writeUint48(key, 0, node.expiration);
	writeUint48(key, UINT48_BYTES, node.expirationIndex);
	return key;
}
