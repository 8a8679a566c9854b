import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { isWhole, RECORD_HEADER_BYTES, RECORD_KIND, readHeader, sealRecord, spanOf } from '../../../../src/log/journal/record.ts';

const SALT = 0x12345678;
const HEADER = { generation: 2 ** 33 + 1, sequence: 2 ** 40 + 7, previous: 0xdeadbeef, kind: RECORD_KIND.steps };

function sealed(body: readonly number[]): { bytes: Uint8Array; crc: number } {
	const bytes = Uint8Array.of(...new Array<number>(RECORD_HEADER_BYTES).fill(0), ...body);
	return { bytes, crc: sealRecord(bytes, HEADER, SALT, crc32) };
}

function isRecord(bytes: Uint8Array, salt = SALT): boolean {
	const header = readHeader(bytes, 0, salt, crc32);
	return header !== null && isWhole(bytes, 0, header, salt, crc32);
}

test('journal: record: a header reads back as it was written', () => {
	const { bytes, crc } = sealed([1, 2, 3]);
	assert.deepEqual(readHeader(bytes, 0, SALT, crc32), { ...HEADER, length: 3, crc });
});

test('journal: record: a record is whole with its body, and an empty one too', () => {
	assert.deepEqual([isRecord(sealed([1, 2, 3]).bytes), isRecord(sealed([]).bytes)], [true, true]);
});

test('journal: record: each flipped bit is noticed', () => {
	const { bytes } = sealed([1, 2, 3]);
	for (let bit = 0; bit < bytes.length * 8; bit++) {
		const flipped = bytes.slice();
		flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
		assert.equal(isRecord(flipped), false, `bit ${bit}`);
	}
});

test('journal: record: one cut short at any byte is noticed', () => {
	const { bytes } = sealed([1, 2, 3]);
	for (let size = 0; size < bytes.length; size++) {
		assert.equal(isRecord(bytes.slice(0, size)), false, `${size} bytes`);
	}
});

test('journal: record: that of a journal with another salt is none', () => {
	assert.equal(isRecord(sealed([1, 2, 3]).bytes, SALT + 1), false);
});

test('journal: record: zeros are none', () => {
	assert.equal(isRecord(new Uint8Array(256)), false);
});

test('journal: record: records begin at multiples of 64 bytes', () => {
	assert.deepEqual([0, 32, 33, 96, 97].map(spanOf), [64, 64, 128, 128, 192]);
});
