/**
 * The streams of a watch hub, their watchers by id, and how much of what was sent their connections have taken. Nothing here knows of
 * events. A stream may be sent to while it has room; each has less the fuller all of them are together, so that a thousand clients that
 * stand still can neither use up the memory nor the share of those that read.
 */
import { assert } from '../base/assert.ts';
import {
	WATCH_STREAM_UNTAKEN_BYTES_MAX,
	WATCH_STREAM_UNTAKEN_BYTES_MIN,
	WATCH_STREAMS_MAX,
	WATCH_UNTAKEN_BYTES_MAX,
	WATCHERS_MAX,
	WATCHERS_PER_STREAM_MAX,
} from '../base/limits.ts';
import { type Watcher, WatchStream } from '../watch/watcher.ts';

/** Of the room that is left for all, one stream may have so much: with many full ones each ends at a fair part. */
const SHARE = 8;

export class WatchStreams {
	/** By lane, then by the stream's number there. */
	readonly #lanes: Map<number, WatchStream>[] = [];
	#streams = 0;
	#watchers = 0;
	#untaken = 0;

	get size(): number {
		return this.#streams;
	}

	get watchers(): number {
		return this.#watchers;
	}

	find(lane: number, number: number): WatchStream | null {
		return this.#lanes[lane]?.get(number) ?? null;
	}

	/** The stream, made if it is new; null if the hub has too many. */
	open(lane: number, number: number): WatchStream | null {
		const found = this.find(lane, number);
		if (found !== null || this.#streams >= WATCH_STREAMS_MAX) {
			return found;
		}
		while (this.#lanes.length <= lane) {
			this.#lanes.push(new Map());
		}
		const stream = new WatchStream(lane, number);
		this.#lanes[lane]?.set(number, stream);
		this.#streams++;
		return stream;
	}

	/** Its watchers have been removed. */
	close(stream: WatchStream): void {
		assert(stream.watchers.size === 0, () => `stream ${stream.number} is closed with ${stream.watchers.size} watchers`);
		this.#lanes[stream.lane]?.delete(stream.number);
		this.#streams--;
		this.#untaken -= stream.untaken;
	}

	/** Why the stream may have no more watchers, or null. */
	whyFull(stream: WatchStream): string | null {
		if (stream.watchers.size >= WATCHERS_PER_STREAM_MAX) {
			return `etcdserver: too many watchers on the stream (${WATCHERS_PER_STREAM_MAX})`;
		}
		return this.#watchers >= WATCHERS_MAX ? `etcdserver: too many watchers on the member (${WATCHERS_MAX})` : null;
	}

	add(watcher: Watcher): void {
		assert(!watcher.stream.watchers.has(watcher.id), () => `two watchers ${watcher.id} on a stream`);
		watcher.stream.watchers.set(watcher.id, watcher);
		this.#watchers++;
	}

	remove(watcher: Watcher): void {
		assert(watcher.stream.watchers.delete(watcher.id), () => `no watcher ${watcher.id} on its stream`);
		this.#watchers--;
	}

	hasRoom(stream: WatchStream): boolean {
		return stream.untaken < this.#allowance();
	}

	/** Below half, so that a stream that was full does not go on in crumbs. */
	hasMuchRoom(stream: WatchStream): boolean {
		return stream.untaken <= this.#allowance() / 2;
	}

	sent(stream: WatchStream, bytes: number): void {
		stream.untaken += bytes;
		this.#untaken += bytes;
	}

	taken(stream: WatchStream, bytes: number): void {
		assert(bytes >= 0 && bytes <= stream.untaken, () => `stream ${stream.number} has taken ${bytes} of ${stream.untaken} bytes`);
		stream.untaken -= bytes;
		this.#untaken -= bytes;
	}

	#allowance(): number {
		const share = (WATCH_UNTAKEN_BYTES_MAX - this.#untaken) / SHARE;
		return Math.min(Math.max(share, WATCH_STREAM_UNTAKEN_BYTES_MIN), WATCH_STREAM_UNTAKEN_BYTES_MAX);
	}
}
