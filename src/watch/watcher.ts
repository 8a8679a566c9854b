/** One watcher, and the stream that it belongs to. What moves a watcher from place to place is the hub's business (actors/watch-*.ts). */
import type { WatchedKeys } from './watched-keys.ts';

/** Its id on the stream, an int64: a number wherever it is a safe integer (toWatchId), since nearly all are small. */
export type WatchId = number | bigint;

export function toWatchId(id: bigint): WatchId {
	return id >= BigInt(Number.MIN_SAFE_INTEGER) && id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : id;
}

export const WATCH_FLAG = { noPut: 1, noDelete: 2, prevKv: 4, fragment: 8, progress: 16, quiet: 32 } as const;
/** The flags that decide what a watcher is sent of the same events. */
export const VARIANT_MASK = WATCH_FLAG.noPut | WATCH_FLAG.noDelete | WATCH_FLAG.prevKv | WATCH_FLAG.fragment;

/** A place in an index (interest.ts, watch-index.ts), as far as a watcher knows it. */
export interface WatchPlace {
	readonly index: WatchPlaces;
}
export interface WatchPlaces {
	remove(watcher: Watcher): void;
}

/**
 * A watcher is at one of four places: among the live ones, in a sweep through history (both: interest is not null), parked at its stream
 * until the client has taken what was sent, or waiting for a sweep.
 * Invariant: it has been sent every event of its that lies below max(next, the position of the index that it is in), and none beyond.
 */
export class Watcher {
	readonly stream: WatchStream;
	readonly id: WatchId;
	/** Shared with the others of its interest. */
	keys: WatchedKeys;
	flags: number;
	/** No event below this revision is for it. */
	next: number;
	/** Where it is indexed, and its position in the list there. */
	interest: WatchPlace | null = null;
	position = 0;

	constructor(stream: WatchStream, id: WatchId, keys: WatchedKeys, flags: number, next: number) {
		this.stream = stream;
		this.id = id;
		this.keys = keys;
		this.flags = flags;
		this.next = next;
	}

	has(flag: number): boolean {
		return (this.flags & flag) !== 0;
	}
}

export class WatchStream {
	readonly lane: number;
	/** Its number at the lane. */
	readonly number: number;
	readonly watchers = new Map<WatchId, Watcher>();
	/** Bytes of responses that were sent and that the client's connection has not taken. */
	untaken = 0;
	/** Those that go on in history once enough was taken. */
	parked: Set<Watcher> | null = null;
	#nextId = 0;

	constructor(lane: number, number: number) {
		this.lane = lane;
		this.number = number;
	}

	/** As etcd: counted up from 0, past those that the client has given itself. */
	freeId(): WatchId {
		while (this.watchers.has(this.#nextId)) {
			this.#nextId++;
		}
		return this.#nextId++;
	}

	park(watcher: Watcher): void {
		this.parked ??= new Set();
		this.parked.add(watcher);
	}

	unpark(watcher: Watcher): boolean {
		const was = this.parked?.delete(watcher) ?? false;
		if (this.parked?.size === 0) {
			this.parked = null;
		}
		return was;
	}
}
