/**
 * What a put costs the store actor: committed entries in, one LMDB transaction a turn, finished answers out; and what a lane pays for a
 * range of one key. CPU and elapsed time of this process, at 10 thousand and a million keys, 256-byte values, random keys, turns of one
 * and of a hundred puts. Checkpoints are left out: bench/micro/store-layout.ts measures them.
 * Prints a table and writes bench/results/store-apply.json. Run: node --import tsx bench/micro/store-apply.ts [keys...]
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { StoreActor } from '../../src/actors/store-actor.ts';
import { NO_UPKEEP } from '../../src/actors/store-upkeep.ts';
import { openLmdbEngine } from '../../src/adapters/lmdb-engine.ts';
import { ANONYMOUS } from '../../src/auth/identity.ts';
import { type Index, type RequestId, type Slot, type Term, toRequestId } from '../../src/base/brand.ts';
import type { Engine } from '../../src/base/engine.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { STORE_TREE_NAMES } from '../../src/base/store-trees.ts';
import { encodeBootstrap } from '../../src/members/commands.ts';
import { readRange } from '../../src/mvcc/range.ts';
import { SILENT } from '../../src/ports/logger.ts';
import type { StoreEnvironment } from '../../src/ports/store-environment.ts';
import { COMMAND_KIND, type CommandKind, encodeCommand } from '../../src/protocol/command.ts';
import { ENTRY_KIND } from '../../src/raft/state.ts';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { decodeRange } from '../../src/rpc/kv-codec.ts';
import { encodeRangeResponse } from '../../src/rpc/kv-responses.ts';
import { makeHeaderIds } from '../../src/rpc/response-header.ts';

const SEED = 1;
const RUNS = 5;
const KEY_COUNTS = [10_000, 1_000_000];
const VALUE_BYTES = 256;
const FILL_BATCH = 1_000;
const MAP_BYTES = 16 * 2 ** 30;
const BOOT = 7;
const SLOT = 1 as Slot;
const TERM = 1 as Term;
const encoder = new TextEncoder();

interface Case {
	readonly name: string;
	readonly operations: number;
	prepare(store: BenchStore, operations: number): () => void;
}

interface Spread {
	readonly min: number;
	readonly median: number;
	readonly max: number;
}

interface Row {
	readonly keys: number;
	readonly name: string;
	readonly cpuMicroseconds: Spread;
	readonly elapsedMicroseconds: Spread;
}

const CASES: readonly Case[] = [
	{ name: 'put, 100 a turn', operations: 40_000, prepare: (store, operations) => store.puts(operations, 100) },
	{ name: 'put, 1 a turn', operations: 5_000, prepare: (store, operations) => store.puts(operations, 1) },
	{ name: 'range of one key, answer built', operations: 40_000, prepare: (store, operations) => store.ranges(operations) },
];

/** The actor on an engine of its own; what it says is counted and dropped. */
class BenchStore {
	readonly #engine: Engine;
	readonly #actor: StoreActor;
	readonly #random = new SeededRandom(SEED);
	readonly #keys: number;
	#next = 1;
	#answered = 0;

	constructor(directory: string, keys: number) {
		this.#keys = keys;
		this.#engine = openLmdbEngine({ path: directory, trees: STORE_TREE_NAMES, mode: 'checkpointed', mapBytes: MAP_BYTES });
		const outbox = {
			post: (_to: string, message: { readonly kind: string; readonly requestIds?: readonly unknown[] }) => {
				this.#answered += message.requestIds?.length ?? 0;
			},
		};
		const environment = {
			generation: 1,
			engine: this.#engine,
			mustWait: false,
			isCheckpointDue: () => false,
			dropOlderGenerations: () => {},
		} as unknown as StoreEnvironment;
		const ports = { outbox: outbox as never, environment, turn: { run: () => {} }, slice: { begin: () => {}, isSpent: () => true }, logger: SILENT };
		this.#actor = new StoreActor(
			{ selfId: 'a1', boot: BOOT, lanes: 1, watchLanes: 1, tickMilliseconds: 100, electionTicks: 10, upkeep: NO_UPKEEP },
			ports,
		);
		this.#actor.start();
		const member = { slot: SLOT, id: 'a1', name: 'm', peerUrls: [], clientUrls: [], learner: false };
		this.#turn([command(COMMAND_KIND.bootstrap, encodeBootstrap({ clusterId: 'c1', members: [member] }), toRequestId(0, 0))]);
		for (let i = 0; i < keys; i += FILL_BATCH) {
			this.#turn(Array.from({ length: FILL_BATCH }, (_, j) => this.#put(i + j)));
		}
	}

	puts(operations: number, perTurn: number): () => void {
		const turns = Array.from({ length: operations / perTurn }, () =>
			Array.from({ length: perTurn }, () => this.#put(this.#random.below(this.#keys))),
		);
		return () => {
			const before = this.#answered;
			for (const payloads of turns) {
				this.#turn(payloads);
			}
			if (this.#answered - before !== operations) {
				throw new Error(`${this.#answered - before} of ${operations} puts were answered`);
			}
		};
	}

	ranges(operations: number): () => void {
		const requests = Array.from({ length: operations }, () => pb.RangeRequest.encode({ key: keyOf(this.#random.below(this.#keys)) }).finish());
		const ids = makeHeaderIds(1n, 2n);
		return () => {
			for (const request of requests) {
				const operation = decodeRange(request);
				const result = operation === null ? null : this.#engine.read((view) => readRange(view, operation));
				if (result?.kind !== 'range' || result.count !== 1) {
					throw new Error('a key was not found');
				}
				encodeRangeResponse({ ids, revision: result.revision, term: 1 }, result);
			}
		};
	}

	close(): void {
		this.#engine.close();
	}

	#put(key: number): Uint8Array {
		const body = pb.PutRequest.encode({ key: keyOf(key), value: new Uint8Array(VALUE_BYTES).fill(key) }).finish();
		return command(COMMAND_KIND.put, body, toRequestId(0, key));
	}

	#turn(payloads: readonly Uint8Array[]): void {
		const first = this.#next as Index;
		this.#next += payloads.length;
		const kinds = payloads.map(() => ENTRY_KIND.command);
		this.#actor.receive({ kind: 'apply', first, terms: payloads.map(() => TERM), kinds, payloads });
		this.#actor.flush();
	}
}

function keyOf(key: number): Uint8Array {
	return encoder.encode(`/registry/pods/default/key-${String(key).padStart(8, '0')}`);
}

function command(kind: CommandKind, body: Uint8Array, requestId: RequestId): Uint8Array {
	return encodeCommand({ kind, origin: { slot: SLOT, boot: BOOT, requestId }, term: 0 as Term, who: ANONYMOUS, body });
}

function spread(values: readonly number[]): Spread {
	const sorted = [...values].sort((a, b) => a - b).map((value) => Math.round(value * 100) / 100);
	return { min: sorted[0] ?? 0, median: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 };
}

function measure(store: BenchStore, keys: number, { name, operations, prepare }: Case): Row {
	const cpu: number[] = [];
	const elapsed: number[] = [];
	prepare(store, operations)();
	for (let run = 0; run < RUNS; run++) {
		const work = prepare(store, operations);
		const cpuBefore = process.cpuUsage();
		const before = performance.now();
		work();
		elapsed.push(((performance.now() - before) * 1_000) / operations);
		const { user, system } = process.cpuUsage(cpuBefore);
		cpu.push((user + system) / operations);
	}
	return { keys, name, cpuMicroseconds: spread(cpu), elapsedMicroseconds: spread(elapsed) };
}

function describe({ keys, name, cpuMicroseconds: cpu, elapsedMicroseconds: elapsed }: Row): string {
	return `${String(keys).padStart(9)}  ${name.padEnd(32)} CPU ${cpu.min} / ${cpu.median} / ${cpu.max} us   elapsed ${elapsed.min} / ${elapsed.median} / ${elapsed.max} us`;
}

const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : KEY_COUNTS;
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const machine = {
	cpu: os.cpus()[0]?.model,
	cores: os.cpus().length,
	node: process.version,
	date: new Date().toISOString(),
	commit,
	seed: SEED,
	runs: RUNS,
};
console.log(JSON.stringify({ machine, valueBytes: VALUE_BYTES }));
const rows: Row[] = [];
for (const keys of counts) {
	const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'quorate-bench-'));
	const store = new BenchStore(directory, keys);
	try {
		for (const each of CASES) {
			const row = measure(store, keys, each);
			rows.push(row);
			console.log(describe(row));
		}
	} finally {
		store.close();
		fs.rmSync(directory, { recursive: true, force: true });
	}
}
const results = fileURLToPath(new URL('../results/', import.meta.url));
fs.mkdirSync(results, { recursive: true });
fs.writeFileSync(path.join(results, 'store-apply.json'), `${JSON.stringify({ machine, valueBytes: VALUE_BYTES, rows }, null, '\t')}\n`);
