import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readUint32, readUint48, UINT48_MAX, writeUint32, writeUint48 } from '../../../src/base/uint48.ts';

test('base: uint48: every 48-bit number comes back', () => {
	fc.assert(
		fc.property(fc.integer({ min: 0, max: UINT48_MAX }), (value) => {
			const bytes = new Uint8Array(8);
			writeUint48(bytes, 1, value);
			assert.equal(readUint48(bytes, 1), value);
		}),
	);
});

test('base: uint48: byte order is the order of numbers', () => {
	fc.assert(
		fc.property(fc.integer({ min: 0, max: UINT48_MAX }), fc.integer({ min: 0, max: UINT48_MAX }), (a, b) => {
			const [left, right] = [Buffer.alloc(6), Buffer.alloc(6)];
			writeUint48(left, 0, a);
			writeUint48(right, 0, b);
			assert.equal(Buffer.compare(left, right), Math.sign(a - b));
		}),
	);
});

test('base: uint48: one beyond is a broken promise', () => {
	assert.throws(() => writeUint48(new Uint8Array(6), 0, UINT48_MAX + 1), /not a 48-bit number/);
});

test('base: uint32: the greatest comes back unsigned', () => {
	const bytes = new Uint8Array(4);
	writeUint32(bytes, 0, 0xffff_fffe);
	assert.equal(readUint32(bytes, 0), 0xffff_fffe);
});
