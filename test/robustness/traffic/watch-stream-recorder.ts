/**
 * One stream of watches at one member with several watchers on it, each recorded in a session of its own. It asks for progress ten times a second.
 * When the stream ends, its owner hears of it; watchers.ts says who goes on where.
 */
import { type Client, type ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { mvccpb, etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import type { WatchRequest, WatchResponse, WatchSession } from '../history.ts';
import { type KvMessage, toKv, toNumber } from './kv-codec.ts';

type Message = ReturnType<typeof pb.WatchResponse.decode>;

export interface SessionOwner {
	readonly name: string;
	/** The session has had this response. */
	heard(response: WatchResponse): void;
}

interface Seat {
	readonly owner: SessionOwner;
	readonly responses: WatchResponse[];
	isOpen: boolean;
}

const PROGRESS_EVERY_MS = 100;
/** Of a whole stream. */
const NO_ID = -1;
const same = (bytes: Buffer): Buffer => bytes;
const encoder = new TextEncoder();

export class WatchStreamRecorder {
	readonly sessions: WatchSession[] = [];
	readonly ended: Promise<void>;
	readonly #member: string;
	readonly #call: ClientDuplexStream<Buffer, Buffer>;
	readonly #seats = new Map<number, Seat>();
	readonly #timer: NodeJS.Timeout;
	#isOver = false;

	constructor(member: string, client: Client) {
		this.#member = member;
		this.#call = client.makeBidiStreamRequest('/etcdserverpb.Watch/Watch', same, same, new Metadata());
		this.#call.on('data', (bytes: Buffer) => this.#hear(pb.WatchResponse.decode(bytes)));
		// The status says the same.
		this.#call.on('error', () => {});
		this.ended = new Promise((resolve) => {
			this.#call.on('status', () => {
				this.#isOver = true;
				clearInterval(this.#timer);
				resolve();
			});
		});
		this.#timer = setInterval(() => this.#send({ progress_request: {} }), PROGRESS_EVERY_MS);
	}

	watch(owner: SessionOwner, request: WatchRequest): void {
		const id = this.#seats.size + 1;
		const seat: Seat = { owner, responses: [], isOpen: false };
		this.#seats.set(id, seat);
		this.sessions.push({ watcher: owner.name, member: this.#member, request, responses: seat.responses });
		const filters = [
			...(request.noPut ? [pb.WatchCreateRequest.FilterType.NOPUT] : []),
			...(request.noDelete ? [pb.WatchCreateRequest.FilterType.NODELETE] : []),
		];
		this.#send({
			create_request: {
				key: encoder.encode(request.key),
				range_end: encoder.encode(request.rangeEnd),
				start_revision: request.startRevision,
				progress_notify: request.progressNotify,
				prev_kv: request.prevKv,
				fragment: request.fragment,
				watch_id: id,
				filters,
			},
		});
	}

	cancel(): void {
		this.#call.cancel();
	}

	#send(message: object): void {
		if (!this.#isOver) {
			this.#call.write(Buffer.from(pb.WatchRequest.encode(message as never).finish()));
		}
	}

	#hear(message: Message): void {
		const id = toNumber(message.watch_id);
		const response = toResponse(message);
		if (id === NO_ID) {
			// Of those only that exist: a watcher whose creation is on its way begins behind it.
			for (const seat of this.#seats.values()) {
				if (seat.isOpen) {
					this.#record(seat, response);
				}
			}
			return;
		}
		const seat = this.#seats.get(id);
		if (seat === undefined) {
			throw new Error(`${this.#member} answers watcher ${id}, which nobody has asked for`);
		}
		seat.isOpen = response.kind === 'created' || (seat.isOpen && response.kind !== 'canceled');
		this.#record(seat, response);
	}

	#record(seat: Seat, response: WatchResponse): void {
		seat.responses.push(response);
		seat.owner.heard(response);
	}
}

function toResponse(message: Message): WatchResponse {
	return {
		at: performance.now(),
		kind: kindOf(message),
		revision: toNumber(message.header?.revision),
		compactRevision: toNumber(message.compact_revision),
		isFragment: message.fragment,
		events: (message.events ?? []).map((event) => ({
			kind: event.type === mvccpb.Event.EventType.DELETE ? 'delete' : 'put',
			kv: toKv((event.kv ?? {}) as KvMessage),
			previous: event.prev_kv ? toKv(event.prev_kv as KvMessage) : null,
		})),
	};
}

function kindOf(message: Message): WatchResponse['kind'] {
	if (message.canceled) {
		return 'canceled';
	}
	if (message.created) {
		return 'created';
	}
	return (message.events ?? []).length > 0 ? 'events' : 'progress';
}
