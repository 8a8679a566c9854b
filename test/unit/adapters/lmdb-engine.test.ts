import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type LmdbEngine, openLmdbEngine, openLmdbReader } from '../../../src/adapters/lmdb-engine.ts';
import { engineConformance } from '../../support/engine-conformance.ts';

const base = fs.mkdtempSync(path.join(os.tmpdir(), 'quorate-engine-'));
const opened: LmdbEngine[] = [];
let directories = 0;

function openEngine(directory = path.join(base, `${++directories}.x`)): LmdbEngine {
	const engine = openLmdbEngine({ path: directory, trees: ['one', 'two'], mode: 'checkpointed', mapBytes: 2 ** 28 });
	opened.push(engine);
	return engine;
}

afterEach(() => {
	for (const engine of opened.splice(0)) {
		engine.close();
	}
});
after(() => fs.rmSync(base, { recursive: true, force: true }));

const key = (n: number): Uint8Array => Uint8Array.of(n >> 8, n & 255);

engineConformance('lmdb', () => {
	// The model test opens one engine a run: close the last so that not all of them are mapped at once.
	for (const engine of opened.splice(0)) {
		engine.close();
	}
	return openEngine();
});

it('lmdb: synced: what was written is there after close and open', () => {
	const directory = path.join(base, 'synced');
	const options = { path: directory, trees: ['one'], mode: 'synced', mapBytes: 2 ** 26 } as const;
	const first = openLmdbEngine(options);
	first.write((view) => view.put(0, key(1), key(2)));
	first.close();
	const second = openLmdbEngine(options);
	const got = second.read((view) => view.get(0, key(1)));
	second.close();
	assert.deepEqual([...(got ?? [])], [0, 2]);
});

it('lmdb: synced: the directory is flushed after the files are made', (t) => {
	const directory = path.join(base, 'flushed');
	const steps: string[] = [];
	const fsync = fs.fsyncSync;
	t.mock.method(fs, 'fsyncSync', (descriptor: number) => {
		steps.push(`${fs.readlinkSync(`/proc/self/fd/${descriptor}`)} ${fs.readdirSync(directory).includes('data.mdb')}`);
		fsync(descriptor);
	});
	openLmdbEngine({ path: directory, trees: ['one'], mode: 'synced', mapBytes: 2 ** 28 }).close();
	assert.deepEqual(steps, [`${fs.realpathSync(directory)} true`]);
});

it('lmdb: failure: a commit that the disk refuses is disk_failed, and no later write is tried', { skip: process.platform === 'win32' }, () => {
	const script = fileURLToPath(new URL('../../support/engine-disk-limit.ts', import.meta.url));
	// Blocks of 512 or 1,024 bytes: files of at most 4 MiB.
	const command = `ulimit -f 4096; exec "${process.execPath}" --import tsx "${script}" "${path.join(base, 'limited')}"`;
	const said = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
	assert.equal(said.stdout.trim(), 'disk_failed after some writes; disk_failed after no writes', said.stderr);
});

it('lmdb: pins: a reader holds its transaction id until it is released', () => {
	const engine = openEngine();
	engine.write((view) => view.put(0, key(1), key(1)));
	const at = newestTransaction(engine);
	const pin = engine.pin();
	engine.write((view) => view.put(0, key(2), key(2)));
	engine.read((view) => view.get(0, key(2)));
	const held = engine.hasReaderAt(at);
	pin.release();
	assert.deepEqual([held, engine.hasReaderAt(at)], [true, false]);
});

/** The transaction id in the newer meta page, read from the file itself. */
function newestTransaction(engine: LmdbEngine): number {
	const file = fs.readFileSync(path.join(engine.path, 'data.mdb'));
	return Math.max(Number(file.readBigUInt64LE(152)), Number(file.readBigUInt64LE(4096 + 152)));
}

it('lmdb: dirtied: appends count by size, other puts by page', () => {
	const engine = openEngine();
	engine.write((view) => {
		for (let n = 0; n < 100; n++) {
			view.put(0, key(n), new Uint8Array(90));
		}
	});
	const appended = engine.takeDirtied();
	engine.write((view) => {
		for (let n = 0; n < 100; n++) {
			view.put(0, key(99 - n), new Uint8Array(90));
		}
	});
	const scattered = engine.takeDirtied();
	assert.ok(appended < 100 * 1_024 && scattered >= 100 * 4_096, `${appended} ${scattered}`);
	assert.equal(engine.takeDirtied(), 0);
});

it('lmdb: dirtied: each commit counts the pages that it writes anyway', () => {
	const engine = openEngine();
	const write = (commits: number): number => {
		for (let n = 0; n < commits; n++) {
			engine.write((view) => view.put(0, key(1), new Uint8Array(90)));
		}
		return engine.takeDirtied();
	};
	write(1);
	const one = write(1);
	assert.equal(write(50), 50 * one);
});

it('lmdb: readers: a reader of the same thread sees each commit in its next read', () => {
	const engine = openEngine();
	const reader = openLmdbReader({ path: engine.path, trees: ['one', 'two'], mapBytes: 2 ** 28 });
	const seen: number[] = [];
	for (let n = 1; n <= 3; n++) {
		engine.write((view) => view.put(1, key(7), key(n)));
		seen.push(reader.read((view) => view.get(1, key(7))?.[1] ?? 0));
	}
	reader.close();
	assert.deepEqual(seen, [1, 2, 3]);
});

it('lmdb: readers: several threads see each commit in their next read, and closing them leaves the writer alone', async () => {
	const engine = openEngine();
	const script = new URL('../../support/engine-reader-thread.ts', import.meta.url);
	const workers = [0, 1, 2].map(() => new Worker(script, { workerData: { path: engine.path, mapBytes: 2 ** 28 } }));
	const next = (worker: Worker): Promise<number> => new Promise((resolve) => worker.once('message', resolve));
	await Promise.all(workers.map(next));
	const seen: number[][] = [];
	for (let n = 1; n <= 20; n++) {
		engine.write((view) => view.put(0, key(7), key(n)));
		const answers = workers.map(next);
		for (const worker of workers) {
			worker.postMessage('read');
		}
		seen.push(await Promise.all(answers));
	}
	const ended = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
	for (const worker of workers) {
		worker.postMessage('close');
	}
	const codes = await Promise.all(ended);
	engine.write((view) => view.put(0, key(7), key(21)));
	assert.deepEqual(
		seen,
		Array.from({ length: 20 }, (_unused, i) => [i + 1, i + 1, i + 1]),
	);
	assert.deepEqual(codes, [0, 0, 0]);
	assert.equal(
		engine.read((view) => view.get(0, key(7))?.[1]),
		21,
	);
});
