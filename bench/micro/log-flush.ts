/**
 * The log's writes, measured through the store classes: the journal in front of LMDB, as the log actor drives it, and LMDB alone with every commit
 * flushed, in turns. One entry a turn, a hundred a turn, a hundred a turn while 100,000 compacted entries are swept beside them; what the journal
 * does after each turn, when its words are out; and opening a log of 100,000 entries, each verified.
 * Prints a table and writes bench/results/log-flush.json. Run: node --import tsx bench/micro/log-flush.ts [directory on the disk to measure]
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { openJournaledLog } from '../../src/adapters/journaled-log.ts';
import { openLmdbEngine } from '../../src/adapters/lmdb-engine.ts';
import { must } from '../../src/base/assert.ts';
import type { Index, Slot, Term } from '../../src/base/brand.ts';
import { LOG_SWEEP_RECORDS_MAX } from '../../src/base/limits.ts';
import { EngineLogStore } from '../../src/log/engine-log-store.ts';
import { JournalLogStore } from '../../src/log/journal/journal-log-store.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import type { LogStore } from '../../src/log/log-store.ts';
import { ENTRY_KIND } from '../../src/raft/state.ts';

const RUNS = 5;
const ENTRY_BYTES = 320;
const KEPT_ENTRIES = 100_000;
const MAP_BYTES = 4 * 2 ** 30;
const TERM = 1 as Term;
/** A turn's end that takes less had nothing to do. */
const SLICE_MILLISECONDS_MIN = 0.1;

const FORMS = { journal: openJournal, lmdb: openLmdb } as const;
type Form = keyof typeof FORMS;

/** Milliseconds of each operation of one run. */
type Case = { readonly name: string; readonly forms?: readonly Form[]; readonly run: (log: GrowingLog) => readonly number[] };

class GrowingLog {
	readonly #path: string;
	readonly #form: Form;
	#store: LogStore;
	#last = 0;
	/** How long what follows a turn took, the last time. */
	afterTurn = 0;

	constructor(form: Form, directory: string) {
		this.#form = form;
		this.#path = directory;
		this.#store = FORMS[form](directory);
	}

	append(count: number): number {
		const first = (this.#last + 1) as Index;
		this.#last += count;
		const commit = this.#last as Index;
		const payload = new Uint8Array(ENTRY_BYTES).fill(this.#last);
		const kinds = new Array(count).fill(ENTRY_KIND.command);
		const entries = { first, terms: new Array<Term>(count).fill(TERM), kinds, payloads: new Array(count).fill(payload) };
		const time = timed(() =>
			this.#store.append([{ resetTo: null, truncateFrom: null, entries, hardState: { term: TERM, vote: 1 as Slot, commit }, mark: null }]),
		);
		const store = this.#store;
		this.afterTurn = timed(() => store instanceof JournalLogStore && store.keepUp());
		return time;
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
			this.#store = FORMS[this.#form](this.#path);
		});
	}

	close(): void {
		this.#store.close();
	}
}

function openJournal(directory: string): LogStore {
	return openJournaledLog(directory, 1);
}

function openLmdb(directory: string): LogStore {
	return new EngineLogStore(openLmdbEngine({ path: directory, trees: LOG_TREE_NAMES, mode: 'synced', mapBytes: MAP_BYTES }), crc32);
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
		// Until the first segment is full, the next ones are filled with zeros; then it is folded. Most turns have no slice.
		name: 'a slice between turns of 100 entries',
		forms: ['journal'],
		run: (log) =>
			repeat(500, () => {
				log.append(100);
				return log.afterTurn;
			}).filter((milliseconds) => milliseconds > SLICE_MILLISECONDS_MIN),
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
		forms: ['lmdb'],
		run: (log) => {
			fill(log);
			log.compact(0);
			return repeat(50, () => log.sweep());
		},
	},
	{
		name: `open, ${KEPT_ENTRIES} entries just appended`,
		run: (log) => {
			fill(log);
			return [log.reopen()];
		},
	},
	{
		name: `open, ${KEPT_ENTRIES} entries, all else done`,
		run: (log) => {
			fill(log);
			log.compact(KEPT_ENTRIES);
			log.sweepAll();
			return [log.reopen()];
		},
	},
];

function timed(work: () => unknown): number {
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

/** Both forms in turns, so that what else the machine does meets both. */
function measure(directory: string, each: Case) {
	const forms = (each.forms ?? (Object.keys(FORMS) as Form[])).map((form) => ({ form, p50: [] as number[], p99: [] as number[] }));
	for (let run = 0; run < RUNS; run++) {
		for (const { form, p50, p99 } of forms) {
			const log = new GrowingLog(form, directory);
			const sorted = [...each.run(log)].sort((a, b) => a - b);
			log.close();
			fs.rmSync(directory, { recursive: true });
			p50.push(percentile(sorted, 0.5));
			p99.push(percentile(sorted, 0.99));
		}
	}
	return forms.map(({ form, p50, p99 }) => ({ form, name: each.name, p50Microseconds: spread(p50), p99Microseconds: spread(p99) }));
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
console.log('microseconds, min / median / max of the runs'.padEnd(56), 'p50'.padEnd(24), 'p99');
const rows = CASES.flatMap((each) => {
	const both = measure(path.join(base, 'log'), each);
	for (const { form, name, p50Microseconds, p99Microseconds } of both) {
		const [p50, p99] = [p50Microseconds, p99Microseconds].map(({ min, median, max }) => `${min} / ${median} / ${max}`);
		console.log(`${form}: ${name}`.padEnd(56), p50?.padEnd(24), p99);
	}
	return both;
});
fs.rmSync(base, { recursive: true });
const results = fileURLToPath(new URL('../results/', import.meta.url));
fs.mkdirSync(results, { recursive: true });
fs.writeFileSync(path.join(results, 'log-flush.json'), `${JSON.stringify({ ...about, rows }, null, '\t')}\n`);
