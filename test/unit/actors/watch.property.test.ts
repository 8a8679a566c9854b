import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random.ts';
import type { Operation } from '../../../src/mvcc/operations.ts';
import { Model } from '../mvcc/model.ts';
import { type Heard, inWord, put, remove, txn, WatchHarness } from './watch-harness.ts';

const KEYS = ['a', 'ab', 'b', 'c', 'ca', 'd'];
const ENDS = ['', '', 'b', 'c', 'd', '\0'];
const STREAMS = 6;
const STEPS = 400;
/** Values large enough that streams fill up and slices are cut. */
const VALUE_BYTES = [0, 0, 10, 10, 100, 1_000, 1_000, 150_000];

interface Expected {
	readonly stream: number;
	readonly id: number;
	readonly lo: string;
	readonly end: string;
	readonly noPut: boolean;
	readonly noDelete: boolean;
	readonly prevKv: boolean;
	readonly start: number;
	readonly heard: Heard[];
	/** It was told that nothing up to here is still to come. */
	promised: number;
	/** Set when it was canceled: by whom, and at which compaction. */
	ended: 'client' | number | null;
}

/** A store, a hub and a few clients, all moved by one seed; and every watcher's history held against the model's. */
class World {
	readonly hub = new WatchHarness({ fragmentBytes: 200_000, progressTicks: 3, sliceRecords: 9 });
	readonly model = new Model();
	readonly #random: SeededRandom;
	readonly #watchers = new Map<string, Expected>();
	readonly #all: Expected[] = [];
	readonly #untaken: number[] = Array.from({ length: STREAMS }, () => 0);
	#value = 0;

	constructor(seed: number) {
		this.#random = new SeededRandom(seed);
	}

	run(): void {
		for (let step = 0; step < STEPS; step++) {
			this.#step();
		}
		this.#finish();
	}

	#pick<T>(from: readonly T[]): T {
		return from[this.#random.below(from.length)] as T;
	}

	#chance(percent: number): boolean {
		return this.#random.below(100) < percent;
	}

	#step(): void {
		const dice = this.#random.below(100);
		if (dice < 45) {
			this.#write();
		} else if (dice < 55) {
			this.#create();
		} else if (dice < 58) {
			this.#cancel();
		} else if (dice < 75) {
			this.#take(this.#random.below(STREAMS));
		} else if (dice < 79) {
			this.#compact();
		} else if (dice < 83) {
			this.hub.subject.sweep(1 + this.#random.below(40));
		} else if (dice < 86) {
			this.#compactAtOnce();
		} else if (dice < 87) {
			this.hub.replaceStore(() => {});
		} else if (dice < 89) {
			this.hub.askProgress(this.#random.below(STREAMS));
		} else if (dice < 91) {
			this.hub.tick();
			this.#listen();
		} else {
			this.hub.turn();
			this.#listen();
		}
	}

	#operation(depth: number): Operation {
		const dice = this.#random.below(10);
		if (dice < 6 || depth === 0) {
			return put(this.#pick(KEYS), `${this.#value++}`.padEnd(this.#pick(VALUE_BYTES), '.'));
		}
		return dice < 9
			? remove(this.#pick(KEYS), this.#pick(ENDS))
			: txn(txn(this.#operation(0)), txn(remove(this.#pick(KEYS))), txn(this.#operation(0)));
	}

	/** Some writes, of which the hub hears at once or only with the next ones. */
	#write(): void {
		for (let i = this.#random.below(5); i >= 0; i--) {
			const operation = this.#operation(1);
			assert.deepEqual(this.hub.subject.run(operation), this.model.run(operation));
		}
		if (this.#chance(80)) {
			this.hub.changed();
		}
	}

	#compact(): void {
		const revision = Math.max(1, this.model.revision - this.#random.below(40));
		assert.equal(this.hub.subject.compact(revision), this.model.compact(revision));
		if (this.#chance(80)) {
			this.hub.changed();
		}
	}

	/** Near the newest revision, and swept before the hub can have seen it: what is behind misses something, or is canceled. */
	#compactAtOnce(): void {
		const revision = Math.max(1, this.model.revision - this.#random.below(4));
		assert.equal(this.hub.subject.compact(revision), this.model.compact(revision));
		this.hub.sweepAll();
	}

	#create(): void {
		const stream = this.#random.below(STREAMS);
		const lo = this.#pick(KEYS);
		const end = this.#pick(ENDS);
		const startRevision = this.#chance(50) ? 0 : Math.max(1, this.model.revision + 10 - this.#random.below(60));
		const options = { noPut: this.#chance(10), noDelete: this.#chance(10), prevKv: this.#chance(50), fragment: this.#chance(50) };
		this.hub.create(stream, lo, { rangeEnd: end, startRevision, progressNotify: this.#chance(30), ...options });
		this.#pending.push({ stream, lo, end, startRevision, ...options });
	}
	readonly #pending: (Pick<Expected, 'stream' | 'lo' | 'end' | 'noPut' | 'noDelete' | 'prevKv'> & { readonly startRevision: number })[] = [];

	#cancel(): void {
		const { stream, id } = this.#pick([...this.#watchers.values(), { stream: 0, id: 999 }]);
		this.hub.cancel(stream, BigInt(id));
	}

	#take(stream: number): void {
		this.hub.turn();
		this.#listen();
		const bytes = this.#chance(50) ? (this.#untaken[stream] as number) : this.#random.below((this.#untaken[stream] as number) + 1);
		this.#untaken[stream] = (this.#untaken[stream] as number) - bytes;
		this.hub.taken(stream, bytes);
	}

	#listen(): void {
		for (let stream = 0; stream < STREAMS; stream++) {
			for (const heard of this.hub.heard(stream)) {
				this.#untaken[stream] = (this.#untaken[stream] as number) + heard.bytes;
				this.#hear(stream, heard);
			}
		}
	}

	#hear(stream: number, heard: Heard): void {
		if (heard.created) {
			this.#created(stream, heard);
			return;
		}
		if (heard.id === -1) {
			for (const watcher of this.#watchers.values()) {
				watcher.promised = watcher.stream === stream ? heard.revision : watcher.promised;
			}
			return;
		}
		const watcher = this.#watchers.get(`${stream}/${heard.id}`);
		assert.ok(watcher !== undefined, `stream ${stream} hears of watcher ${heard.id}, which it does not have`);
		if (heard.canceled) {
			watcher.ended = heard.compactRevision > 0 ? heard.compactRevision : 'client';
			this.#watchers.delete(`${stream}/${heard.id}`);
			return;
		}
		assert.ok(heard.events.every(({ mod }) => mod <= heard.revision));
		assert.ok(
			heard.events.every(({ mod }) => mod > watcher.promised),
			`an event up to ${watcher.promised}, which was promised to be past: ${describe(watcher)}`,
		);
		if (heard.events.length === 0) {
			assert.ok(heard.revision >= watcher.promised);
			watcher.promised = heard.revision;
			return;
		}
		watcher.heard.push(heard);
	}

	/** Requests of a stream are answered in order. */
	#created(stream: number, heard: Heard): void {
		const at = this.#pending.findIndex((each) => each.stream === stream);
		const [request] = this.#pending.splice(at, 1);
		assert.ok(request !== undefined);
		const { startRevision, ...rest } = request;
		if (heard.canceled) {
			assert.ok(rest.end !== '' && rest.end !== '\0' && rest.end <= rest.lo, 'a range that is not empty was refused');
			return;
		}
		const start = startRevision > 0 ? startRevision : heard.revision + 1;
		const watcher: Expected = { ...rest, id: heard.id, start, heard: [], promised: 0, ended: null };
		assert.ok(!this.#watchers.has(`${stream}/${heard.id}`), `two watchers ${heard.id}`);
		this.#watchers.set(`${stream}/${heard.id}`, watcher);
		this.#all.push(watcher);
	}

	/** Everyone takes everything until nothing more comes. */
	#finish(): void {
		this.hub.changed();
		for (let idle = 0; idle < 2; ) {
			this.hub.settle();
			this.#listen();
			idle = this.#untaken.every((bytes) => bytes === 0) ? idle + 1 : 0;
			for (let stream = 0; stream < STREAMS; stream++) {
				this.hub.taken(stream, this.#untaken[stream] as number);
				this.#untaken[stream] = 0;
			}
		}
		assert.deepEqual(this.#pending, []);
		for (const watcher of this.#all) {
			this.#check(watcher);
		}
	}

	#check(watcher: Expected): void {
		const expected = this.#expected(watcher);
		const heard = watcher.heard.flatMap(({ events }) => events.map((event) => inWord(event)));
		if (watcher.ended === null) {
			assert.deepEqual(heard, expected, describe(watcher));
		} else {
			// Canceled: a beginning of what was to come, and nothing of it missing within.
			assert.deepEqual(heard, expected.slice(0, heard.length), describe(watcher));
		}
		if (typeof watcher.ended === 'number') {
			const next = expected[heard.length];
			assert.ok(watcher.ended <= this.model.compactRevision, describe(watcher));
			assert.ok(next === undefined || revisionOf(next) >= watcher.start);
		}
		this.#checkWhole(watcher);
		this.#checkPrevious(watcher);
	}

	#expected({ start, lo, end, noPut, noDelete }: Expected): string[] {
		const isWatched = (key: string): boolean => (end === '' ? key === lo : key >= lo && (end === '\0' || key < end));
		return this.model.events
			.filter(({ main, key, kv }) => main >= start && isWatched(key) && !(kv === null ? noDelete : noPut))
			.map(({ main, key, kv }) => (kv === null ? `delete ${key}@${main}` : `put ${key}@${main}=${kv.value}`));
	}

	/** No revision in two responses, but for fragments. */
	#checkWhole(watcher: Expected): void {
		let last = 0;
		let isFragment = false;
		for (const response of watcher.heard) {
			const first = response.events[0]?.mod ?? last;
			assert.ok(isFragment ? first === last : first > last, `revision ${first} after ${last}: ${describe(watcher)}`);
			last = response.events.at(-1)?.mod ?? last;
			isFragment = response.fragment;
		}
		assert.ok(!isFragment || watcher.ended !== null);
	}

	/** What the key was at the revision before; nothing only where compaction may have dropped it. */
	#checkPrevious(watcher: Expected): void {
		for (const event of watcher.heard.flatMap(({ events }) => events)) {
			const before = this.model.maps[event.mod - 1]?.get(event.key)?.value ?? null;
			const isCreation = event.type === 'PUT' && event.create === event.mod;
			const expected = watcher.prevKv && !isCreation ? before : null;
			assert.ok(event.previous === expected || (event.previous === null && event.mod - 1 < this.model.compactRevision), describe(watcher));
		}
	}
}

function revisionOf(word: string): number {
	return Number(/@(\d+)/.exec(word)?.[1]);
}

function describe({ stream, id, lo, end, start, ended }: Expected): string {
	return `watcher ${stream}/${id} of ${lo}..${JSON.stringify(end)} from ${start}, ended ${ended}`;
}

test('watch: model: random watchers with random credits hear all that is theirs, in order, each event once', () => {
	fc.assert(
		fc.property(fc.integer(), (seed) => new World(seed).run()),
		{ numRuns: 40, seed: 20_261_123 },
	);
});
