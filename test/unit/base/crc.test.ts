import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { crc32, useCrcOfLong } from '../../../src/base/crc32.ts';
import { crc32c } from '../../../src/base/crc32c.ts';

test('base: crc32: it is zlib’s, continued from any seed', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 50 }), fc.uint8Array({ maxLength: 50 }), (a, b) => {
			assert.equal(crc32(b, crc32(a)), zlibCrc32(Buffer.concat([a, b])));
		}),
	);
});

test('base: crc32: a part of the bytes sums as a copy of that part', () => {
	const bytes = Uint8Array.from({ length: 40 }, (_, i) => i * 7);
	assert.equal(crc32(bytes, 0, 3, 29), zlibCrc32(bytes.slice(3, 29)));
});

test('base: crc32c: the check value of the catalogue', () => {
	assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
});

test('base: crc32c: two parts sum as the whole', () => {
	const bytes = Uint8Array.from({ length: 40 }, (_, i) => i * 11);
	assert.equal(crc32c(bytes.subarray(13), crc32c(bytes.subarray(0, 13))), crc32c(bytes));
});

test('base: crc32: of long inputs another implementation may make the sum, of any part and behind any seed', () => {
	const bytes = Uint8Array.from({ length: 2_000 }, (_, i) => (i * 7) & 0xff);
	const parts = [
		[0, 2_000],
		[3, 1_999],
		[0, 511],
		[1, 513],
	] as const;
	const before = parts.map(([lo, hi]) => crc32(bytes, 12_345, lo, hi));
	let calls = 0;
	useCrcOfLong((part, seed) => {
		calls++;
		return zlibCrc32(part, seed);
	});
	assert.deepEqual(
		parts.map(([lo, hi]) => crc32(bytes, 12_345, lo, hi)),
		before,
	);
	assert.equal(calls, 3);
});
