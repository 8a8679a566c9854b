/**
 * From gathered events to rows for the lanes: one response for all watchers with the same events and the same id, which is the usual case
 * of one watcher a stream. A watcher whose stream has no room is handed back, with the revision from which it must go on.
 */
import { WATCH_TURN_BYTES_MAX } from '../base/limits.ts';
import { encodeWatchEvents } from '../rpc/watch-responses.ts';
import { type Chunk, cutChunks } from '../watch/chunks.ts';
import type { Interest } from '../watch/interest.ts';
import type { WatchEvent } from '../watch/watch-event.ts';
import { VARIANT_MASK, WATCH_FLAG, type Watcher, type WatchId, type WatchStream } from '../watch/watcher.ts';
import type { Outbox } from './actor.ts';
import type { WatchStreams } from './watch-streams.ts';

interface Row {
	readonly response: Uint8Array;
	/** By lane: the streams that it goes to, a list that has been posted already or will be. */
	readonly lists: (number[] | undefined)[];
}

/** Something that is said to many watchers, encoded once for each watch id. */
export class Parcel {
	readonly #encode: (id: WatchId) => Uint8Array;
	#lastId: WatchId = 0;
	#last: Row | null = null;
	/** All rows, once there is more than one. */
	#rows: Map<WatchId, Row> | null = null;

	constructor(encode: (id: WatchId) => Uint8Array) {
		this.#encode = encode;
	}

	row(id: WatchId): Row {
		if (this.#last !== null && this.#lastId === id) {
			return this.#last;
		}
		let row = this.#rows?.get(id);
		if (row === undefined) {
			row = { response: this.#encode(id), lists: [] };
			if (this.#last !== null) {
				this.#rows ??= new Map([[this.#lastId, this.#last]]);
				this.#rows.set(id, row);
			}
		}
		this.#lastId = id;
		this.#last = row;
		return row;
	}
}

/** A chunk of an interest's events on its way. */
interface Consignment {
	readonly chunk: Chunk;
	readonly parcel: Parcel;
}

interface LaneRows {
	streams: number[][];
	responses: Uint8Array[];
}

const NOTHING: readonly Consignment[] = [];

export class WatchDelivery {
	readonly #streams: WatchStreams;
	readonly #responseBytesMax: number;
	readonly #handBack: (watcher: Watcher, from: number) => void;
	readonly #lanes: LaneRows[] = [];
	/** Told, one for each watcher. */
	events = 0;
	/** Of distinct responses since the last flush. */
	#bytes = 0;

	constructor(streams: WatchStreams, responseBytesMax: number, handBack: (watcher: Watcher, from: number) => void) {
		this.#streams = streams;
		this.#responseBytesMax = responseBytesMax;
		this.#handBack = handBack;
	}

	/** A response to a request of this one stream. */
	answer(stream: WatchStream, response: Uint8Array): void {
		this.answerUncounted(stream.lane, stream.number, response);
		this.#streams.sent(stream, response.length);
	}

	/** To a stream that the hub has no room to know. */
	answerUncounted(lane: number, number: number, response: Uint8Array): void {
		const rows = this.#lane(lane);
		rows.streams.push([number]);
		rows.responses.push(response);
		this.#bytes += response.length;
	}

	send(parcel: Parcel, { stream, id }: Watcher): void {
		const row = parcel.row(id);
		let list = row.lists[stream.lane];
		if (list === undefined) {
			list = [];
			row.lists[stream.lane] = list;
			const rows = this.#lane(stream.lane);
			rows.streams.push(list);
			rows.responses.push(row.response);
			this.#bytes += row.response.length;
		}
		list.push(stream.number);
		this.#streams.sent(stream, row.response.length);
	}

	/** Takes the events of an interest and sends them to its watchers. */
	deliver(interest: Interest, headerField: Uint8Array): void {
		const events = interest.takeEvents();
		const variants: (readonly Consignment[] | undefined)[] = [];
		const { watchers } = interest;
		// From the last to the first: one that is handed back leaves its place to the last, which has been served.
		for (let at = watchers.length - 1; at >= 0; at--) {
			const watcher = watchers[at] as Watcher;
			const variant = watcher.flags & VARIANT_MASK;
			let consignments = variants[variant];
			if (consignments === undefined) {
				consignments = this.#consign(events, variant, 0, headerField);
				variants[variant] = consignments;
			}
			const first = consignments[0];
			if (first !== undefined && watcher.next > first.chunk.firstRevision) {
				consignments = this.#consign(events, variant, watcher.next, headerField);
			}
			this.#sendAll(consignments, watcher);
		}
	}

	flush(outbox: Outbox<'watch'>): void {
		for (let lane = 0; lane < this.#lanes.length; lane++) {
			const { streams, responses } = this.#lane(lane);
			if (responses.length > 0) {
				this.#lanes[lane] = { streams: [], responses: [] };
				outbox.post('api', { kind: 'watch_responses', streams, responses }, lane);
			}
		}
		this.#bytes = 0;
	}

	#consign(events: readonly WatchEvent[], variant: number, from: number, headerField: Uint8Array): readonly Consignment[] {
		const chunks = cutChunks(events, variant, from, this.#responseBytesMax);
		if (chunks.length === 0) {
			return NOTHING;
		}
		return chunks.map((chunk) => ({ chunk, parcel: new Parcel((id) => encodeWatchEvents(headerField, id, chunk)) }));
	}

	#sendAll(consignments: readonly Consignment[], watcher: Watcher): void {
		let isWithinRevision = false;
		for (const { chunk, parcel } of consignments) {
			// A revision that has begun in fragments is sent to its end.
			if (!isWithinRevision && (this.#bytes >= WATCH_TURN_BYTES_MAX || !this.#streams.hasRoom(watcher.stream))) {
				this.#handBack(watcher, chunk.firstRevision);
				return;
			}
			this.send(parcel, watcher);
			this.events += chunk.events.length;
			watcher.flags &= ~WATCH_FLAG.quiet;
			isWithinRevision = chunk.isFragment;
		}
	}

	#lane(lane: number): LaneRows {
		while (this.#lanes.length <= lane) {
			this.#lanes.push({ streams: [], responses: [] });
		}
		return this.#lanes[lane] as LaneRows;
	}
}
