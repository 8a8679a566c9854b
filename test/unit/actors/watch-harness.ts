/** A WatchActor over a keyspace in memory. The test is the store, the lane and its clients, and the clock. */
import { WatchActor, type WatchOptions } from '../../../src/actors/watch-actor.ts';
import type { Term } from '../../../src/base/brand.ts';
import type { Engine, EngineReader } from '../../../src/base/engine.ts';
import { WATCH_SLICE_RECORDS } from '../../../src/base/limits.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import type { Operation } from '../../../src/mvcc/operations.ts';
import type { WatchCreate, WatchResponses } from '../../../src/protocol/messages.ts';
import type { Inbox } from '../../../src/protocol/routes.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { makeHeaderIds } from '../../../src/rpc/response-header.ts';
import { textOf } from '../mvcc/model.ts';
import { Subject } from '../mvcc/subject.ts';

export interface HeardEvent {
	readonly type: 'PUT' | 'DELETE';
	readonly key: string;
	readonly value: string;
	readonly create: number;
	readonly mod: number;
	readonly version: number;
	/** The previous value, if the event has one. */
	readonly previous: string | null;
}

/** A WatchResponse in plain words; its bytes count, since a client takes bytes. */
export interface Heard {
	readonly id: number;
	readonly revision: number;
	readonly term: number;
	readonly created: boolean;
	readonly canceled: boolean;
	readonly compactRevision: number;
	readonly reason: string;
	readonly fragment: boolean;
	readonly events: readonly HeardEvent[];
	readonly bytes: number;
}

export function bytesOf(text: string): Uint8Array {
	return Uint8Array.from(Buffer.from(text, 'latin1'));
}

export function put(key: string, value = ''): Operation {
	return { kind: 'put', key: bytesOf(key), value: bytesOf(value), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false };
}

export function remove(key: string, rangeEnd = ''): Operation {
	return { kind: 'delete_range', key: bytesOf(key), rangeEnd: bytesOf(rangeEnd), prevKv: false };
}

export function txn(...success: readonly Operation[]): Operation {
	return { kind: 'txn', compares: [], success, failure: [] };
}

function decodeEvent(event: pb.WatchResponse['events'][number]): HeardEvent {
	const kv = event.kv;
	const previous = event.prev_kv;
	return {
		type: Number(event.type) === 1 ? 'DELETE' : 'PUT',
		key: textOf(kv?.key ?? new Uint8Array()),
		value: textOf(kv?.value ?? new Uint8Array()),
		create: Number(kv?.create_revision ?? 0),
		mod: Number(kv?.mod_revision ?? 0),
		version: Number(kv?.version ?? 0),
		previous: previous === null || previous === undefined ? null : textOf(previous.value ?? new Uint8Array()),
	};
}

export function decodeHeard(bytes: Uint8Array): Heard {
	const response = pb.WatchResponse.decode(bytes);
	return {
		id: Number(response.watch_id),
		revision: Number(response.header?.revision ?? 0),
		term: Number(response.header?.raft_term ?? 0),
		created: response.created,
		canceled: response.canceled,
		compactRevision: Number(response.compact_revision),
		reason: response.cancel_reason,
		fragment: response.fragment,
		events: response.events.map((event) => decodeEvent(event as pb.WatchResponse['events'][number])),
		bytes: bytes.length,
	};
}

export class WatchHarness {
	readonly actor: WatchActor;
	subject = new Subject();
	readonly closed: number[] = [];
	/** Messages that the hub has posted. */
	posts: { readonly lane: number; readonly message: WatchResponses }[] = [];
	readonly #engines = new Map<number, Engine>([[1, this.subject.engine]]);
	readonly #heard = new Map<string, Heard[]>();
	#works: (() => void)[] = [];
	#generation = 1;

	constructor(options: Partial<WatchOptions> = {}, before: (subject: Subject) => void = () => {}) {
		before(this.subject);
		this.actor = new WatchActor(
			{ ids: makeHeaderIds(0xc1n, 0xa1n), generation: 1, progressTicks: 10, fragmentBytes: 2 ** 20, sliceRecords: WATCH_SLICE_RECORDS, ...options },
			{
				outbox: { post: (_to, message, lane = 0) => this.#hear(message, lane) },
				readers: { openGeneration: (generation) => this.#openGeneration(generation) },
				turn: { run: (work) => this.#works.push(work) },
			},
		);
		this.actor.start();
	}

	/** Works in the store, and lets the hub know at the end, as after one batch. */
	commit(...operations: readonly Operation[]): void {
		this.commitUnsaid(...operations);
		this.changed();
	}

	commitUnsaid(...operations: readonly Operation[]): void {
		for (const operation of operations) {
			this.subject.raw(operation);
		}
	}

	compact(revision: number): void {
		this.subject.compact(revision);
	}

	sweepAll(): void {
		while (this.subject.sweep(100));
	}

	changed(): void {
		const { revision, compactRevision } = this.subject.state();
		this.say({ kind: 'changed', generation: this.#generation, revision, compactRevision });
	}

	/** What a snapshot install does: another store, at the same point or further, under a new number. */
	replaceStore(next: (subject: Subject) => void): void {
		const engine = (this.subject.engine as MemoryEngine).fork();
		this.#generation++;
		this.#engines.set(this.#generation, engine);
		this.subject = new Subject(undefined, engine);
		next(this.subject);
	}

	create(
		stream: number,
		key: string,
		changes: Partial<Omit<WatchCreate, 'kind' | 'stream' | 'key' | 'rangeEnd'>> & { readonly rangeEnd?: string } = {},
	): void {
		const { rangeEnd = '', ...others } = changes;
		this.say({
			kind: 'watch_create',
			lane: 0,
			stream,
			watchId: 0n,
			key: bytesOf(key),
			rangeEnd: bytesOf(rangeEnd),
			startRevision: 0,
			stamp: this.subject.state().revision,
			noPut: false,
			noDelete: false,
			prevKv: false,
			fragment: false,
			progressNotify: false,
			...others,
		});
	}

	cancel(stream: number, watchId: bigint): void {
		this.say({ kind: 'watch_cancel', lane: 0, stream, watchId });
	}

	askProgress(stream: number): void {
		this.say({ kind: 'watch_progress', lane: 0, stream });
	}

	taken(stream: number, bytes: number, lane = 0): void {
		this.say({ kind: 'watch_taken', lane, streams: [stream], bytes: [bytes] });
	}

	close(stream: number, lane = 0): void {
		this.say({ kind: 'watch_close', lane, stream });
	}

	elect(term: number): void {
		this.say({ kind: 'role_changed', role: 'follower', term: term as Term, leader: 1 as never });
	}

	say(message: Inbox<'watch'>): void {
		this.actor.receive(message);
	}

	/** What is there to do of scheduled work, once, and a flush. */
	turn(): void {
		const works = this.#works;
		this.#works = [];
		for (const work of works) {
			work();
		}
		this.actor.flush();
	}

	/** Until the hub has nothing left to do. */
	settle(): void {
		this.turn();
		for (let turns = 0; this.#works.length > 0; turns++) {
			if (turns > 100_000) {
				throw new Error('a hub that does not come to rest');
			}
			this.turn();
		}
	}

	/** Works that wait for a turn. */
	get pending(): number {
		return this.#works.length;
	}

	tick(ticks = 1): void {
		for (let i = 0; i < ticks; i++) {
			this.actor.tick();
		}
		this.turn();
	}

	/** What the stream has heard since the last call. */
	heard(stream: number, lane = 0): readonly Heard[] {
		const key = `${lane}/${stream}`;
		const heard = this.#heard.get(key) ?? [];
		this.#heard.delete(key);
		return heard;
	}

	/** Settles, and gives what the stream heard in one word each: `put k@3=v`, `delete k@4`. */
	events(stream: number, lane = 0): readonly string[] {
		this.settle();
		return this.heard(stream, lane).flatMap(({ events }) => events.map(inWord));
	}

	#hear(message: WatchResponses, lane: number): void {
		this.posts.push({ lane, message });
		for (let row = 0; row < message.responses.length; row++) {
			const heard = decodeHeard(message.responses[row] as Uint8Array);
			for (const stream of message.streams[row] ?? []) {
				const key = `${lane}/${stream}`;
				const before = this.#heard.get(key);
				if (before === undefined) {
					this.#heard.set(key, [heard]);
				} else {
					before.push(heard);
				}
			}
		}
	}

	#openGeneration(generation: number): EngineReader {
		const engine = this.#engines.get(generation) ?? new MemoryEngine(STORE_TREE_NAMES);
		return { read: (work) => engine.read(work), pin: () => engine.pin(), close: () => this.closed.push(generation) };
	}
}

export function inWord(event: HeardEvent): string {
	return event.type === 'PUT' ? `put ${event.key}@${event.mod}=${event.value}` : `delete ${event.key}@${event.mod}`;
}
