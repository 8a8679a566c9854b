import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { JournalFiles, type JournalSystem } from '../../../src/adapters/journal-files.ts';
import { openJournaledLog } from '../../../src/adapters/journaled-log.ts';
import type { Index } from '../../../src/base/brand.ts';
import { JOURNAL_FLUSH_OFF_AT_ENTRIES } from '../../../src/base/limits.ts';
import type { Segment } from '../../../src/log/journal/segment-files.ts';
import type { Turn } from '../../../src/ports/turn.ts';
import { makeTempDirectory, removeTempDirectory } from '../../support/cleanup.ts';
import { batch, openLmdbLog, texts } from '../../support/log-fixtures.ts';

const base = makeTempDirectory('journal-files');
after(() => removeTempDirectory(base));

let directories = 0;
function newDirectory(): string {
	directories++;
	return path.join(base, String(directories));
}

function prepared(files: JournalFiles, bytes: number): Segment {
	files.prepare(bytes);
	for (;;) {
		const segment = files.fill(1_000);
		if (segment !== null) {
			return segment;
		}
	}
}

/** The system's calls, of which one fails from some call on. */
class Faulty implements JournalSystem {
	readonly #call: keyof JournalSystem;
	readonly #code: string;
	isOn = false;
	calls = 0;

	constructor(call: keyof JournalSystem, code: string) {
		this.#call = call;
		this.#code = code;
	}

	readonly writeSync = ((...args: Parameters<typeof fs.writeSync>) => this.#or('writeSync', () => fs.writeSync(...args))) as typeof fs.writeSync;
	readonly fdatasyncSync = (descriptor: number): void => this.#or('fdatasyncSync', () => fs.fdatasyncSync(descriptor));
	readonly fdatasync = ((descriptor: number, done: fs.NoParamCallback) => {
		this.calls++;
		const code = this.#code;
		const isRefused = this.isOn && this.#call === 'fdatasync';
		fs.fdatasync(descriptor, (error) => done(isRefused ? Object.assign(new Error(`${code}: the disk says so`), { code }) : error));
	}) as typeof fs.fdatasync;
	readonly readSync = ((...args: Parameters<typeof fs.readSync>) => this.#or('readSync', () => fs.readSync(...args))) as typeof fs.readSync;

	#or<T>(call: keyof JournalSystem, work: () => T): T {
		this.calls++;
		if (this.isOn && call === this.#call) {
			throw Object.assign(new Error(`${this.#code}: the disk says so`), { code: this.#code });
		}
		return work();
	}
}

test('journal files: a segment is zeros of the size asked for, and is there after opening again', () => {
	const directory = newDirectory();
	const segment = prepared(new JournalFiles(directory), 4_500);
	const again = new JournalFiles(directory);
	const bytes = new Uint8Array(segment.bytes).fill(1);
	again.read(segment.id, 0, bytes);
	assert.deepEqual([again.list(), bytes.every((byte) => byte === 0)], [[{ id: 1, bytes: 4_500 }], true]);
});

test('journal files: what was written is read back, after opening again too', () => {
	const directory = newDirectory();
	const files = new JournalFiles(directory);
	const { id } = prepared(files, 8_192);
	files.write(id, 5_000, Uint8Array.of(1, 2, 3));
	files.flush(id);
	files.close();
	const bytes = new Uint8Array(5);
	new JournalFiles(directory).read(id, 4_999, bytes);
	assert.deepEqual([...bytes], [0, 1, 2, 3, 0]);
});

test('journal files: one that was still being prepared is gone after opening again, and no segment gets its name', () => {
	const directory = newDirectory();
	const files = new JournalFiles(directory);
	prepared(files, 4_096);
	files.prepare(4_096);
	files.fill(1_000);
	const again = new JournalFiles(directory);
	assert.deepEqual([again.list(), fs.readdirSync(directory)], [[{ id: 1, bytes: 4_096 }], ['segment-1-4096']]);
});

test('journal files: a file that is shorter than its name says is refused', () => {
	const directory = newDirectory();
	prepared(new JournalFiles(directory), 4_096);
	fs.truncateSync(path.join(directory, 'segment-1-4096'), 4_000);
	assert.throws(() => new JournalFiles(directory), { reason: 'log_damaged', message: /segment 1: the file must have the 4096 bytes/ });
});

for (const [call, code, reason] of [
	['writeSync', 'ENOSPC', 'disk_full'],
	['writeSync', 'EIO', 'disk_failed'],
	['fdatasyncSync', 'EIO', 'disk_failed'],
	['fdatasyncSync', 'ENOSPC', 'disk_full'],
] as const) {
	test(`journal files: ${code} of ${call} ends the log with ${reason}, nothing is tried again, and what was durable is there afterwards`, () => {
		const directory = newDirectory();
		fs.mkdirSync(directory);
		const system = new Faulty(call, code);
		const log = openJournaledLog(directory, 7, null, system);
		log.append([batch({ first: 1, terms: [1] })]);
		system.isOn = true;
		assert.throws(() => log.append([batch({ first: 2, terms: [1] })]), { reason, message: /journal: (writing|flushing) segment 1 / });
		system.isOn = false;
		const { calls } = system;
		assert.throws(() => log.append([batch({ first: 2, terms: [1] })]));
		log.close();
		assert.equal(system.calls, calls);
		const again = openJournaledLog(directory, 7);
		assert.ok(again.contents().last >= 1);
		again.close();
	});
}

/** Hands over each step of a turn instead of running it. */
function stepsOf(): { readonly turn: Turn; next(): Promise<() => void> } {
	const steps: (() => void)[] = [];
	let wake = (): void => {};
	return {
		turn: {
			run: (work) => {
				steps.push(work);
				wake();
			},
		},
		next: async () => {
			while (steps.length === 0) {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			}
			return steps.shift() as () => void;
		},
	};
}

/** The first record of a segment is flushed at once, whatever its size. */
const FIRST = batch({ first: 1, terms: [1] });
const LARGE = batch({ first: 2, terms: new Array(JOURNAL_FLUSH_OFF_AT_ENTRIES).fill(1) });

test('journal files: a large turn is flushed off the thread, and done is a step of a turn', async () => {
	const directory = newDirectory();
	fs.mkdirSync(directory);
	const { turn, next } = stepsOf();
	const log = openJournaledLog(directory, 7, turn);
	log.append([FIRST]);
	let isDone = false;
	assert.equal(
		log.append([LARGE], {
			done: () => {
				isDone = true;
			},
			always: false,
		}),
		false,
	);
	const step = await next();
	assert.equal(isDone, false);
	step();
	assert.equal(isDone, true);
	log.close();
});

for (const [code, reason] of [
	['EIO', 'disk_failed'],
	['ENOSPC', 'disk_full'],
] as const) {
	test(`journal files: ${code} of a flush off the thread is ${reason}, thrown in a turn, and nothing is written from the moment that it is known`, async () => {
		const directory = newDirectory();
		fs.mkdirSync(directory);
		const system = new Faulty('fdatasync', code);
		const { turn, next } = stepsOf();
		const log = openJournaledLog(directory, 7, turn, system);
		log.append([FIRST]);
		system.isOn = true;
		assert.equal(log.append([LARGE], { done: () => assert.fail('it was never flushed'), always: false }), false);
		const step = await next();
		const { calls } = system;
		assert.throws(() => log.append([batch({ first: LARGE.entries.terms.length + 2, terms: [1] })]));
		assert.throws(step, { reason, message: /journal: flushing segment 1 / });
		log.close();
		assert.equal(system.calls, calls);
		const again = openJournaledLog(directory, 7);
		again.close();
	});
}

test('journal files: no descriptor is closed, and nothing written, under a flush', async () => {
	const directory = newDirectory();
	const { turn, next } = stepsOf();
	const files = new JournalFiles(directory, turn);
	const { id } = prepared(files, 4_096);
	files.flushOff(id, () => {});
	assert.throws(() => files.close(), /under a flush/);
	assert.throws(() => files.write(id, 0, Uint8Array.of(1)), /while a flush is under way/);
	(await next())();
	files.close();
});

test('journal files: ENOSPC while a segment is made is disk_full, and a start with room goes on', () => {
	const directory = newDirectory();
	fs.mkdirSync(directory);
	const system = new Faulty('writeSync', 'ENOSPC');
	system.isOn = true;
	assert.throws(() => openJournaledLog(directory, 7, null, system), { reason: 'disk_full', message: /journal: filling segment 1 / });
	const log = openJournaledLog(directory, 7);
	log.append([batch({ first: 1, terms: [1] })]);
	log.close();
});

test('journal files: a data directory from before there was a journal opens with what it holds', () => {
	const directory = newDirectory();
	fs.mkdirSync(directory);
	const old = openLmdbLog(path.join(directory, 'log'));
	old.append([batch({ first: 1, terms: [1, 1, 1], commit: 2 })]);
	old.close();
	const log = openJournaledLog(directory, 7);
	log.append([batch({ truncateFrom: 3, first: 3, terms: [2], commit: 2, label: 'new ' })]);
	log.close();
	const again = openJournaledLog(directory, 7);
	assert.deepEqual(texts(again.read(1 as Index, 4 as Index, 1_000)), ['1@1', '2@1', 'new 3@2']);
	again.close();
});
