/**
 * One event, encoded once for all its watchers: the field `events` of a WatchResponse, an mvccpb.Event with its tag and length.
 *
 *   Event: type = 1 (DELETE = 1; PUT is 0 and left out) · kv = 2 · prev_kv = 3
 *
 * The kv of a put is what history holds, byte for byte; of a delete it is the key and the revision, as etcd sends it.
 */
import { assert } from '../base/assert.ts';
import { ByteArena } from '../base/byte-arena.ts';
import { varintSize, writeVarint } from '../base/varint.ts';

export interface WatchEvent {
	readonly revision: number;
	readonly isDelete: boolean;
	/** Null: nobody wants it so. */
	readonly plain: Uint8Array | null;
	/** With the previous key-value, where there is one. */
	readonly withPrevious: Uint8Array | null;
}

export interface EventContent {
	readonly revision: number;
	readonly isDelete: boolean;
	/** As stored: a tombstone's holds only the key. */
	readonly kv: Uint8Array;
	readonly previous: Uint8Array | null;
}

const TAG_EVENTS = 0x5a;
const TAG_TYPE = 0x08;
const TYPE_DELETE = 1;
const TAG_KV = 0x12;
const TAG_PREV_KV = 0x1a;
const TAG_MOD_REVISION = 0x18;

/** Events live until their responses have been put together. */
const ARENA_BLOCK_BYTES = 64 * 2 ** 10;
const arena = new ByteArena(ARENA_BLOCK_BYTES);

export function encodeEvent({ revision, isDelete, kv, previous }: EventContent): Uint8Array {
	const kvBytes = kv.length + (isDelete ? 1 + varintSize(revision) : 0);
	const eventBytes = (isDelete ? 2 : 0) + fieldSize(kvBytes) + (previous === null ? 0 : fieldSize(previous.length));
	const bytes = arena.take(fieldSize(eventBytes));
	let at = writeHead(bytes, 0, TAG_EVENTS, eventBytes);
	if (isDelete) {
		bytes[at++] = TAG_TYPE;
		bytes[at++] = TYPE_DELETE;
	}
	at = writeHead(bytes, at, TAG_KV, kvBytes);
	bytes.set(kv, at);
	at += kv.length;
	if (isDelete) {
		bytes[at] = TAG_MOD_REVISION;
		at = writeVarint(bytes, at + 1, revision);
	}
	if (previous !== null) {
		at = writeHead(bytes, at, TAG_PREV_KV, previous.length);
		bytes.set(previous, at);
		at += previous.length;
	}
	assert(at === bytes.length, () => `an event of ${at} bytes was sized as ${bytes.length}`);
	return bytes;
}

function writeHead(bytes: Uint8Array, at: number, tag: number, size: number): number {
	bytes[at] = tag;
	return writeVarint(bytes, at + 1, size);
}

function fieldSize(size: number): number {
	return 1 + varintSize(size) + size;
}
