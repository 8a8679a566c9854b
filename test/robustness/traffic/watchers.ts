/**
 * Watchers that stay, as a client library keeps them: each remembers what it has been told, and when its stream ends it goes on behind that on the
 * next one, at the same member or, if it roams, at the next. One that is told of a compaction begins anew where history begins.
 */
import { Client, credentials } from '@grpc/grpc-js';
import { delay } from '../../support/eventually.ts';
import type { WatchRequest, WatchResponse, WatchSession } from '../history.ts';
import type { Endpoint } from './kv-clients.ts';
import { WatchStreamRecorder } from './watch-stream-recorder.ts';

const MESSAGE_BYTES_MAX = 64 * 2 ** 20;
const RECONNECT_MS = 100;
/** grpc-js waits for a second and longer else, after a member was away. */
const BACKOFF_MS = { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.min_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200 };

export class Watcher {
	readonly name: string;
	/** As it began; a session's own has the revision from which it goes on. */
	readonly request: WatchRequest;
	/** The revision from which it would go on; 0: from now on. */
	next: number;
	compactions = 0;
	/** Of a batch in fragments, whose end is to come: until then nothing of it counts. */
	#begun = 0;
	#compacted: ((watcher: Watcher) => void) | null = null;

	constructor(name: string, request: WatchRequest) {
		this.name = name;
		this.request = request;
		this.next = request.startRevision;
	}

	/** Begins or goes on, on this stream. */
	sitOn(stream: WatchStreamRecorder): void {
		this.#begun = 0;
		this.#compacted = () => stream.watch(this, { ...this.request, startRevision: this.next });
		stream.watch(this, { ...this.request, startRevision: this.next });
	}

	heard(response: WatchResponse): void {
		switch (response.kind) {
			case 'created':
				this.next = this.next === 0 ? response.revision + 1 : this.next;
				break;
			case 'progress':
				this.next = Math.max(this.next, response.revision + 1);
				break;
			case 'events':
				this.#begun = response.events.reduce((last, { kv }) => Math.max(last, kv.mod), this.#begun);
				this.next = response.isFragment ? this.next : Math.max(this.next, this.#begun + 1);
				break;
			case 'canceled':
				if (response.compactRevision > 0) {
					this.compactions++;
					this.next = response.compactRevision;
					this.#compacted?.(this);
				}
		}
	}
}

/** Some watchers on one stream, which is opened again whenever it ends. */
export class WatchStreams {
	readonly #streams: WatchStreamRecorder[] = [];
	readonly #clients = new Map<string, Client>();
	readonly #running: Promise<void>[] = [];
	#isStopping = false;

	get sessions(): readonly WatchSession[] {
		return this.#streams.flatMap(({ sessions }) => sessions);
	}

	/** endpoints: in turn. cutAfterMs: its own end of a stream, as when a client's network goes; null: only the member's. */
	keep(watchers: readonly Watcher[], endpoints: readonly Endpoint[], cutAfterMs: number | null): void {
		this.#running.push(
			this.#repeat(async (turn) => {
				const stream = this.open(endpoints[turn % endpoints.length] as Endpoint);
				for (const watcher of watchers) {
					watcher.sitOn(stream);
				}
				const timer = cutAfterMs === null ? undefined : setTimeout(() => stream.cancel(), cutAfterMs);
				await stream.ended;
				clearTimeout(timer);
				await delay(RECONNECT_MS);
			}),
		);
	}

	/** Short-lived ones: watcher after watcher, each with a session. make: the next one, or null to wait. */
	visit(endpoints: readonly Endpoint[], everyMs: number, make: (turn: number) => Watcher): void {
		this.#running.push(
			this.#repeat(async (turn) => {
				const stream = this.open(endpoints[turn % endpoints.length] as Endpoint);
				make(turn).sitOn(stream);
				const timer = setTimeout(() => stream.cancel(), everyMs);
				await stream.ended;
				clearTimeout(timer);
				await delay(RECONNECT_MS);
			}),
		);
	}

	open(endpoint: Endpoint): WatchStreamRecorder {
		const client = this.#clients.get(endpoint.name) ?? connect(endpoint);
		this.#clients.set(endpoint.name, client);
		const stream = new WatchStreamRecorder(endpoint.name, client);
		this.#streams.push(stream);
		return stream;
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		for (const stream of this.#streams) {
			stream.cancel();
		}
		await Promise.all(this.#running);
		for (const client of this.#clients.values()) {
			client.close();
		}
	}

	async #repeat(once: (turn: number) => Promise<void>): Promise<void> {
		for (let turn = 0; !this.#isStopping; turn++) {
			await once(turn);
		}
	}
}

function connect(endpoint: Endpoint): Client {
	const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, ...BACKOFF_MS };
	return new Client(new URL(endpoint.clientUrl).host, credentials.createInsecure(), options);
}
