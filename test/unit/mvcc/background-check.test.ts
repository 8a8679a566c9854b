import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadView, Tree } from '../../../src/base/engine.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { STORE_TREE_NAMES, TREE } from '../../../src/base/store-trees.ts';
import { BackgroundCheck } from '../../../src/mvcc/background-check.ts';
import { readHeader, readRevisionKey } from '../../../src/mvcc/history.ts';
import { readStoreState } from '../../../src/mvcc/store-state.ts';
import { Subject } from './subject.ts';

const KEY_LIMIT = 6;
const encoder = new TextEncoder();

class Load {
	readonly subject = new Subject(KEY_LIMIT);
	readonly #random: SeededRandom;

	constructor(seed: number) {
		this.#random = new SeededRandom(seed);
	}

	step(): void {
		const random = this.#random;
		const key = encoder.encode(`${'k'.repeat(random.below(9))}${random.below(12)}`);
		const choice = random.below(20);
		if (choice < 13) {
			const value = new Uint8Array(random.below(30));
			this.subject.raw({ kind: 'put', key, value, lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false });
		} else if (choice < 17) {
			this.subject.raw({ kind: 'delete_range', key, rangeEnd: random.below(2) === 0 ? new Uint8Array(0) : encoder.encode('kkk'), prevKv: false });
		} else if (choice === 17) {
			const { revision, compactRevision } = this.subject.engine.read(readStoreState);
			if (revision > compactRevision + 1) {
				this.subject.compact(compactRevision + 1 + random.below(revision - compactRevision));
			}
		} else {
			this.subject.sweep(1 + random.below(4));
		}
	}
}

/** Reads everything in slices, with other work between them. */
function check(subject: Subject, records: number, between: () => void = () => {}): number {
	const run = new BackgroundCheck(subject.latest);
	let read = 0;
	while (!run.isOver) {
		const slice = subject.engine.read((view) => run.slice(view, records));
		read += slice.hasEnded ? slice.records : 0;
		between();
	}
	return read;
}

test('mvcc: background check: it finds nothing in a store that is written, compacted and swept meanwhile', () => {
	for (let seed = 1; seed <= 6; seed++) {
		const load = new Load(seed);
		for (let round = 0; round < 4; round++) {
			for (let i = 0; i < 40; i++) {
				load.step();
			}
			check(load.subject, 1 + (seed % 7), () => load.step());
		}
	}
});

test('mvcc: background check: it reads every record of a store at rest', () => {
	const load = new Load(5);
	for (let i = 0; i < 200; i++) {
		load.step();
	}
	assert.equal(check(load.subject, 3), recordsOf(load.subject).length);
});

interface Stored {
	readonly tree: Tree;
	readonly key: Uint8Array;
	readonly bytes: Uint8Array;
}

function recordsOf(subject: Subject): Stored[] {
	const records: Stored[] = [];
	subject.engine.read((view) => {
		for (let tree = 0; tree < STORE_TREE_NAMES.length; tree++) {
			view.scan(tree, new Uint8Array(0), null, (key, bytes) => {
				records.push({ tree, key: key.slice(), bytes: bytes.slice() });
				return true;
			});
		}
	});
	return records;
}

/** Whether some request could still be answered from this version: it is a key's newest, or one that may be read follows it. */
function isReadable(view: ReadView, records: readonly Stored[], { key }: Stored): boolean {
	const { compactRevision } = readStoreState(view);
	const at = readRevisionKey(key);
	const next = records.find((each) => {
		const { main, sub } = each.tree === TREE.history ? readRevisionKey(each.key) : { main: 0, sub: 0 };
		const header = each.tree === TREE.history ? readHeader(main, sub, each.bytes) : null;
		return header !== null && header.previousMain === at.main && header.previousSub === at.sub;
	});
	return next === undefined || readRevisionKey(next.key).main > compactRevision;
}

test('mvcc: background check: any one record that is absent is found, but for versions that nobody can read', () => {
	const load = new Load(3);
	for (let i = 0; i < 120; i++) {
		load.step();
	}
	const { subject } = load;
	const found = { missed: 0, seen: 0 };
	const records = recordsOf(subject).filter(({ tree }) => tree === TREE.latest || tree === TREE.history);
	for (const record of records) {
		const isTombstone = record.tree === TREE.history && readHeader(...pair(record.key), record.bytes).tombstone;
		const isNeeded = record.tree === TREE.latest || subject.engine.read((view) => isReadable(view, records, record));
		subject.engine.write((view) => view.remove(record.tree, record.key));
		const isSeen = failsWithDamage(() => check(subject, 7));
		subject.engine.write((view) => view.put(record.tree, record.key, record.bytes));
		assert.ok(isSeen || !isNeeded || isTombstone, `tree ${record.tree}, key ${Buffer.from(record.key).toString('hex')}`);
		found[isSeen ? 'seen' : 'missed']++;
	}
	assert.ok(found.seen > 20, JSON.stringify(found));
});

test('mvcc: background check: any flipped byte of any record is found', () => {
	const load = new Load(4);
	for (let i = 0; i < 120; i++) {
		load.step();
	}
	const { subject } = load;
	for (const [i, record] of recordsOf(subject).entries()) {
		const damaged = record.bytes.slice();
		const at = (i * 31) % damaged.length;
		damaged[at] = (damaged[at] as number) ^ 0x10;
		subject.engine.write((view) => view.put(record.tree, record.key, damaged));
		assert.ok(
			failsWithDamage(() => check(subject, 9)),
			`tree ${record.tree}, byte ${at}`,
		);
		subject.engine.write((view) => view.put(record.tree, record.key, record.bytes));
	}
});

function pair(key: Uint8Array): [number, number] {
	const { main, sub } = readRevisionKey(key);
	return [main, sub];
}

function failsWithDamage(work: () => void): boolean {
	try {
		work();
		return false;
	} catch (error) {
		assert.ok(error instanceof FatalError && error.reason === 'store_damaged', String(error));
		return true;
	}
}
