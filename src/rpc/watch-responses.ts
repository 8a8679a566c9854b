/**
 * Finished WatchResponse messages, for the watch hub. Events come as encoded fields (watch/watch-event.ts) and are only put together.
 *
 *   header 1 · watch_id 2 · created 3 · canceled 4 · compact_revision 5 · cancel_reason 6 · fragment 7 · events 11
 */
import { assert } from '../base/assert.ts';
import { ByteArena } from '../base/byte-arena.ts';
import { varint64Size, varintSize, writeVarint, writeVarint64 } from '../base/varint.ts';
import type { Chunk } from '../watch/chunks.ts';
import type { WatchId } from '../watch/watcher.ts';
import { ProtoWriter } from './proto-writer.ts';
import { type ResponseHeader, writeHeader } from './response-header.ts';

const TAG_HEADER = 0x0a;
const TAG_WATCH_ID = 0x10;
const TAG_CREATED = 0x18;
const TAG_CANCELED = 0x20;
const TAG_COMPACT_REVISION = 0x28;
const TAG_CANCEL_REASON = 0x32;
const TAG_FRAGMENT = 0x38;
const FRAGMENT_BYTES = 2;

/** Of refusals, and of progress that all watchers of a stream have made. */
export const NO_WATCH_ID = -1;

/** What a lane keeps of a block that it did not want all of is a page at most. */
const ARENA_BLOCK_BYTES = 4_096;
const arena = new ByteArena(ARENA_BLOCK_BYTES);
const writer = new ProtoWriter();
const encoder = new TextEncoder();

export function encodeWatchCreated(header: ResponseHeader, id: WatchId): Uint8Array {
	return finish(header, id, () => writer.number(TAG_CREATED, 1));
}

/** The watcher could not be made: there is none with an id that could be canceled. */
export function encodeWatchRefused(header: ResponseHeader, reason: string): Uint8Array {
	return finish(header, NO_WATCH_ID, () => {
		writer.number(TAG_CREATED, 1);
		writer.number(TAG_CANCELED, 1);
		writer.message(TAG_CANCEL_REASON, encoder.encode(reason));
	});
}

export function encodeWatchCanceled(header: ResponseHeader, id: WatchId): Uint8Array {
	return finish(header, id, () => writer.number(TAG_CANCELED, 1));
}

/** Compaction has passed the watcher. As in etcd the header bears no revision. */
export function encodeWatchCompacted(header: ResponseHeader, id: WatchId, compactRevision: number): Uint8Array {
	return finish({ ...header, revision: 0 }, id, () => {
		writer.number(TAG_CANCELED, 1);
		writer.number(TAG_COMPACT_REVISION, compactRevision);
	});
}

export function encodeWatchProgress(header: ResponseHeader, id: WatchId): Uint8Array {
	return finish(header, id, () => {});
}

/** The header with its tag, for all the responses that bear it. */
export function encodeHeaderField(header: ResponseHeader): Uint8Array {
	writeHeader(writer, TAG_HEADER, header);
	return writer.take();
}

/** The hot one: exactly as long as it must be, and without a detour. */
export function encodeWatchEvents(headerField: Uint8Array, id: WatchId, chunk: Chunk): Uint8Array {
	const bytes = arena.take(headerField.length + idSize(id) + (chunk.isFragment ? FRAGMENT_BYTES : 0) + chunk.bytes);
	bytes.set(headerField);
	let at = writeId(bytes, headerField.length, id);
	if (chunk.isFragment) {
		bytes[at] = TAG_FRAGMENT;
		bytes[at + 1] = 1;
		at += FRAGMENT_BYTES;
	}
	for (const event of chunk.events) {
		bytes.set(event, at);
		at += event.length;
	}
	assert(at === bytes.length, () => `a response of ${at} bytes was sized as ${bytes.length}`);
	return bytes;
}

function finish(header: ResponseHeader, id: WatchId, body: () => void): Uint8Array {
	writeHeader(writer, TAG_HEADER, header);
	const idField = new Uint8Array(idSize(id));
	writeId(idField, 0, id);
	writer.raw(idField);
	body();
	return writer.take();
}

function idSize(id: WatchId): number {
	if (id === 0) {
		return 0;
	}
	return 1 + (typeof id === 'number' && id > 0 ? varintSize(id) : varint64Size(BigInt(id)));
}

function writeId(bytes: Uint8Array, at: number, id: WatchId): number {
	if (id === 0) {
		return at;
	}
	bytes[at] = TAG_WATCH_ID;
	return typeof id === 'number' && id > 0 ? writeVarint(bytes, at + 1, id) : writeVarint64(bytes, at + 1, BigInt(id));
}
