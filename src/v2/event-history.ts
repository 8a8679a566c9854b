/**
 * The newest events of the v2 tree, so that a watch may begin in the past (reference/etcd-surface.md 1.7): each mutation and expiry adds
 * its own in the transaction that makes it. Refreshes are kept too, since they take an index; who reads must leave them out of what it tells.
 *
 *   v2 index u48  ->  crc u32 | action u8 | flags u8 | now ms u48 | path length u32 | path | face of the node | face of the previous node
 *   a face: modified u48 | created u48 | expiration ms u48 | value length u32 | value
 *
 * Written by tree.ts and expiry.ts; read by the watches of the v2 API.
 */
import { assert } from '../base/assert.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, readUint48, UINT48_BYTES, writeUint32, writeUint48 } from '../base/uint48.ts';
import type { NodeFace, V2Action, V2Event } from './event.ts';
import { INDEX_AT_START } from './nodes.ts';
import { seal, verify } from './record.ts';

/** As many as etcd keeps. */
export const EVENTS_KEPT = 1_000;

/** Numbers are on disk: never reused. */
const ACTIONS: readonly V2Action[] = ['get', 'create', 'set', 'update', 'delete', 'compareAndSwap', 'compareAndDelete', 'expire'];
const FLAG = { refresh: 1, directory: 2, value: 4, previous: 8, previousDirectory: 16, previousValue: 32 } as const;
const HEAD_BYTES = 16;
const FACE_BYTES = 22;

/** The event must be the next one: indexes have no gaps. */
export function addEvent(view: WriteView, event: V2Event): void {
	const key = keyOf(event.index);
	view.put(TREE.v2_events, key, seal(key, encode(event)));
	if (event.index > EVENTS_KEPT) {
		view.remove(TREE.v2_events, keyOf(event.index - EVENTS_KEPT));
	}
}

/** The event that took this index, or null: it is too old, has not happened, or was no user's. */
export function readEvent(view: ReadView, index: number): V2Event | null {
	const key = keyOf(index);
	const bytes = view.get(TREE.v2_events, key);
	return bytes === null ? null : decode(key, bytes);
}

/** Events in the order of their indexes, from the first at or after from on, at most max of them. */
export function readEvents(view: ReadView, from: number, max: number): V2Event[] {
	assert(max > 0, () => `${max} events asked for`);
	const events: V2Event[] = [];
	view.scan(TREE.v2_events, keyOf(from), null, (key, bytes) => {
		events.push(decode(key, bytes));
		return events.length < max;
	});
	return events;
}

/**
 * The oldest index that a watch may begin with; 0: nothing has happened, and any will do. The indexes before the first user's write count:
 * in etcd's history they are events of the cluster, which concern no user's key.
 */
export function oldestEventIndex(view: ReadView): number {
	let [oldest, newest] = [0, 0];
	view.scan(TREE.v2_events, new Uint8Array(0), null, (key) => {
		oldest = readUint48(key, 0);
		return false;
	});
	view.scanBack(TREE.v2_events, new Uint8Array(0), null, (key) => {
		newest = readUint48(key, 0);
		return false;
	});
	return oldest <= INDEX_AT_START + 1 ? Math.max(oldest === 0 ? 0 : 1, newest - EVENTS_KEPT + 1) : oldest;
}

function keyOf(index: number): Uint8Array {
	const key = new Uint8Array(UINT48_BYTES);
	writeUint48(key, 0, index);
	return key;
}

function encode(event: V2Event): Uint8Array {
	const { node, prevNode } = event;
	assert(prevNode === null || prevNode.path.length === node.path.length, 'an event is about one path');
	const nodeAt = HEAD_BYTES + node.path.length;
	const prevAt = nodeAt + faceBytes(node);
	const bytes = new Uint8Array(prevAt + (prevNode === null ? 0 : faceBytes(prevNode)));
	bytes[4] = ACTIONS.indexOf(event.action);
	bytes[5] = flagsOf(event);
	writeUint48(bytes, 6, event.now);
	writeUint32(bytes, 12, node.path.length);
	bytes.set(node.path, HEAD_BYTES);
	writeFace(bytes, nodeAt, node);
	if (prevNode !== null) {
		writeFace(bytes, prevAt, prevNode);
	}
	return bytes;
}

function flagsOf({ refresh, node, prevNode }: V2Event): number {
	const own = (refresh ? FLAG.refresh : 0) | (node.directory ? FLAG.directory : 0) | (node.value === null ? 0 : FLAG.value);
	if (prevNode === null) {
		return own;
	}
	return own | FLAG.previous | (prevNode.directory ? FLAG.previousDirectory : 0) | (prevNode.value === null ? 0 : FLAG.previousValue);
}

function faceBytes(face: NodeFace): number {
	return FACE_BYTES + (face.value?.length ?? 0);
}

function writeFace(bytes: Uint8Array, at: number, face: NodeFace): void {
	writeUint48(bytes, at, face.modifiedIndex);
	writeUint48(bytes, at + 6, face.createdIndex);
	writeUint48(bytes, at + 12, face.expiration);
	writeUint32(bytes, at + 18, face.value?.length ?? 0);
	if (face.value !== null) {
		bytes.set(face.value, at + FACE_BYTES);
	}
}

function decode(key: Uint8Array, record: Uint8Array): V2Event {
	verify(key, record, HEAD_BYTES);
	// The engine's bytes are only lent: one copy of the record, of which path and values are views.
	const bytes: Uint8Array = Uint8Array.prototype.slice.call(record);
	const flags = bytes[5] as number;
	const path = bytes.subarray(HEAD_BYTES, HEAD_BYTES + readUint32(bytes, 12));
	const nodeAt = HEAD_BYTES + path.length;
	const prevAt = nodeAt + FACE_BYTES + readUint32(bytes, nodeAt + 18);
	const node = readFace(bytes, nodeAt, { path, directory: (flags & FLAG.directory) !== 0, hasValue: (flags & FLAG.value) !== 0 });
	const previous = { path, directory: (flags & FLAG.previousDirectory) !== 0, hasValue: (flags & FLAG.previousValue) !== 0 };
	return {
		ok: true,
		action: ACTIONS[bytes[4] as number] as V2Action,
		index: readUint48(key, 0),
		node,
		prevNode: (flags & FLAG.previous) === 0 ? null : readFace(bytes, prevAt, previous),
		now: readUint48(bytes, 6),
		refresh: (flags & FLAG.refresh) !== 0,
	};
}

function readFace(bytes: Uint8Array, at: number, face: { path: Uint8Array; directory: boolean; hasValue: boolean }): NodeFace {
	const valueAt = at + FACE_BYTES;
	return {
		path: face.path,
		directory: face.directory,
		value: face.hasValue ? bytes.subarray(valueAt, valueAt + readUint32(bytes, at + 18)) : null,
		modifiedIndex: readUint48(bytes, at),
		createdIndex: readUint48(bytes, at + 6),
		expiration: readUint48(bytes, at + 12),
	};
}
