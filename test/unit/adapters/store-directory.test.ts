import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { crc32 } from 'node:zlib';
import type { StoreDirectory, StoreDirectoryOptions } from '../../../src/adapters/store-directory.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import type { AppliedPoint } from '../../../src/ports/store-environment.ts';
import { digest, HISTORY, key, LATEST, openStore, pointAt, TestClock, temporaryDirectory } from '../../support/store-fixture.ts';

let base = '';
const opened: StoreDirectory[] = [];

beforeEach(() => {
	base = temporaryDirectory();
});
afterEach(() => {
	for (const store of opened.splice(0)) {
		store.close();
	}
	fs.rmSync(base, { recursive: true, force: true });
});

function open(changes: Partial<StoreDirectoryOptions> = {}, clock = new TestClock()): StoreDirectory {
	const store = openStore(base, changes, clock);
	opened.push(store);
	return store;
}

function close(store: StoreDirectory): void {
	opened.splice(opened.indexOf(store), 1);
	store.close();
}

function put(store: StoreDirectory, name: string, bytes = 8): void {
	store.engine.write((view) => view.put(LATEST, key(name), new Uint8Array(bytes).fill(name.length)));
}

function checkpoint(store: StoreDirectory, point: AppliedPoint): Promise<AppliedPoint> {
	return new Promise((resolve) => assert.ok(store.startCheckpoint(point, resolve)));
}

const refusedAs =
	(reason: string, message: RegExp) =>
	(error: unknown): boolean =>
		error instanceof FatalError && error.reason === reason && message.test(error.message);

it('store: opening: a new store is empty, checkpointed at 0, and named by CURRENT', () => {
	const store = open();
	assert.deepEqual([store.generation, store.checkpointed], [1, pointAt(0, 0)]);
	assert.equal(fs.readFileSync(path.join(base, 'store', 'CURRENT'), 'utf8'), '1\n');
	assert.ok(fs.existsSync(path.join(store.path, 'checkpoint')));
});

it('store: opening: starts from the last checkpoint, not from the last commit', () => {
	const first = open();
	put(first, 'a');
	first.checkpointNow(pointAt(7, 3));
	const kept = digest(first.engine);
	put(first, 'b');
	close(first);
	const second = open({ isLogEmpty: false });
	assert.deepEqual([digest(second.engine), second.checkpointed], [kept, pointAt(7, 3)]);
});

it('store: opening: again and again without a checkpoint in between gives the same state', () => {
	let store = open();
	put(store, 'a', 10_000);
	store.checkpointNow(pointAt(1));
	const kept = digest(store.engine);
	const seen: string[] = [];
	for (let round = 0; round < 5; round++) {
		close(store);
		store = open();
		seen.push(digest(store.engine));
		for (let i = 0; i < 50; i++) {
			put(store, `round ${round} ${i}`, 5_000);
		}
	}
	assert.deepEqual(seen, [kept, kept, kept, kept, kept]);
});

it('store: opening: a tree that a later version adds is empty', () => {
	const first = open({ trees: ['latest'] });
	put(first, 'a');
	first.checkpointNow(pointAt(1));
	close(first);
	const second = open();
	const found = second.engine.read((view) => [view.get(LATEST, key('a'))?.length, view.get(HISTORY, key('a'))]);
	assert.deepEqual(found, [8, null]);
});

it('store: opening: without CURRENT it is refused, unless the log is empty too', () => {
	close(open());
	fs.rmSync(path.join(base, 'store', 'CURRENT'));
	assert.throws(() => open({ isLogEmpty: false }), refusedAs('store_damaged', /CURRENT.*log is not empty/));
	assert.equal(open({ isLogEmpty: true }).generation, 1);
});

it('store: opening: without a checkpoint file it is refused, unless the log is empty too', () => {
	const store = open();
	close(store);
	fs.rmSync(path.join(store.path, 'checkpoint'));
	assert.throws(() => open({ isLogEmpty: false }), refusedAs('store_damaged', /log is not empty/));
	assert.equal(open({ isLogEmpty: true }).checkpointed.index, 0);
});

it('store: opening: without its data file it is refused', () => {
	const store = open();
	close(store);
	fs.rmSync(path.join(store.path, 'data.mdb'));
	assert.throws(() => open(), refusedAs('store_damaged', /no data.mdb/));
});

it('store: opening: one damaged copy in the checkpoint file costs nothing, two are refused', () => {
	const store = open();
	put(store, 'a');
	store.checkpointNow(pointAt(5));
	close(store);
	const file = path.join(store.path, 'checkpoint');
	flip(file, 100);
	const second = open();
	assert.equal(second.checkpointed.index, 5);
	close(second);
	flip(file, 8_192 + 100);
	assert.throws(() => open(), refusedAs('store_damaged', /no copy/));
});

function flip(file: string, at: number): void {
	const bytes = fs.readFileSync(file);
	bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
	fs.writeFileSync(file, bytes);
}

it('store: opening: an LMDB format that this version does not know is refused, and nothing is touched', () => {
	const store = open();
	close(store);
	const file = path.join(store.path, 'checkpoint');
	const bytes = fs.readFileSync(file);
	for (const copy of [bytes.subarray(0, 8_192), bytes.subarray(8_192)]) {
		copy.writeUInt32LE(3, 64 + 28);
		copy.writeUInt32LE(crc32(copy.subarray(0, 8_188)), 8_188);
	}
	fs.writeFileSync(file, bytes);
	const data = fs.readFileSync(path.join(store.path, 'data.mdb'));
	assert.throws(() => open(), refusedAs('data_dir_unusable', /LMDB format 3/));
	assert.ok(data.equals(fs.readFileSync(path.join(store.path, 'data.mdb'))));
});

it('store: opening: what is not a generation number in CURRENT is refused', () => {
	close(open());
	fs.writeFileSync(path.join(base, 'store', 'CURRENT'), '../1\n');
	assert.throws(() => open(), refusedAs('store_damaged', /does not name a generation/));
});

it('store: opening: left-over generations, temporary files and spools are removed', () => {
	close(open());
	const left = ['store/2/data.mdb', 'store/CURRENT.1-1.tmp', 'store/1/checkpoint.1-2.tmp', 'spool/3-1-1.spool'].map((name) => path.join(base, name));
	for (const file of left) {
		fs.mkdirSync(path.dirname(file), { recursive: true });
		fs.writeFileSync(file, 'x');
	}
	open();
	assert.deepEqual(left.filter(fs.existsSync), []);
	assert.ok(!fs.existsSync(path.join(base, 'store', '2')));
});

it('store: checkpoint: off the thread, it holds what was committed when it began', async () => {
	const store = open();
	put(store, 'a');
	const kept = digest(store.engine);
	const done = checkpoint(store, pointAt(1));
	put(store, 'b');
	assert.deepEqual([store.checkpointed.index, (await done).index, store.checkpointed.index], [0, 1, 1]);
	close(store);
	assert.equal(digest(open().engine), kept);
});

it('store: checkpoint: one at a time, and none when nothing was committed', async () => {
	const store = open();
	const nothing = store.startCheckpoint(pointAt(1), () => assert.fail('nothing was begun'));
	put(store, 'a');
	const first = checkpoint(store, pointAt(1));
	put(store, 'b');
	const second = store.startCheckpoint(pointAt(2), () => assert.fail('nothing was begun'));
	await first;
	assert.deepEqual([nothing, second], [false, false]);
	assert.equal((await checkpoint(store, pointAt(2))).index, 2);
});

it('store: checkpoint: one on the thread takes the place of one that is being flushed', async () => {
	const store = open();
	put(store, 'a');
	const first = checkpoint(store, pointAt(1));
	put(store, 'b');
	store.checkpointNow(pointAt(2));
	const kept = digest(store.engine);
	assert.equal((await first).index, 2);
	put(store, 'c');
	close(store);
	const second = open();
	assert.deepEqual([digest(second.engine), second.checkpointed.index], [kept, 2]);
});

it('store: checkpoint: a store that is closed under a running checkpoint opens at the former', async () => {
	const store = open();
	put(store, 'a');
	store.checkpointNow(pointAt(1));
	const kept = digest(store.engine);
	put(store, 'b');
	store.startCheckpoint(pointAt(2), () => assert.fail('a closed store says nothing'));
	close(store);
	const second = open();
	assert.deepEqual([digest(second.engine), second.checkpointed.index], [kept, 1]);
	await new Promise((resolve) => setImmediate(resolve));
});

it('store: checkpoint: is due a second after the last one began, if something was committed', () => {
	const clock = new TestClock();
	const store = open({}, clock);
	clock.milliseconds = 5_000;
	const idle = store.isCheckpointDue();
	put(store, 'a');
	const written = store.isCheckpointDue();
	store.checkpointNow(pointAt(1));
	put(store, 'b');
	clock.milliseconds = 5_999;
	const early = store.isCheckpointDue();
	clock.milliseconds = 6_000;
	assert.deepEqual([idle, written, early, store.isCheckpointDue()], [false, true, false, true]);
});

it('store: checkpoint: is due after 4 MB, though not within 40 ms of the last, and beyond a running one the store must wait at 256 MB', async () => {
	const clock = new TestClock();
	const store = open({}, clock);
	const write = (megabytes: number): void => {
		for (let i = 0; i < megabytes; i++) {
			store.engine.write((view) => view.put(HISTORY, key(`x${i % 4}`), new Uint8Array(2 ** 20)));
		}
	};
	clock.milliseconds = 40;
	write(3);
	const before = store.isCheckpointDue();
	write(2);
	clock.milliseconds = 39;
	const tooSoon = store.isCheckpointDue();
	clock.milliseconds = 40;
	const due = store.isCheckpointDue();
	const waitsWithout = store.mustWait;
	const running = checkpoint(store, pointAt(1));
	const waitsAtOnce = store.mustWait;
	write(260);
	const waits = store.mustWait;
	await running;
	assert.deepEqual([before, tooSoon, due, waitsWithout, waitsAtOnce, waits, store.mustWait], [false, false, true, false, false, true, false]);
});
