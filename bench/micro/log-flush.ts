/**
 * The log's writes, measured through the store class that the log actor drives, on LMDB with every commit flushed: one entry a turn, a hundred a
 * turn, a hundred a turn while 100,000 compacted entries are swept beside them; and opening a log of 100,000 entries, each verified.
 * Prints a table and writes bench/results/log-flush.json. Run: node --import tsx bench/micro/log-flush.ts [directory on the disk to measure]
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { openLmdbEngine } from '../../src/adapters/lmdb-engine.ts';
import { must } from '../../src/base/assert.ts';
import type { Index, Slot, Term } from '../../src/base/brand.ts';
import { LOG_SWEEP_RECORDS_MAX } from '../../src/base/limits.ts';
import { EngineLogStore } from '../../src/log/engine-log-store.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import { ENTRY_KIND } from '../../src/raft/state.ts';

const RUNS = 5;
const ENTRY_BYTES = 320;
const KEPT_ENTRIES = 100_000;
const MAP_BYTES = 4 * 2 ** 30;
const TERM = 1 as Term;

/** Milliseconds of each operation of one run. */
type Case = { readonly name: string; readonly run: (log: GrowingLog) => readonly number[] };

class GrowingLog {
	readonly #path: string;
	#store: EngineLogStore;
	#last = 0;

	constructor(directory: string) {
		this.#path = directory;
		this.#store = this.#open();
	}

	append(count: number): number {
		const first = (this.#last + 1) as Index;
		this.#last += count;
		const commit = this.#last as Index;
		const payload = new Uint8Array(ENTRY_BYTES).fill(this.#last);
		const kinds = new Array(count).fill(ENTRY_KIND.command);
		const entries = { first, terms: new Array<Term>(count).fill(TERM), kinds, payloads: new Array(count).fill(payload) };
		return timed(() =>
			this.#store.append([{ resetTo: null, truncateFrom: null, entries, hardState: { term: TERM, vote: 1 as Slot, commit }, mark: null }]),
		);
	}

	/** Everything goes but the newest entries; what is compacted is still to be swept. */
	compact(kept: number): number {
		return timed(() => this.#store.compact((this.#last - kept) as Index));
	}

	sweep(): number {
		return timed(() => this.#store.sweep(LOG_SWEEP_RECORDS_MAX));
	}

	sweepAll(): void {
		while (this.#store.sweep(10_000)) {}
	}

	reopen(): number {
		this.#store.close();
		return timed(() => {
			this.#store = this.#open();
		});
	}

	close(): void {
		this.#store.close();
	}

	#open(): EngineLogStore {
		return new EngineLogStore(openLmdbEngine({ path: this.#path, trees: LOG_TREE_NAMES, mode: 'synced', mapBytes: MAP_BYTES }), crc32);
	}
}

const CASES: readonly Case[] = [
	{ name: 'append + flush, 1 entry', run: (log) => repeat(1_000, () => log.append(1)) },
	{ name: 'append + flush, 100 entries', run: (log) => repeat(300, () => log.append(100)) },
	{
		name: 'append + flush, 100 entries, sweeping',
		run: (log) => {
			fill(log);
			log.compact(0);
			return repeat(300, () => log.append(100));
		},
	},
	{
		name: 'compact (moves the start)',
		run: (log) => {
			fill(log);
			return [log.compact(0)];
		},
	},
	{
		name: `sweep, ${LOG_SWEEP_RECORDS_MAX} entries`,
		run: (log) => {
			fill(log);
			log.compact(0);
			return repeat(50, () => log.sweep());
		},
	},
	{
		name: `open, ${KEPT_ENTRIES} entries`,
		run: (log) => {
			fill(log);
			log.compact(KEPT_ENTRIES);
			log.sweepAll();
			return [log.reopen()];
		},
	},
];

function timed(work: () => void): number {
	const start = performance.now();
	work();
	return performance.now() - start;
}

function repeat(times: number, once: () => number): readonly number[] {
	return Array.from({ length: times }, once);
}

function fill(log: GrowingLog): void {
	for (let at = 0; at < KEPT_ENTRIES; at += 2_000) {
		log.append(2_000);
	}
}

function percentile(sorted: readonly number[], share: number): number {
	return must(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))], 'a run has operations');
}

/** Of the runs' figures, in microseconds. */
function spread(figures: readonly number[]): { readonly min: number; readonly median: number; readonly max: number } {
	const sorted = figures.map((milliseconds) => Math.round(milliseconds * 1_000)).sort((a, b) => a - b);
	return { min: percentile(sorted, 0), median: percentile(sorted, 0.5), max: percentile(sorted, 1) };
}

function measure(directory: string, each: Case) {
	const p50: number[] = [];
	const p99: number[] = [];
	for (let run = 0; run < RUNS; run++) {
		const log = new GrowingLog(directory);
		const sorted = [...each.run(log)].sort((a, b) => a - b);
		log.close();
		fs.rmSync(directory, { recursive: true });
		p50.push(percentile(sorted, 0.5));
		p99.push(percentile(sorted, 0.99));
	}
	return { name: each.name, p50Microseconds: spread(p50), p99Microseconds: spread(p99) };
}

const base = fs.mkdtempSync(path.join(process.argv[2] ?? os.tmpdir(), 'quorate-log-flush-'));
const cpus = os.cpus();
const about = {
	bench: 'log-flush',
	machine: `${cpus[0]?.model}, ${cpus.length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB`,
	load: os.loadavg()[0],
	node: process.version,
	commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
	runs: RUNS,
	entryBytes: ENTRY_BYTES,
	date: new Date().toISOString(),
};
console.log(JSON.stringify(about));
console.log('microseconds, min / median / max of the runs'.padEnd(48), 'p50'.padEnd(24), 'p99');
const rows = CASES.map((each) => {
	const row = measure(path.join(base, 'log'), each);
	const [p50, p99] = [row.p50Microseconds, row.p99Microseconds].map(({ min, median, max }) => `${min} / ${median} / ${max}`);
	console.log(row.name.padEnd(48), p50?.padEnd(24), p99);
	return row;
});
fs.rmSync(base, { recursive: true });
const results = fileURLToPath(new URL('../results/', import.meta.url));
fs.mkdirSync(results, { recursive: true });
fs.writeFileSync(path.join(results, 'log-flush.json'), `${JSON.stringify({ ...about, rows }, null, '\t')}\n`);
