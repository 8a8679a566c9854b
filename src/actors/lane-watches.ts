/**
 * The watch streams of one api lane: numbers them, posts what clients ask for to the lane's watch hub, and hands the hub's responses to
 * their listeners. It says back to the hub what the listeners' connections have taken, so that a slow one holds up nobody: the hub sends a
 * stream no more than that. It decodes nothing but the mark of an answer to a creation. Used by api-actor.ts.
 */
import { assert } from '../base/assert.ts';
import { copyBytes } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import { LANE_WATCH_CREATES_MAX, LANE_WATCH_STREAMS_MAX, WATCH_TAKEN_BYTES } from '../base/limits.ts';
import type { Watches, WatchListener, WatchRequest, WatchStream } from '../ports/watches.ts';
import type { WatchResponses, WatchStreamId } from '../protocol/messages.ts';
import type { Routes } from '../protocol/routes.ts';
import { isCreatedResponse } from '../rpc/watch-marks.ts';

/** etcd's name for the first key that there can be (reference/etcd-surface.md 2.7). */
const FIRST_KEY = Uint8Array.of(0);
/** A response pins the frame that it came in; in a frame larger than this it is copied. */
const PINNED_BYTES_MAX = 4_096;

export interface LaneWatchPorts {
	post(message: Routes['api']['watch']): void;
	/** What a reader of this lane sees now. */
	readonly revision: () => number;
	/** Brings a turn whose flush says what was taken. */
	readonly wake: () => void;
}

export class LaneWatches implements Watches {
	readonly #lane: number;
	readonly #ports: LaneWatchPorts;
	readonly #streams = new Map<WatchStreamId, OpenStream>();
	/** Whose connections have taken enough to say so. */
	#taken: OpenStream[] = [];
	#counter = 0;
	#creating = 0;

	constructor(lane: number, ports: LaneWatchPorts) {
		this.#lane = lane;
		this.#ports = ports;
	}

	get size(): number {
		return this.#streams.size;
	}

	open(listener: WatchListener): WatchStream | number {
		if (this.#streams.size >= LANE_WATCH_STREAMS_MAX) {
			return CODES.too_many_requests.code;
		}
		this.#counter += 1;
		const stream = new OpenStream(this.#counter, listener, this);
		this.#streams.set(stream.id, stream);
		return stream;
	}

	/** What the hub has to say. Streams that are closed by now hear nothing. */
	receive({ streams, responses }: WatchResponses): void {
		assert(streams.length === responses.length, 'the columns of watch_responses have one length');
		for (let i = 0; i < responses.length; i++) {
			const response = unpinned(responses[i] as Uint8Array);
			for (const id of streams[i] as readonly WatchStreamId[]) {
				this.#streams.get(id)?.deliver(response);
			}
		}
	}

	/** Once a turn. */
	flush(): void {
		const taken = this.#taken;
		if (taken.length > 0) {
			this.#taken = [];
			this.#ports.post({
				kind: 'watch_taken',
				lane: this.#lane,
				streams: taken.map((stream) => stream.id),
				bytes: taken.map((stream) => stream.takeOwed()),
			});
		}
	}

	/** Ends every stream. */
	endAll(code: number): void {
		for (const stream of [...this.#streams.values()]) {
			stream.end(code);
		}
	}

	// ---- what streams say

	post(message: Routes['api']['watch']): void {
		this.#ports.post(message);
	}

	get lane(): number {
		return this.#lane;
	}

	get revision(): number {
		return this.#ports.revision();
	}

	/** False: the lane has too many that the hub has not answered. */
	creating(): boolean {
		if (this.#creating >= LANE_WATCH_CREATES_MAX) {
			return false;
		}
		this.#creating += 1;
		return true;
	}

	created(count: number): void {
		this.#creating -= count;
		assert(this.#creating >= 0, 'no more creations are answered than asked for');
	}

	owes(stream: OpenStream): void {
		this.#taken.push(stream);
		this.#ports.wake();
	}

	closed(stream: OpenStream): void {
		this.#streams.delete(stream.id);
	}
}

class OpenStream implements WatchStream {
	readonly id: WatchStreamId;
	readonly #listener: WatchListener;
	readonly #watches: LaneWatches;
	#isOpen = true;
	/** The hub has heard of it. */
	#isNamed = false;
	#creating = 0;
	/** Bytes that the connection has taken and the hub has not been told of. */
	#owed = 0;
	#isOwing = false;
	/** Bytes given to a connection that has said stop, and not yet that there is room. */
	#held = 0;
	#isHeldUp = false;

	constructor(id: WatchStreamId, listener: WatchListener, watches: LaneWatches) {
		this.id = id;
		this.#listener = listener;
		this.#watches = watches;
	}

	create(request: WatchRequest): void {
		if (!this.#isOpen) {
			return;
		}
		if (!this.#watches.creating()) {
			this.end(CODES.too_many_requests.code);
			return;
		}
		this.#creating += 1;
		this.#isNamed = true;
		const { lane, revision } = this.#watches;
		const key = request.key.length === 0 ? FIRST_KEY : request.key;
		this.#watches.post({ kind: 'watch_create', lane, stream: this.id, stamp: revision, ...request, key });
	}

	cancel(watchId: bigint): void {
		if (this.#isOpen && this.#isNamed) {
			this.#watches.post({ kind: 'watch_cancel', lane: this.#watches.lane, stream: this.id, watchId });
		}
	}

	progress(): void {
		if (this.#isOpen && this.#isNamed) {
			this.#watches.post({ kind: 'watch_progress', lane: this.#watches.lane, stream: this.id });
		}
	}

	deliver(response: Uint8Array): void {
		if (this.#creating > 0 && isCreatedResponse(response)) {
			this.#creating -= 1;
			this.#watches.created(1);
		}
		const isTaken = this.#listener.response(response) && !this.#isHeldUp;
		if (!isTaken) {
			this.#held += response.length;
			this.#isHeldUp = true;
		} else {
			this.#owe(response.length);
		}
	}

	drained(): void {
		if (this.#isOpen && this.#isHeldUp) {
			this.#isHeldUp = false;
			const held = this.#held;
			this.#held = 0;
			this.#owe(held);
		}
	}

	close(): void {
		if (!this.#isOpen) {
			return;
		}
		this.#isOpen = false;
		this.#watches.closed(this);
		this.#watches.created(this.#creating);
		if (this.#isNamed) {
			this.#watches.post({ kind: 'watch_close', lane: this.#watches.lane, stream: this.id });
		}
	}

	end(code: number): void {
		if (this.#isOpen) {
			this.close();
			this.#listener.ended(code);
		}
	}

	takeOwed(): number {
		const owed = this.#owed;
		this.#owed = 0;
		this.#isOwing = false;
		return owed;
	}

	/** Said in portions: with thousands of streams, a row for each small response would cost the hub more than the response did. */
	#owe(bytes: number): void {
		this.#owed += bytes;
		if (this.#owed >= WATCH_TAKEN_BYTES && !this.#isOwing && this.#isOpen) {
			this.#isOwing = true;
			this.#watches.owes(this);
		}
	}
}

function unpinned(response: Uint8Array): Uint8Array {
	const { byteLength } = response.buffer;
	return byteLength > PINNED_BYTES_MAX && byteLength > 2 * response.length ? copyBytes(response) : response;
}
