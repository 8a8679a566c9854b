/**
 * The store's layout, measured: two trees a put (latest: key -> 40 bytes; history: revision -> about 300 bytes), at 10 thousand and at a
 * million keys, in commits of 100 random puts and of one, and reads of two seeks at the latest revision. Commits do not flush (design
 * section 5); the cases with checkpoints hold commits and flush as the store does, the others show the layout alone. Prints JSON lines
 * and a table, and writes bench/results/store-layout.json. Run: node --import tsx bench/micro/store-layout.ts
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StoreDirectory } from '../../src/adapters/store-directory.ts';
import { ALL_RULES, type CheckpointRules } from '../../src/adapters/store-generation.ts';
import { must } from '../../src/base/assert.ts';
import type { Index, Term } from '../../src/base/brand.ts';
import type { ReadView, WriteView } from '../../src/base/engine.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { SILENT } from '../../src/ports/logger.ts';

const SEED = 1;
const RUNS = 5;
const LATEST = 0;
const HISTORY = 1;
const LATEST_BYTES = 40;
const HISTORY_BYTES = 300;
const KEY_COUNTS = [10_000, 1_000_000];
const FILL_BATCH = 5_000;
/** Operations of one run, by case: long enough to be past the timer's grain, short enough for the million to stay under a minute. */
const LAYOUT_CASES: readonly Case[] = [
	{ name: 'put, 100 a commit', operations: 40_000, run: (load) => load.putBatches(400, 100) },
	{ name: 'put, 1 a commit', operations: 5_000, run: (load) => load.putBatches(5_000, 1) },
	{ name: 'get, two seeks, one view', operations: 50_000, run: (load) => load.getAll(50_000) },
	{ name: 'get, two seeks, a view each', operations: 20_000, run: (load) => load.getEach(20_000) },
];
/** With a commit held at all times, and a checkpoint when one is due. */
const CHECKPOINT_CASES: readonly Case[] = [
	{ name: 'put, 100 a commit, checkpoints', operations: 100_000, run: (load) => load.putWithCheckpoints(1_000, 100) },
	{ name: 'put, 1 a commit, checkpoints', operations: 10_000, run: (load) => load.putWithCheckpoints(10_000, 1) },
];
const PORTS = { turn: { run: (work: () => void) => work() }, now: () => performance.now(), logger: SILENT };
const NOTHING_HELD: CheckpointRules = { ...ALL_RULES, holdCheckpoint: false, holdOpening: false };

interface Case {
	readonly name: string;
	readonly operations: number;
	run(load: Load): void | Promise<void>;
}

interface Row {
	readonly keys: number;
	readonly name: string;
	readonly perSecond: { readonly min: number; readonly median: number; readonly max: number };
	readonly medianMicroseconds: number;
	/** That became durable during the runs of this case. */
	readonly checkpoints: number;
}

class Load {
	#store: StoreDirectory;
	readonly #keys: number;
	readonly #random = new SeededRandom(SEED);
	#revision = 0;
	checkpoints = 0;

	constructor(store: StoreDirectory, keys: number) {
		this.#store = store;
		this.#keys = keys;
	}

	/** Goes on with the same keys and revisions on a store that was opened anew. */
	moveTo(store: StoreDirectory): void {
		this.#store = store;
	}

	checkpoint(): void {
		this.#store.checkpointNow({ index: this.#revision as Index, term: 1 as Term });
	}

	fill(): void {
		for (let at = 0; at < this.#keys; at += FILL_BATCH) {
			this.#store.engine.write((view) => {
				for (let i = at; i < Math.min(at + FILL_BATCH, this.#keys); i++) {
					this.#put(view, i);
				}
			});
		}
	}

	putBatches(commits: number, putsPerCommit: number): void {
		for (let commit = 0; commit < commits; commit++) {
			this.#store.engine.write((view) => {
				for (let i = 0; i < putsPerCommit; i++) {
					this.#put(view, this.#random.below(this.#keys));
				}
			});
		}
	}

	/** As the store actor does: checkpoints begin between commits when they are due, and the event loop turns after each batch. */
	async putWithCheckpoints(commits: number, putsPerCommit: number): Promise<void> {
		for (let commit = 0; commit < commits; commit++) {
			this.putBatches(1, putsPerCommit);
			if (this.#store.isCheckpointDue()) {
				this.#store.startCheckpoint({ index: this.#revision as Index, term: 1 as Term }, () => this.checkpoints++);
			}
			await nextTurn();
			while (this.#store.mustWait) {
				await nextTurn();
			}
		}
	}

	getAll(gets: number): void {
		this.#store.engine.read((view) => {
			for (let i = 0; i < gets; i++) {
				this.#get(view);
			}
		});
	}

	getEach(gets: number): void {
		for (let i = 0; i < gets; i++) {
			this.#store.engine.read((view) => this.#get(view));
		}
	}

	#put(view: WriteView, which: number): void {
		this.#revision++;
		const key = keyOf(which);
		// What the store does: the former record gives the version and the create revision.
		const former = view.get(LATEST, key);
		const record = former ?? Buffer.alloc(LATEST_BYTES);
		revisionKey(this.#revision).copy(record as Buffer);
		view.put(LATEST, key, record);
		view.put(HISTORY, revisionKey(this.#revision), Buffer.alloc(HISTORY_BYTES, this.#revision & 255));
	}

	#get(view: ReadView): void {
		const latest = must(view.get(LATEST, keyOf(this.#random.below(this.#keys))), 'every key was filled');
		must(view.get(HISTORY, latest.subarray(0, 16)), 'the latest revision is in the history');
	}
}

function keyOf(which: number): Buffer {
	return Buffer.from(`/registry/pods/${String(which).padStart(10, '0')}`);
}

function revisionKey(revision: number): Buffer {
	const key = Buffer.alloc(16);
	key.writeBigUInt64BE(BigInt(revision));
	return key;
}

async function measure(load: Load, keys: number, cases: readonly Case[]): Promise<Row[]> {
	const rows: Row[] = [];
	for (const { name, operations, run } of cases) {
		const rates: number[] = [];
		for (let i = 0; i < RUNS; i++) {
			const begun = process.hrtime.bigint();
			await run(load);
			rates.push(operations / (Number(process.hrtime.bigint() - begun) / 1e9));
		}
		rates.sort((a, b) => a - b);
		const [min, median, max] = [0, RUNS >> 1, RUNS - 1].map((at) => Math.round(must(rates[at], 'a rate for each run'))) as [number, number, number];
		const row = {
			keys,
			name,
			perSecond: { min, median, max },
			medianMicroseconds: Number((1e6 / median).toFixed(2)),
			checkpoints: load.checkpoints,
		};
		load.checkpoints = 0;
		console.log(JSON.stringify(row));
		rows.push(row);
	}
	return rows;
}

function describeRun(): Record<string, string | number> {
	const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
	return {
		bench: 'store-layout',
		machine: `${os.cpus()[0]?.model ?? 'unknown'}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB`,
		load: Number((os.loadavg()[0] ?? 0).toFixed(2)),
		node: process.version,
		commit,
		seed: SEED,
		runs: RUNS,
		latestBytes: LATEST_BYTES,
		historyBytes: HISTORY_BYTES,
		date: new Date().toISOString(),
	};
}

async function main(): Promise<void> {
	const about = describeRun();
	console.log(JSON.stringify(about));
	const rows: Row[] = [];
	for (const keys of KEY_COUNTS) {
		const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'quorate-bench-'));
		const open = (rules: CheckpointRules): StoreDirectory =>
			StoreDirectory.open({ dataDirectory: directory, trees: ['latest', 'history'], mapBytes: 2 ** 34, isLogEmpty: true, rules }, PORTS);
		let store = open(NOTHING_HELD);
		try {
			const load = new Load(store, keys);
			load.fill();
			rows.push(...(await measure(load, keys, LAYOUT_CASES)));
			load.checkpoint();
			store.close();
			store = open(ALL_RULES);
			load.moveTo(store);
			rows.push(...(await measure(load, keys, CHECKPOINT_CASES)));
		} finally {
			store.close();
			fs.rmSync(directory, { recursive: true, force: true });
		}
	}
	console.table(
		rows.map(({ keys, name, perSecond, medianMicroseconds, checkpoints }) => ({
			keys,
			case: name,
			...perSecond,
			'us (median)': medianMicroseconds,
			checkpoints,
		})),
	);
	const results = fileURLToPath(new URL('../results/', import.meta.url));
	fs.mkdirSync(results, { recursive: true });
	fs.writeFileSync(path.join(results, 'store-layout.json'), `${JSON.stringify({ ...about, rows }, null, '\t')}\n`);
}

await main();
