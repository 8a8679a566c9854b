import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HashKv } from '../../../src/mvcc/hash-kv.ts';
import { deleteRange, put, TEST_KEY_LIMIT, txn } from './arbitraries.ts';
import { Model, type ModelEvent, type ModelKv } from './model.ts';
import { Subject } from './subject.ts';

/** CRC-32C bit by bit. */
function crc32c(bytes: Uint8Array): number {
	let crc = 0xffffffff;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) {
			crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
		}
	}
	return (crc ^ 0xffffffff) >>> 0;
}

function varint(value: number): number[] {
	return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function field(tag: number, content: readonly number[] | number): number[] {
	if (typeof content === 'number') {
		return content === 0 ? [] : [tag, ...varint(content)];
	}
	return content.length === 0 ? [] : [tag, ...varint(content.length), ...content];
}

function marshal(key: string, kv: ModelKv | null): number[] {
	const name = field(0x0a, [...Buffer.from(key, 'latin1')]);
	const rest =
		kv === null ? [] : [field(0x10, kv.create), field(0x18, kv.mod), field(0x20, kv.version), field(0x2a, [...Buffer.from(kv.value, 'latin1')])];
	return [...name, ...rest.flat()];
}

function bucketKey({ main, sub, kv }: ModelEvent): number[] {
	const bytes = Buffer.alloc(17);
	bytes.writeBigUInt64BE(BigInt(main), 0);
	bytes.write('_', 8);
	bytes.writeBigUInt64BE(BigInt(sub), 9);
	return kv === null ? [...bytes, 0x74] : [...bytes];
}

/** The records that are the newest of their key at a revision, and no tombstones. */
function keptAt(events: readonly ModelEvent[], revision: number): Set<ModelEvent> {
	const newest = new Map<string, ModelEvent>();
	for (const event of events.filter(({ main }) => main <= revision)) {
		newest.set(event.key, event);
	}
	return new Set([...newest.values()].filter(({ kv }) => kv !== null));
}

/** The recipe of reference/etcd-surface.md 2.9, on a store whose compaction has finished. */
function recipe(model: Model, revision: number): number {
	const compacted = model.compactRevision;
	const physical = keptAt(model.events, compacted);
	const keep = keptAt(model.events, revision);
	const hashed = model.events.filter((event) => {
		if (event.main > revision) {
			return false;
		}
		if (event.main > compacted) {
			return true;
		}
		return keep.size > 0 ? keep.has(event) : physical.has(event);
	});
	return crc32c(Uint8Array.from([...Buffer.from('key'), ...hashed.flatMap((event) => [...bucketKey(event), ...marshal(event.key, event.kv)])]));
}

const step = fc.oneof(
	{ weight: 4, arbitrary: put },
	{ weight: 2, arbitrary: deleteRange },
	txn,
	fc.record({ kind: fc.constant('compact' as const), back: fc.nat({ max: 6 }) }),
);
const history = fc.array(step, { minLength: 1, maxLength: 40, size: 'max' });
type Step = typeof history extends fc.Arbitrary<(infer T)[]> ? T : never;

function play(steps: readonly Step[]): { readonly subject: Subject; readonly model: Model } {
	const subject = new Subject(TEST_KEY_LIMIT);
	const model = new Model();
	for (const each of steps) {
		if (each.kind === 'compact') {
			subject.compact(model.revision - each.back);
			model.compact(model.revision - each.back);
		} else {
			subject.run(each);
			model.run(each);
		}
	}
	return { subject, model };
}

test('mvcc: hash: every readable revision hashes as the recipe says, before, during and after a sweep', () => {
	fc.assert(
		fc.property(history, fc.integer({ min: 1, max: 4 }), fc.nat({ max: 5 }), (steps, page, slices) => {
			const { subject, model } = play(steps);
			for (let i = 0; i < slices; i++) {
				subject.sweep(1);
			}
			for (let revision = Math.max(1, model.compactRevision); revision <= model.revision; revision++) {
				const expected = {
					kind: 'hash_kv',
					revision: model.revision,
					hash: recipe(model, revision),
					compactRevision: model.compactRevision,
					hashRevision: revision,
				};
				assert.deepEqual(subject.hash(revision, page), expected);
			}
		}),
		{ numRuns: 200 },
	);
});

function encode(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

function putOf(key: string, value: string) {
	return { kind: 'put' as const, key: encode(key), value: encode(value), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false };
}

test('mvcc: hash: writes between two pages do not change the hash of a revision', () => {
	const subject = new Subject();
	for (let i = 0; i < 10; i++) {
		subject.run(putOf(`k${i % 4}`, `v${i}`));
	}
	const expected = subject.hash(11, 100);
	const hash = new HashKv(11, subject.latest);
	let outcome = subject.engine.read((view) => hash.step(view, 2));
	for (let i = 0; outcome.kind === 'more'; i++) {
		subject.run(putOf(`k${i % 4}`, 'later'));
		outcome = subject.engine.read((view) => hash.step(view, 2));
	}
	assert.deepEqual({ ...outcome, revision: 11 }, expected);
});

test('mvcc: hash: large values make a page of fewer records', () => {
	const subject = new Subject();
	for (let i = 0; i < 10; i++) {
		subject.run(putOf(`k${i}`, 'v'.repeat(100_000)));
	}
	const hash = new HashKv(11, subject.latest);
	let pages = 0;
	while (subject.engine.read((view) => hash.step(view, 50)).kind === 'more') {
		pages++;
	}
	assert.ok(pages >= 4, `${pages} pages of 50`);
});

test('mvcc: hash: a compaction between two pages starts it over', () => {
	const subject = new Subject();
	for (let i = 0; i < 10; i++) {
		subject.run(putOf(`k${i % 4}`, `v${i}`));
	}
	const hash = new HashKv(11, subject.latest);
	subject.engine.read((view) => hash.step(view, 2));
	subject.engine.read((view) => hash.step(view, 2));
	subject.compact(8);
	while (subject.sweep(2)) {}
	let outcome = subject.engine.read((view) => hash.step(view, 2));
	while (outcome.kind === 'more') {
		outcome = subject.engine.read((view) => hash.step(view, 2));
	}
	assert.deepEqual(outcome, subject.hash(11, 100));
});

test('mvcc: hash: a revision above the current one is refused', () => {
	assert.deepEqual(new Subject().hash(2, 10), { kind: 'refusal', code: 12 });
});

test('mvcc: hash: a revision below the compaction is refused', () => {
	const subject = new Subject();
	subject.run(putOf('a', '1'));
	subject.run(putOf('a', '2'));
	subject.compact(3);
	assert.deepEqual(subject.hash(2, 10), { kind: 'refusal', code: 11 });
});
