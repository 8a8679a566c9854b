import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, it } from 'node:test';
import { openLmdbEngine } from '../../../src/adapters/lmdb-engine.ts';
import { readOpeningMetaPage } from '../../../src/adapters/lmdb-meta-page.ts';
import { PageDamage } from '../../../src/adapters/lmdb-page.ts';
import { type Walked, walkPages } from '../../../src/adapters/lmdb-walk.ts';
import { SeededRandom } from '../../../src/base/random.ts';

const TREES = ['one', 'two', 'three'];
const base = fs.mkdtempSync(path.join(os.tmpdir(), 'quorate-walk-'));
let directories = 0;
after(() => fs.rmSync(base, { recursive: true, force: true }));

/** Trees of several levels with overflow pages, freed ones and, in the list of free ones, blocks; and an empty tree. */
function makeEnvironment(seed: number): string {
	const directory = path.join(base, String(directories++));
	const random = new SeededRandom(seed);
	const engine = openLmdbEngine({ path: directory, trees: TREES, mode: 'synced', mapBytes: 2 ** 28 });
	for (let commit = 0; commit < 25; commit++) {
		work(engine, random);
	}
	engine.close();
	return directory;
}

function work(engine: ReturnType<typeof openLmdbEngine>, random: SeededRandom): void {
	engine.write((view) => {
		for (let i = 0; i < 150; i++) {
			view.put(0, Buffer.from(`key ${random.below(4_000)}`), Buffer.alloc(20 + random.below(200), i));
			view.remove(0, Buffer.from(`key ${random.below(4_000)}`));
		}
		view.put(1, Buffer.from(`large ${random.below(12)}`), Buffer.alloc(1_000 + random.below(20_000), 7));
		view.remove(1, Buffer.from(`large ${random.below(12)}`));
	});
}

/** What a walk finds, and a digest of every record in order. */
function walk(file: string, wholeBytesMax = Number.POSITIVE_INFINITY): Walked & { readonly digest: string } {
	const hash = createHash('sha1');
	const descriptor = fs.openSync(file, 'r');
	try {
		const visit = (tree: string, key: Uint8Array, value: Uint8Array): void => {
			hash.update(`${tree} ${key.length} ${value.length} `).update(key).update(value);
		};
		const walked = walkPages({ descriptor, meta: readOpeningMetaPage(descriptor, file), wholeBytesMax, visit });
		return { ...walked, digest: hash.digest('hex') };
	} finally {
		fs.closeSync(descriptor);
	}
}

function digestOf(directory: string): string {
	const hash = createHash('sha1');
	const engine = openLmdbEngine({ path: directory, trees: TREES, mode: 'synced', mapBytes: 2 ** 28 });
	engine.read((view) => {
		for (const tree of TREES.toSorted()) {
			view.scan(TREES.indexOf(tree), new Uint8Array(0), null, (key, value) => {
				hash.update(`${tree} ${key.length} ${value.length} `).update(key).update(value);
				return true;
			});
		}
	});
	engine.close();
	return hash.digest('hex');
}

for (const seed of [1, 2, 3]) {
	it(`lmdb: walk: seed ${seed}: what it reads is what LMDB reads, record by record`, () => {
		const directory = makeEnvironment(seed);
		const { digest, isWhole } = walk(path.join(directory, 'data.mdb'));
		assert.deepEqual([digest, isWhole], [digestOf(directory), true]);
	});
}

it('lmdb: walk: beyond its bound it reads how the trees begin, and says that it left something out', () => {
	const { isWhole, trees, usedBytes } = walk(path.join(makeEnvironment(4), 'data.mdb'), 4_096);
	assert.equal(isWhole, false);
	assert.deepEqual(trees.map(({ name }) => name).sort(), TREES.toSorted());
	assert.ok(usedBytes > 100_000, String(usedBytes));
});

it('lmdb: walk: a file that lacks its end is damage', () => {
	const file = path.join(makeEnvironment(5), 'data.mdb');
	fs.truncateSync(file, 4_096 * 40);
	assert.throws(() => walk(file), PageDamage);
});

it('lmdb: walk: a byte that it lets pass, in any used page, harms no later work of LMDB either', () => {
	const directory = makeEnvironment(6);
	const whole = walk(path.join(directory, 'data.mdb'));
	const bytes = fs.readFileSync(path.join(directory, 'data.mdb'));
	const random = new SeededRandom(6);
	const passed = { seen: 0, unchanged: 0 };
	for (let flip = 0; flip < 400; flip++) {
		const image = Buffer.from(bytes);
		const at = random.below(image.length);
		image.writeUInt8(image.readUInt8(at) ^ (1 << random.below(8)), at);
		const flipped = path.join(base, `flip-${flip}`);
		fs.mkdirSync(flipped);
		fs.writeFileSync(path.join(flipped, 'data.mdb'), image);
		let found: string | null = null;
		try {
			found = walk(path.join(flipped, 'data.mdb')).digest;
		} catch {
			passed.seen++;
		}
		// A changed value is for the record's own checksum to see.
		if (found === whole.digest) {
			passed.unchanged++;
			if (passed.unchanged % 8 === 0) {
				const engine = openLmdbEngine({ path: flipped, trees: TREES, mode: 'synced', mapBytes: 2 ** 28 });
				for (let commit = 0; commit < 5; commit++) {
					work(engine, random);
				}
				engine.close();
				assert.equal(walk(path.join(flipped, 'data.mdb')).digest, digestOf(flipped), `the flip at ${at}`);
			}
		}
		fs.rmSync(flipped, { recursive: true });
	}
	assert.ok(passed.seen > 10 && passed.unchanged > 10, JSON.stringify(passed));
});
