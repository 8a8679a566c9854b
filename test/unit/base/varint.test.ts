import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VarintReader, varint64Size, varintSize, writeVarint, writeVarint64 } from '../../../src/base/varint.ts';

test('base: varint: natural numbers up to 2^53 come back, in as many bytes as announced', () => {
	fc.assert(
		fc.property(fc.maxSafeNat(), (value) => {
			const bytes = new Uint8Array(12);
			const end = writeVarint(bytes, 1, value);
			const reader = new VarintReader(bytes, 1);
			assert.deepEqual([end - 1, reader.next(), reader.at], [varintSize(value), value, end]);
		}),
	);
});

for (const value of [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
	test(`base: varint: the int64 ${value} comes back, in as many bytes as announced`, () => {
		const bytes = new Uint8Array(12);
		const end = writeVarint64(bytes, 1, value);
		assert.deepEqual([end - 1, new VarintReader(bytes, 1).next64()], [varint64Size(value), value]);
	});
}

test('base: varint: a negative int64 takes ten bytes', () => {
	assert.equal(varint64Size(-1n), 10);
});

test('base: varint: one that ends beyond its bytes is a broken promise', () => {
	assert.throws(() => new VarintReader(Uint8Array.of(0x80), 0).next(), /ends beyond its bytes/);
});
