import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Index, Term } from '../../../src/base/brand.ts';
import { compareBytes } from '../../../src/base/bytes.ts';
import { type DecodedEntry, decodeEntry, decodeMeta, encodeEntry, encodeMeta, entryKey, indexOfKey, META } from '../../../src/log/layout.ts';
import { ENTRY_KIND } from '../../../src/raft/state.ts';

const LARGE = (2 ** 33 + 17) as Index;
const entry: DecodedEntry = { term: (2 ** 40 + 3) as Term, kind: ENTRY_KIND.membership, payload: Uint8Array.of(1, 2, 3) };

test('log: layout: an entry reads back as it was written, beyond 32 bits too', () => {
	assert.deepEqual(decodeEntry(LARGE, encodeEntry(LARGE, entry, crc32), crc32), entry);
});

test('log: layout: an empty payload is a record of a header alone', () => {
	const empty = { ...entry, payload: new Uint8Array(0) };
	assert.deepEqual(decodeEntry(LARGE, encodeEntry(LARGE, empty, crc32), crc32), empty);
});

test('log: layout: keys order as their indexes do', () => {
	const indexes = [0, 1, 255, 256, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
	for (let i = 1; i < indexes.length; i++) {
		assert.ok(compareBytes(entryKey(indexes[i - 1] as Index), entryKey(indexes[i] as Index)) < 0, `${indexes[i - 1]} < ${indexes[i]}`);
		assert.equal(indexOfKey(entryKey(indexes[i] as Index)), indexes[i]);
	}
});

test('log: layout: each flipped bit of an entry is noticed', () => {
	const record = encodeEntry(LARGE, entry, crc32);
	for (let bit = 0; bit < record.length * 8; bit++) {
		const flipped = record.slice();
		flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
		assert.throws(() => decodeEntry(LARGE, flipped, crc32), { reason: 'log_damaged' }, `bit ${bit}`);
	}
});

test('log: layout: a record under the key of another entry is noticed', () => {
	const record = encodeEntry(LARGE, entry, crc32);
	assert.throws(() => decodeEntry((LARGE + 1) as Index, record, crc32), { reason: 'log_damaged', message: new RegExp(`entry ${LARGE + 1}`) });
});

test('log: layout: a record cut short at any byte is noticed', () => {
	const record = encodeEntry(LARGE, entry, crc32);
	for (let size = 0; size < record.length; size++) {
		assert.throws(() => decodeEntry(LARGE, record.slice(0, size), crc32), { reason: 'log_damaged' }, `${size} bytes`);
	}
});

test('log: layout: each flipped bit of a meta record is noticed, and the record is named', () => {
	const record = encodeMeta(META.hardState, [2 ** 41, 3, 2 ** 34, 2 ** 34], crc32);
	assert.deepEqual(decodeMeta(META.hardState, record, crc32), [2 ** 41, 3, 2 ** 34, 2 ** 34]);
	for (let bit = 0; bit < record.length * 8; bit++) {
		const flipped = record.slice();
		flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
		assert.throws(() => decodeMeta(META.hardState, flipped, crc32), { reason: 'log_damaged', message: /hard_state/ }, `bit ${bit}`);
	}
});

test('log: layout: a meta record under the name of another is noticed', () => {
	assert.throws(() => decodeMeta(META.mark, encodeMeta(META.before, [7, 1], crc32), crc32), { reason: 'log_damaged', message: /mark/ });
});
