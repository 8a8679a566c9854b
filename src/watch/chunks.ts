/**
 * Cuts the events of an interest into what one response can carry. A cut is made between revisions, so that no revision is split
 * (reference/etcd-surface.md 2.7); only a watcher that asked for fragments gets a revision larger than a response in several.
 */
import { assert } from '../base/assert.ts';
import type { WatchEvent } from './watch-event.ts';
import { WATCH_FLAG } from './watcher.ts';

export interface Chunk {
	readonly firstRevision: number;
	readonly events: readonly Uint8Array[];
	/** Of the events together. */
	readonly bytes: number;
	/** More of the same revision follows in the next chunk; only with fragments. */
	readonly isFragment: boolean;
}

const NONE: readonly Chunk[] = [];

/** The events that a watcher with these flags, and from this revision on, is to be sent. */
export function cutChunks(events: readonly WatchEvent[], flags: number, from: number, bytesMax: number): readonly Chunk[] {
	const [only] = events;
	if (only !== undefined && events.length === 1) {
		return only.revision < from || isFiltered(only, flags) ? NONE : [chunkOf(only, flags)];
	}
	const cutter = new Cutter((flags & WATCH_FLAG.fragment) !== 0, bytesMax);
	for (const event of events) {
		if (event.revision >= from && !isFiltered(event, flags)) {
			cutter.add(event.revision, fieldOf(event, flags));
		}
	}
	return cutter.finish();
}

function isFiltered(event: WatchEvent, flags: number): boolean {
	return (flags & (event.isDelete ? WATCH_FLAG.noDelete : WATCH_FLAG.noPut)) !== 0;
}

function fieldOf(event: WatchEvent, flags: number): Uint8Array {
	const field = (flags & WATCH_FLAG.prevKv) !== 0 ? event.withPrevious : event.plain;
	assert(field !== null, 'an event was not encoded as its watcher wants it');
	return field;
}

/** The usual case, which most batches are for most keys. */
function chunkOf(event: WatchEvent, flags: number): Chunk {
	const field = fieldOf(event, flags);
	return { firstRevision: event.revision, events: [field], bytes: field.length, isFragment: false };
}

class Cutter {
	readonly #canFragment: boolean;
	readonly #bytesMax: number;
	readonly #chunks: Chunk[] = [];
	/** Of the chunk that is being filled. */
	#events: Uint8Array[] = [];
	#bytes = 0;
	#first = 0;
	#last = 0;
	/** Where in it the last revision begins. */
	#lastBegins = 0;
	#lastBytes = 0;

	constructor(canFragment: boolean, bytesMax: number) {
		this.#canFragment = canFragment;
		this.#bytesMax = bytesMax;
	}

	add(revision: number, event: Uint8Array): void {
		if (revision !== this.#last) {
			if (this.#events.length > 0 && this.#bytes + event.length > this.#bytesMax) {
				this.#close(false);
			}
			this.#last = revision;
			this.#lastBegins = this.#events.length;
			this.#lastBytes = 0;
		} else if (this.#bytes + event.length > this.#bytesMax) {
			this.#makeRoom(event.length);
		}
		if (this.#events.length === 0) {
			this.#first = revision;
		}
		this.#events.push(event);
		this.#bytes += event.length;
		this.#lastBytes += event.length;
	}

	finish(): readonly Chunk[] {
		if (this.#events.length > 0) {
			this.#close(false);
		}
		return this.#chunks;
	}

	/** The chunk is full in the middle of a revision: the revision moves to a chunk of its own, and beyond that goes in fragments if it may. */
	#makeRoom(forBytes: number): void {
		if (this.#lastBegins > 0) {
			const moved = this.#events.splice(this.#lastBegins);
			this.#bytes -= this.#lastBytes;
			this.#close(false);
			this.#events = moved;
			this.#bytes = this.#lastBytes;
			this.#first = this.#last;
		}
		if (this.#canFragment && this.#events.length > 0 && this.#bytes + forBytes > this.#bytesMax) {
			this.#close(true);
		}
	}

	#close(isFragment: boolean): void {
		this.#chunks.push({ firstRevision: this.#first, events: this.#events, bytes: this.#bytes, isFragment });
		this.#events = [];
		this.#bytes = 0;
		this.#lastBegins = 0;
	}
}
