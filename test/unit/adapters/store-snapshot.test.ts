import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { openLmdbReader } from '../../../src/adapters/lmdb-engine.ts';
import { readSnapshotHeader } from '../../../src/adapters/snapshot-install.ts';
import { SnapshotSpool } from '../../../src/adapters/snapshot-spool.ts';
import type { StoreDirectory } from '../../../src/adapters/store-directory.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { delay, eventually } from '../../support/eventually.ts';
import { digest, HISTORY, key, LATEST, META, number64, openStore, pointAt, TREES, temporaryDirectory } from '../../support/store-fixture.ts';

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

function open(name: string): StoreDirectory {
	fs.mkdirSync(path.join(base, name), { recursive: true });
	const store = openStore(path.join(base, name));
	opened.push(store);
	return store;
}

/** Some megabytes, with a value that is larger than a chunk. */
function fill(store: StoreDirectory, records = 20_000): void {
	const random = new SeededRandom(11);
	store.engine.write((view) => {
		for (let i = 0; i < records; i++) {
			view.put(LATEST, key(`key/${random.below(1_000_000)}`), number64(i));
			view.put(HISTORY, number64(i), new Uint8Array(random.below(300)).fill(i));
		}
		view.put(META, key('applied'), number64(records));
		view.put(META, new Uint8Array(1_900).fill(255), new Uint8Array(0));
		if (records > 1_000) {
			view.put(HISTORY, number64(2 ** 40), new Uint8Array(3 * 2 ** 20).fill(9));
		}
	});
}

function spool(store: StoreDirectory, index: number): Promise<string | null> {
	return new Promise((resolve) => store.spool(pointAt(index, 2), resolve));
}

/** At the point that the file says it holds, unless told otherwise. */
function install(store: StoreDirectory, file: string, point = readSnapshotHeader(file)?.point ?? pointAt(1)): Promise<boolean> {
	return new Promise((resolve) => store.install(file, point, resolve));
}

async function spooled(store: StoreDirectory, index = 9): Promise<string> {
	const file = await spool(store, index);
	assert.ok(file !== null);
	return file;
}

it('snapshot: roundtrip: another store becomes equal, at the point of the file', async () => {
	const from = open('from');
	fill(from);
	const file = await spooled(from);
	const to = open('to');
	fill(to, 10);
	assert.deepEqual(readSnapshotHeader(file)?.point, pointAt(9, 2));
	assert.equal(await install(to, file), true);
	assert.deepEqual([digest(to.engine), to.checkpointed, to.generation], [digest(from.engine), pointAt(9, 2), 2]);
});

it('snapshot: roundtrip: the installed generation is durable and the former goes when told', async () => {
	const from = open('from');
	fill(from, 500);
	const to = open('to');
	assert.equal(await install(to, await spooled(from)), true);
	const kept = digest(to.engine);
	const former = path.join(base, 'to', 'store', '1');
	assert.ok(fs.existsSync(former));
	to.dropOlderGenerations();
	to.engine.write((view) => view.put(LATEST, key('later'), number64(1)));
	opened.splice(opened.indexOf(to), 1);
	to.close();
	const again = open('to');
	assert.deepEqual([digest(again.engine), again.generation, again.checkpointed.index], [kept, 2, 9]);
	assert.ok(!fs.existsSync(former));
});

it('snapshot: roundtrip: an empty store too', async () => {
	const file = await spooled(open('from'), 0);
	const to = open('to');
	fill(to, 100);
	assert.equal(await install(to, file), true);
	assert.deepEqual([digest(to.engine), to.checkpointed], [digest(opened[0]?.engine ?? to.engine), pointAt(0, 2)]);
});

it('snapshot: install: a file that holds another point than announced is refused, and the store is what it was', async () => {
	const from = open('from');
	fill(from, 500);
	const file = await spooled(from);
	const to = open('to');
	fill(to, 10);
	const before = digest(to.engine);
	assert.equal(await install(to, file, pointAt(9, 3)), false);
	assert.equal(await install(to, file, pointAt(8, 2)), false);
	assert.deepEqual([digest(to.engine), to.generation], [before, 1]);
	assert.equal(await install(to, file), true);
});

it('snapshot: spool: holds what was committed when it was asked for, whatever comes after', async () => {
	const from = open('from');
	fill(from);
	const wanted = digest(from.engine);
	const file = spool(from, 9);
	for (let i = 0; i < 50; i++) {
		from.engine.write((view) => view.put(LATEST, key(`later ${i}`), number64(i)));
	}
	const to = open('to');
	assert.equal(await install(to, (await file) ?? ''), true);
	assert.equal(digest(to.engine), wanted);
});

it('snapshot: spool: a second call shares the file of the first, which goes when both have discarded it', async () => {
	const from = open('from');
	fill(from, 100);
	const asked = await Promise.all(
		[1, 2].map(
			(index) => new Promise<[string | null, number]>((resolve) => from.spool(pointAt(index), (file, point) => resolve([file, point.index]))),
		),
	);
	const file = asked[0]?.[0] ?? '';
	assert.deepEqual(asked, [
		[file, 1],
		[file, 1],
	]);
	from.discardFile(file);
	await delay(0);
	const afterFirst = fs.existsSync(file);
	from.discardFile(file);
	await eventually(() => !fs.existsSync(file), { what: 'the file to go' });
	assert.equal(afterFirst, true);
});

it('snapshot: spool: a directory that cannot be written costs the snapshot, not the store', async () => {
	const from = open('from');
	fs.rmSync(path.join(base, 'from', 'spool'), { recursive: true });
	assert.equal(await spool(from, 1), null);
	fill(from, 10);
	assert.ok(from.engine.read((view) => view.get(META, key('applied'))) !== null);
});

it('snapshot: damage: a file with any region flipped, cut or lengthened is refused, and the store stays as it was', async () => {
	const from = open('from');
	fill(from, 1_000);
	const bytes = fs.readFileSync(await spooled(from));
	const to = open('to');
	fill(to, 10);
	const before = digest(to.engine);
	const headerBytes = 32 + TREES.join('').length + TREES.length + 4;
	const regions = [0, 4, 8, 12, 20, 28, 33, headerBytes - 1, headerBytes, headerBytes + 4, headerBytes + 8, bytes.length >> 1];
	const trailer = [20, 16, 8, 1].map((back) => bytes.length - back);
	const damaged = [...regions, ...trailer].map((at) => {
		const copy = Buffer.from(bytes);
		copy.writeUInt8(copy.readUInt8(at) ^ 0x10, at);
		return copy;
	});
	damaged.push(
		bytes.subarray(0, -1),
		bytes.subarray(0, bytes.length >> 1),
		bytes.subarray(0, headerBytes),
		bytes.subarray(0, 3),
		Buffer.concat([bytes, Buffer.from([0])]),
	);
	const file = path.join(base, 'damaged');
	const accepted: number[] = [];
	for (const [at, content] of damaged.entries()) {
		fs.writeFileSync(file, content);
		if (await install(to, file)) {
			accepted.push(at);
		}
	}
	assert.deepEqual(accepted, []);
	assert.deepEqual([digest(to.engine), to.generation, fs.readdirSync(path.join(base, 'to', 'store')).sort()], [before, 1, ['1', 'CURRENT']]);
});

it('snapshot: damage: a file that is missing is refused', async () => {
	const to = open('to');
	assert.equal(readSnapshotHeader(path.join(base, 'none')), null);
	assert.equal(await install(to, path.join(base, 'none')), false);
});

it('snapshot: install: one that is interrupted leaves the former generation', async () => {
	const from = open('from');
	fill(from);
	const file = await spooled(from);
	const to = open('to');
	fill(to, 10);
	to.checkpointNow(pointAt(1));
	const before = digest(to.engine);
	// What a kill leaves at its worst: a whole new generation with its checkpoint, and CURRENT still the former.
	const cut = path.join(base, 'cut');
	assert.equal(await install(to, file), true);
	fs.cpSync(path.join(base, 'to'), cut, { recursive: true });
	fs.writeFileSync(path.join(cut, 'store', 'CURRENT'), '1\n');
	const again = open('cut');
	assert.deepEqual([digest(again.engine), again.generation, again.checkpointed.index], [before, 1, 1]);
	assert.ok(!fs.existsSync(path.join(cut, 'store', '2')));
});

it('snapshot: install: goes on after a former one, and after a refused one', async () => {
	const from = open('from');
	fill(from, 50);
	const first = await spooled(from, 5);
	fill(from, 70);
	const second = await spooled(from, 6);
	const to = open('to');
	const results = [await install(to, first), await install(to, path.join(base, 'none')), await install(to, second)];
	assert.deepEqual([results, to.generation, to.checkpointed.index, digest(to.engine)], [[true, false, true], 3, 6, digest(from.engine)]);
});

it('snapshot: install: a reader of the former generation goes on with it until it opens the new one', async () => {
	const from = open('from');
	fill(from, 50);
	const file = await spooled(from);
	const to = open('to');
	fill(to, 10);
	const options = { trees: TREES, mapBytes: 2 ** 32 };
	const former = openLmdbReader({ ...options, path: to.path });
	const before = digest(former);
	assert.equal(await install(to, file), true);
	const current = openLmdbReader({ ...options, path: to.path });
	const seen = [digest(former), digest(current)];
	former.close();
	current.close();
	assert.deepEqual(seen, [before, digest(from.engine)]);
});

it('snapshot: spool: one that is cancelled between two slices releases its view and leaves no file', async () => {
	const from = open('from');
	fill(from);
	const pin = from.engine.pin();
	let steps = 0;
	const turn = {
		run: (work: () => void): void => {
			work();
			if (++steps === 2) {
				spooling.cancel();
			}
		},
	};
	const spooling = new SnapshotSpool(path.join(base, 'cut'), pin, { point: pointAt(1), trees: TREES }, turn);
	assert.equal(await spooling.run(), false);
	assert.ok(!fs.existsSync(spooling.path));
	assert.throws(() => pin.get(META, key('applied')), /after its release/);
});

it('snapshot: install: a store that is closed meanwhile says nothing more and stays what it was', async () => {
	const from = open('from');
	fill(from, 2_000);
	const file = await spooled(from);
	const to = open('to');
	fill(to, 10);
	to.checkpointNow(pointAt(3, 1));
	const kept = digest(to.engine);
	const next = path.join(base, 'to', 'store', '2');
	const said: boolean[] = [];
	to.install(file, pointAt(9, 2), (ok) => said.push(ok));
	while (!fs.existsSync(next)) {
		await new Promise((resolve) => setImmediate(resolve));
	}
	opened.splice(opened.indexOf(to), 1);
	to.close();
	while (fs.existsSync(next)) {
		await new Promise((resolve) => setImmediate(resolve));
	}
	await new Promise((resolve) => setImmediate(resolve));
	const again = open('to');
	assert.deepEqual([said, again.generation, digest(again.engine)], [[], 1, kept]);
});
