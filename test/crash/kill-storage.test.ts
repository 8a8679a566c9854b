/**
 * A process with the log and the store actor alone (kill-storage.ts), killed at random moments (KILLS, default 8) and between any two durable steps
 * (POINTS=all; default: a choice), by SIGKILL: each next life holds what was acknowledged, and exactly what a replay of the entries makes. SEED by environment.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '../../src/base/random.ts';
import { type Child, startScript } from '../support/child-process.ts';
import { makeTempDirectory, removeTempDirectory, trackChild } from '../support/cleanup.ts';
import { DiskFaults, type Fault } from '../support/disk-faults.ts';
import { Replay } from './storage-replay.ts';

const script = fileURLToPath(new URL('./kill-storage.ts', import.meta.url));
const kills = Number(process.env['KILLS'] ?? 8);
const seed = Number(process.env['SEED'] ?? 1);
const isFull = process.env['POINTS'] === 'all';
/** A replay begins anew then, and the directory with it. */
const ENTRIES_MAX = 20_000;
const REACHED_WITHIN_MS = 60_000;
const CONTROL_LIVES_MAX = 10;

/** One data directory, over the lives of the processes that write it. */
class Storage {
	readonly #entriesSeed: number;
	readonly #directory = path.join(makeTempDirectory('kill-storage'), 'm1');
	readonly #replay: Replay;
	#acknowledged = 0;
	#lives = 0;

	constructor(entriesSeed: number) {
		this.#entriesSeed = entriesSeed;
		this.#replay = new Replay(entriesSeed);
	}

	get directory(): string {
		return this.#directory;
	}

	get acknowledged(): number {
		return this.#acknowledged;
	}

	start(environment: Readonly<Record<string, string>> = {}): Child {
		this.#lives++;
		const child = startScript(script, [this.#directory, String(seed * 10_000 + this.#lives), String(this.#entriesSeed)], environment);
		trackChild(child.process);
		return child;
	}

	/** After a life has ended: what it found was right, and what it acknowledged must be found by the next. */
	async judge(child: Child, what: string): Promise<void> {
		const { said, signal, code } = await child.ended;
		assert.equal(signal, 'SIGKILL', `${what}: ended with ${code}: ${said.slice(-2_000)}`);
		const [, index, state] = /^ready (\d+) (\S+)$/m.exec(said) ?? [];
		if (index === undefined) {
			return;
		}
		assert.ok(Number(index) >= this.#acknowledged, `${what}: found ${index} after ${this.#acknowledged} was acknowledged`);
		assert.equal(state, this.#replay.advance(Number(index)), `${what}: at entry ${index}`);
		// The last line may be cut by the kill.
		const lines = said.slice(0, said.lastIndexOf('\n')).split('\n');
		this.#acknowledged = Math.max(Number(index), ...lines.filter((line) => /^\d+$/.test(line)).map(Number));
	}

	remove(): void {
		removeTempDirectory(path.dirname(this.#directory));
	}
}

it(`storage: kills: ${kills} at random moments; each next life holds what was acknowledged, equal to a replay`, async () => {
	const random = new SeededRandom(seed);
	let storage = new Storage(seed);
	let acknowledged = 0;
	for (let life = 0; life < kills; life++) {
		const child = storage.start();
		await child.saying(/^ready .*$/m);
		await delay(random.below(400));
		child.process.kill('SIGKILL');
		await storage.judge(child, `life ${life}`);
		if (storage.acknowledged > ENTRIES_MAX) {
			acknowledged += storage.acknowledged;
			storage.remove();
			storage = new Storage(seed + life + 1);
		}
	}
	acknowledged += storage.acknowledged;
	storage.remove();
	console.log(
		`figure: seed ${seed}: ${kills} kills at random moments, ${acknowledged} entries acknowledged, none lost, every state equal to its replay`,
	);
	assert.ok(acknowledged > 50 * kills, `${acknowledged} entries acknowledged`);
});

interface Point {
	readonly what: string;
	readonly calls: Fault['calls'];
	readonly part: string;
	/** On an empty directory, from the first call on. */
	readonly atCreation?: boolean;
	/** Only installs come by it. */
	readonly byJump?: boolean;
	/** Reached too rarely to let some pass. */
	readonly first?: boolean;
}

const POINTS: readonly Point[] = [
	{ what: "the first segment's zeros", calls: ['write'], part: '/journal/segment-1', atCreation: true },
	{ what: "the first segment's name", calls: ['rename'], part: '/journal/segment-1', atCreation: true, first: true },
	{ what: "the log's first commit", calls: ['flush'], part: '/log/data.mdb', atCreation: true },
	{ what: "the store's first checkpoint: its pages", calls: ['flush'], part: '/store/1/data.mdb', atCreation: true, first: true },
	{ what: "the store's first checkpoint: its name", calls: ['rename'], part: '/store/1/checkpoint', atCreation: true, first: true },
	{ what: 'the first CURRENT', calls: ['rename'], part: '/store/CURRENT', atCreation: true, first: true },
	{ what: 'a record of the journal, written', calls: ['write'], part: '/journal/segment' },
	{ what: 'a record of the journal, flushed', calls: ['flush'], part: '/journal/segment' },
	{ what: 'a segment in preparation', calls: ['write', 'flush'], part: '.tmp' },
	{ what: "a segment's name", calls: ['rename'], part: '/journal/segment', first: true },
	{ what: "the journal's directory", calls: ['flush'], part: '/journal', first: true },
	{ what: 'a page of a fold', calls: ['write'], part: '/log/data.mdb' },
	{ what: 'the flush of a fold', calls: ['flush'], part: '/log/data.mdb' },
	{ what: 'a page of a commit of the store', calls: ['write'], part: '/data.mdb' },
	{ what: "a checkpoint's flush of the pages", calls: ['flush'], part: '/store/' },
	{ what: "a checkpoint's side file, written", calls: ['write'], part: '/checkpoint.' },
	{ what: "a checkpoint's side file, flushed", calls: ['flush'], part: '/checkpoint.' },
	{ what: "a checkpoint's name", calls: ['rename'], part: '/checkpoint' },
	{ what: 'an install: a page of the new generation', calls: ['write'], part: '/store/2/data.mdb', byJump: true },
	{ what: 'an install: its flush', calls: ['flush'], part: '/store/2/data.mdb', byJump: true, first: true },
	{ what: "an install: its checkpoint's name", calls: ['rename'], part: '/store/2/checkpoint', byJump: true, first: true },
	{ what: 'an install: CURRENT, written', calls: ['write', 'flush'], part: '/store/CURRENT', byJump: true, first: true },
	{ what: 'an install: CURRENT, its name', calls: ['rename'], part: '/store/CURRENT', byJump: true, first: true },
];

async function reach(point: Point, kind: 'kill_before' | 'kill_after', random: SeededRandom): Promise<void> {
	const what = `${kind} ${point.what}`;
	const storage = new Storage(random.below(2 ** 20));
	const faults = new DiskFaults(storage.directory);
	const fault: Fault = { kind, calls: point.calls, part: point.part, skip: point.first === true ? 0 : random.below(6) };
	if (point.atCreation === true) {
		faults.begin(fault);
	}
	const child = storage.start({ ...faults.environment, TURNS_A_JUMP: point.byJump === true ? '12' : '1000000' });
	if (point.atCreation !== true) {
		await child.saying(/^ready .*$/m);
		faults.begin(fault);
	}
	const timer = setTimeout(() => child.process.kill('SIGTERM'), REACHED_WITHIN_MS);
	await storage.judge(child, what);
	clearTimeout(timer);
	faults.close();
	// Twice: what the next life finds must hold over its own end too.
	for (let life = 0; life < 2; life++) {
		const next = storage.start();
		await next.saying(/^ready .*\n\d+$/m);
		next.process.kill('SIGKILL');
		await storage.judge(next, `${what}, ${life + 1} lives later`);
	}
	storage.remove();
}

it('storage: kills: before and after every durable step; each next life holds what was acknowledged, equal to a replay', async (t) => {
	const random = new SeededRandom(seed);
	const kinds = ['kill_before', 'kill_after'] as const;
	let reached = 0;
	for (const [i, point] of POINTS.entries()) {
		for (const [j, kind] of kinds.entries()) {
			// Every other one in the short form, each point at one of its sides over two of them.
			if (isFull || (2 * i + j) % 6 === (i % 2) * 3) {
				await reach(point, kind, random);
				reached++;
				t.diagnostic(`${kind} ${point.what}`);
			}
		}
	}
	console.log(`figure: seed ${seed}: killed at ${reached} named points of ${2 * POINTS.length}, every next life equal to its replay`);
});

it('storage: kills: control: words before the flush are seen', async () => {
	let seen = '';
	// A kill may come by the preparation of a segment, when nothing was said too early.
	for (let life = 0; life < CONTROL_LIVES_MAX && seen === ''; life++) {
		const storage = new Storage(seed + life);
		const faults = new DiskFaults(storage.directory);
		const child = storage.start({ ...faults.environment, TURNS_A_JUMP: '1000000', CONTROL: 'early_words' });
		await child.saying(/^ready .*\n\d+$/m);
		faults.begin({ kind: 'kill_before', calls: ['write'], part: '/journal/segment' });
		await storage.judge(child, 'the control');
		faults.close();
		const next = storage.start();
		await next.saying(/^ready .*$/m);
		next.process.kill('SIGKILL');
		await storage.judge(next, 'the life after').catch((error: Error) => {
			seen = error.message;
		});
		storage.remove();
	}
	assert.match(seen, /was acknowledged/);
});
