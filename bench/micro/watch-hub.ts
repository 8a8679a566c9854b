/**
 * What an event costs the watch hub: a batch has become visible in LMDB, the hub reads it, finds the watchers, and encodes the frame for the
 * lane. CPU microseconds of this process for each event delivered to a watcher, and the memory of a watcher, RSS and heap.
 * Run: node --import tsx bench/micro/watch-hub.ts
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { WatchActor } from '../../src/actors/watch-actor.ts';
import { openLmdbEngine } from '../../src/adapters/lmdb-engine.ts';
import type { Engine } from '../../src/base/engine.ts';
import { WATCH_SLICE_RECORDS } from '../../src/base/limits.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { STORE_TREE_NAMES } from '../../src/base/store-trees.ts';
import { executePut } from '../../src/mvcc/execute.ts';
import { LATEST } from '../../src/mvcc/latest-tree.ts';
import { readStoreState, writeStoreState } from '../../src/mvcc/store-state.ts';
import { encodeFrame } from '../../src/protocol/frame.ts';
import type { WatchResponses } from '../../src/protocol/messages.ts';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { makeHeaderIds } from '../../src/rpc/response-header.ts';
import { describeMachine } from '../load/machine.ts';
import { type MicroCase, repeat } from './repeat.ts';

const SEED = 1;
const VALUE_BYTES = 128;
const MAP_BYTES = 4 * 2 ** 30;
const encoder = new TextEncoder();

interface Shape {
	readonly name: string;
	readonly watchers: number;
	readonly perStream: number;
	/** On as many keys, or all on one; with prefixes each watches a range. */
	readonly keys: number;
	readonly prefixes: boolean;
	/** Puts in a batch, and batches in a run. */
	readonly batch: number;
	readonly batches: number;
}

/** No stream is sent more in a run than its credit: a parked watcher would cost nothing. */
const SHAPES: readonly Shape[] = [
	{ name: '100 on one key, one a stream', watchers: 100, perStream: 1, keys: 1, prefixes: false, batch: 1, batches: 2_000 },
	{ name: '10,000 on one key, one a stream', watchers: 10_000, perStream: 1, keys: 1, prefixes: false, batch: 1, batches: 50 },
	{ name: '10,000 on one key, 100 a stream', watchers: 10_000, perStream: 100, keys: 1, prefixes: false, batch: 1, batches: 30 },
	{ name: '10,000 on one key, 100 a stream, batches of 20', watchers: 10_000, perStream: 100, keys: 1, prefixes: false, batch: 20, batches: 2 },
	{ name: '10,000 on as many keys, 100 a stream', watchers: 10_000, perStream: 100, keys: 10_000, prefixes: false, batch: 100, batches: 400 },
	{ name: '100,000 on as many keys, one a stream', watchers: 100_000, perStream: 1, keys: 100_000, prefixes: false, batch: 100, batches: 400 },
	{ name: '100,000 on as many keys, 100 a stream', watchers: 100_000, perStream: 100, keys: 100_000, prefixes: false, batch: 100, batches: 400 },
	{ name: '10,000 on as many prefixes, one a stream', watchers: 10_000, perStream: 1, keys: 10_000, prefixes: true, batch: 100, batches: 400 },
];

class Bench {
	readonly #engine: Engine;
	readonly #random = new SeededRandom(SEED);
	readonly #actor: WatchActor;
	#posts: WatchResponses[] = [];
	#frameBytes = 0;
	#delivered = 0;

	constructor(directory: string) {
		this.#engine = openLmdbEngine({ path: directory, trees: STORE_TREE_NAMES, mode: 'checkpointed', mapBytes: MAP_BYTES });
		const reader = { read: this.#engine.read.bind(this.#engine), pin: this.#engine.pin.bind(this.#engine), close: () => {} };
		const options = { ids: makeHeaderIds(1n, 2n), generation: 1, progressTicks: 1_000, fragmentBytes: 2 ** 21, sliceRecords: WATCH_SLICE_RECORDS };
		this.#actor = new WatchActor(options, {
			outbox: { post: (_to, message) => this.#posts.push(message) },
			readers: { openGeneration: () => reader },
			turn: { run: () => {} },
		});
		this.#actor.start();
	}

	watch({ watchers, perStream, keys, prefixes }: Shape): void {
		for (let i = 0; i < watchers; i++) {
			const key = keyOf(i % keys);
			const rangeEnd = prefixes ? encoder.encode(`${new TextDecoder().decode(key)}~`) : new Uint8Array(0);
			this.#actor.receive({
				kind: 'watch_create',
				lane: 0,
				stream: Math.floor(i / perStream),
				watchId: 0n,
				key,
				rangeEnd,
				startRevision: 0,
				stamp: 1,
				noPut: false,
				noDelete: false,
				prevKv: false,
				fragment: false,
				progressNotify: false,
			});
		}
		this.#actor.flush();
		this.#take();
	}

	unwatch({ watchers, perStream }: Shape): void {
		for (let stream = 0; stream < watchers / perStream; stream++) {
			this.#actor.receive({ kind: 'watch_close', lane: 0, stream });
		}
	}

	/** CPU milliseconds of the hub for the batches of a run, which have been written before: to ask for the time is dearer than a batch. */
	run(shape: Shape): number {
		const { keys, batch, batches, prefixes } = shape;
		const delivered = this.#delivered;
		const revisions = Array.from({ length: batches }, () => this.#put(batch, keys, prefixes));
		const before = process.cpuUsage();
		for (const revision of revisions) {
			const posted = this.#posts.length;
			this.#actor.receive({ kind: 'changed', generation: 1, revision, compactRevision: -1 });
			this.#actor.flush();
			if (this.#posts.length > posted) {
				this.#frameBytes += encodeFrame(this.#posts.slice(posted)).byteLength;
			}
		}
		const { user, system } = process.cpuUsage(before);
		this.#take();
		if (this.#delivered - delivered !== deliveries(shape)) {
			throw new Error(`${this.#delivered - delivered} events were delivered of ${deliveries(shape)}`);
		}
		return (user + system) / 1_000;
	}

	close(): void {
		this.#actor.close();
		this.#engine.close();
	}

	#put(count: number, keys: number, prefixes: boolean): number {
		return this.#engine.write((view) => {
			const state = readStoreState(view);
			for (let i = 0; i < count; i++) {
				const key = keyOf(this.#random.below(keys));
				executePut(
					{ view, state, latest: LATEST },
					{
						kind: 'put',
						key: prefixes ? encoder.encode(`${new TextDecoder().decode(key)}/x`) : key,
						value: new Uint8Array(VALUE_BYTES).fill(i),
						lease: 0n,
						prevKv: false,
						ignoreValue: false,
						ignoreLease: false,
					},
				);
			}
			writeStoreState(view, state);
			return state.revision;
		});
	}

	/** The connections have taken all. */
	#take(): void {
		const bytes = new Map<number, number>();
		for (const { streams, responses } of this.#posts) {
			for (let row = 0; row < responses.length; row++) {
				const { events } = pb.WatchResponse.decode(responses[row] ?? new Uint8Array());
				for (const stream of streams[row] ?? []) {
					this.#delivered += events.length;
					bytes.set(stream, (bytes.get(stream) ?? 0) + (responses[row]?.length ?? 0));
				}
			}
		}
		this.#posts = [];
		this.#actor.receive({ kind: 'watch_taken', lane: 0, streams: [...bytes.keys()], bytes: [...bytes.values()] });
	}
}

function keyOf(key: number): Uint8Array {
	return encoder.encode(`/registry/pods/default/key-${String(key).padStart(8, '0')}`);
}

/** Deliveries of a run: an event on one key reaches all its watchers, one on many keys about one. */
function deliveries({ watchers, keys, batch, batches }: Shape): number {
	return (watchers / keys) * batch * batches;
}

function collect(): { readonly heap: number; readonly rss: number } {
	v8.setFlagsFromString('--expose-gc');
	const gc = vm.runInNewContext('gc') as () => void;
	gc();
	gc();
	const { heapUsed, rss, arrayBuffers } = process.memoryUsage();
	return { heap: heapUsed + arrayBuffers, rss };
}

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'quorate-watch-'));
const bench = new Bench(directory);
try {
	for (const shape of SHAPES) {
		const before = collect();
		bench.watch(shape);
		const after = collect();
		const cases: MicroCase[] = [{ name: shape.name, operations: deliveries(shape), run: () => bench.run(shape) }];
		await repeat('watch-hub, CPU for a delivered event', cases);
		const bytes = Math.round((after.heap - before.heap) / shape.watchers);
		console.log(
			JSON.stringify({ bench: 'watch-hub, memory', case: shape.name, heapBytesPerWatcher: bytes, rssMiB: Math.round(after.rss / 2 ** 20) }),
		);
		bench.unwatch(shape);
	}
} finally {
	bench.close();
	fs.rmSync(directory, { recursive: true, force: true });
}
console.log(JSON.stringify({ seed: SEED, valueBytes: VALUE_BYTES, ...describeMachine() }));
