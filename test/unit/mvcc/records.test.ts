import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Tree } from '../../../src/base/engine.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { TREE } from '../../../src/base/store-trees.ts';
import { type LatestRecord, latestSize, readLatest, writeLatest } from '../../../src/mvcc/latest-record.ts';
import type { RangeOperation } from '../../../src/mvcc/operations.ts';
import { decodeKeyValue, encodeKeyValue } from '../../../src/mvcc/stored-key-value.ts';
import { mvccpb } from '../../../src/rpc/generated/messages.js';
import { Subject } from './subject.ts';

const revision = fc.nat({ max: 2 ** 48 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const keyValue = fc.record({
	key: fc.uint8Array({ minLength: 1, maxLength: 200 }),
	createRevision: revision,
	modRevision: revision,
	version: revision,
	value: fc.uint8Array({ maxLength: 200 }),
	lease: fc.oneof(fc.constant(0n), int64),
});

test('mvcc: stored key-value: it is what the generated module marshals, byte for byte', () => {
	fc.assert(
		fc.property(keyValue, (kv) => {
			const message = { key: kv.key, create_revision: kv.createRevision, mod_revision: kv.modRevision, version: kv.version, value: kv.value };
			const lease = { low: Number(BigInt.asIntN(32, kv.lease)), high: Number(BigInt.asIntN(32, kv.lease >> 32n)), unsigned: false };
			const expected = mvccpb.KeyValue.encode({ ...message, lease } as never).finish();
			assert.deepEqual(Buffer.from(encodeKeyValue(kv)), Buffer.from(expected));
		}),
	);
});

test('mvcc: stored key-value: it comes back as it was', () => {
	fc.assert(
		fc.property(keyValue, (kv) => {
			assert.deepEqual(decodeKeyValue(encodeKeyValue(kv)), { ...kv });
		}),
	);
});

const latest: fc.Arbitrary<LatestRecord> = fc
	.record({
		tombstone: fc.boolean(),
		depth: fc.nat({ max: 2 ** 31 - 1 }),
		create: revision,
		main: fc.integer({ min: 1, max: 2 ** 48 - 1 }),
		sub: fc.nat({ max: 2 ** 31 }),
		version: revision,
		jumpMain: revision,
		jumpSub: fc.nat({ max: 2 ** 31 }),
		lease: fc.oneof(fc.constant(0n), int64),
	})
	.map((record) => ({ ...record, create: Math.min(record.create, record.main) }));

test('mvcc: latest record: it comes back as it was, from any offset', () => {
	fc.assert(
		fc.property(latest, fc.nat({ max: 5 }), (record, at) => {
			const bytes = new Uint8Array(at + latestSize(record));
			assert.equal(writeLatest(bytes, at, record), bytes.length);
			assert.deepEqual(readLatest(bytes, at), record);
		}),
	);
});

function encode(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

function putOf(key: string | Uint8Array, value: string) {
	const bytes = typeof key === 'string' ? encode(key) : key;
	return { kind: 'put' as const, key: bytes, value: encode(value), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false };
}

function rangeOf(key: Uint8Array, rangeEnd: Uint8Array, at = 0): RangeOperation {
	const bounds = { minModRevision: 0, maxModRevision: 0, minCreateRevision: 0, maxCreateRevision: 0 };
	return {
		kind: 'range',
		key,
		rangeEnd,
		limit: 0,
		revision: at,
		sortOrder: 0,
		sortTarget: 0,
		serializable: false,
		keysOnly: false,
		countOnly: false,
		...bounds,
	};
}

/** A store of two keys with three versions each, of which one record has one bit wrong. */
function damaged(tree: Tree, nth: number, at: number): Subject {
	const subject = new Subject();
	for (let i = 0; i < 6; i++) {
		subject.run(putOf(`k${i % 2}`, `v${i}`));
	}
	subject.engine.write((view) => {
		const records: { readonly key: Uint8Array; readonly value: Uint8Array }[] = [];
		view.scan(tree, new Uint8Array(0), null, (key, value) => records.push({ key: Uint8Array.from(key), value: Uint8Array.from(value) }) > 0);
		const { key, value } = records.at(nth) as { readonly key: Uint8Array; readonly value: Uint8Array };
		value[at < 0 ? value.length + at : at] = (value.at(at) as number) ^ 4;
		view.put(tree, key, value);
	});
	return subject;
}

const all = rangeOf(encode('k'), encode('l'));
const DAMAGE = [
	{ what: 'latest', tree: TREE.latest, nth: 0, at: 20, read: all, says: /tree latest, key 6b30/ },
	{ what: 'the value of the newest version', tree: TREE.history, nth: -1, at: -1, read: all, says: /tree history, key 000000000000000700000000/ },
	{
		what: 'the pointers of a version on the way',
		tree: TREE.history,
		nth: -1,
		at: 8,
		read: { ...all, revision: 3 },
		says: /tree history, key 0000000000000007/,
	},
	{ what: 'the store state', tree: TREE.meta, nth: 0, at: 20, read: all, says: /tree meta/ },
] as const;

for (const { what, tree, nth, at, read, says } of DAMAGE) {
	test(`mvcc: damage: one wrong bit in ${what} is found by a read, which names the record`, () => {
		assert.throws(
			() => damaged(tree, nth, at).run(read),
			(error) => error instanceof FatalError && error.reason === 'store_damaged' && says.test(error.message),
		);
	});
}

test('mvcc: damage: a version that another points to and that is gone is found', () => {
	const subject = new Subject();
	for (let i = 0; i < 6; i++) {
		subject.run(putOf('k', `v${i}`));
	}
	subject.engine.write((view) => view.remove(TREE.history, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0)));
	assert.throws(() => subject.run(rangeOf(encode('k'), new Uint8Array(0), 3)), /no record, though/);
});

test('mvcc: long keys: a key of 1.5 MiB is put, found, listed in its place and deleted', () => {
	const subject = new Subject();
	const long = new Uint8Array(1.5 * 2 ** 20).fill(0x6d);
	for (const key of ['a', 'm', 'z']) {
		subject.run(putOf(key, key));
	}
	subject.run(putOf(long, 'long'));
	const listed = subject.run(rangeOf(Uint8Array.of(0), Uint8Array.of(0)));
	assert.deepEqual(listed.kind === 'range' && listed.kvs.map(({ value }) => value), ['a', 'm', 'long', 'z']);
	subject.run({ kind: 'delete_range', key: long, rangeEnd: new Uint8Array(0), prevKv: false });
	const left = subject.run(rangeOf(Uint8Array.of(0), Uint8Array.of(0)));
	assert.equal(left.kind === 'range' && left.count, 3);
});

test('mvcc: old revisions: one of 4,096 versions is found in a few dozen reads', () => {
	const subject = new Subject();
	for (let i = 0; i < 4_096; i++) {
		subject.run(putOf('k', `v${i}`));
	}
	const reads = Array.from({ length: 4_096 }, (_, i) => i + 2).map((at) =>
		subject.engine.read((view) => {
			let count = 0;
			const counting = {
				...view,
				scan: view.scan.bind(view),
				scanBack: view.scanBack.bind(view),
				get: (tree: Tree, key: Uint8Array) => {
					count++;
					return view.get(tree, key);
				},
			};
			const result = subject.readOn(counting, rangeOf(encode('k'), new Uint8Array(0), at));
			assert.equal(result.kind === 'range' && result.kvs.length, 1);
			return count;
		}),
	);
	// A skew-binary list of n takes at most 2 log2 n steps back, here 24; store state, latest and the record itself come on top.
	assert.ok(Math.max(...reads) <= 30, `${Math.max(...reads)} reads`);
});
