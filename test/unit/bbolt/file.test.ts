/** The writer and the reader of bbolt files, and what a third party says of what the writer makes: test/clients/snapshot-etcd.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareBytes } from '../../../src/base/bytes.ts';
import { ELEMENT_BYTES, fnv64a, PAGE_BYTES, PAGE_HEADER_BYTES } from '../../../src/bbolt/format.ts';
import { openBbolt, type Pair, readBbolt, writeBbolt } from '../../support/bbolt-memory.ts';

const encoder = new TextEncoder();
const RUNS = 60;

function hex(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('hex');
}

function pair(key: string, value: Uint8Array | string): Pair {
	return [encoder.encode(key), typeof value === 'string' ? encoder.encode(value) : value];
}

function numbered(count: number, valueBytes: number): Pair[] {
	return Array.from({ length: count }, (_, i) => pair(String(i).padStart(8, '0'), new Uint8Array(valueBytes).fill(i)));
}

test('bbolt: format: the checksum is FNV-1a in 64 bits, as in its published vectors', () => {
	assert.equal(fnv64a(encoder.encode('')), 0xcbf29ce484222325n);
	assert.equal(fnv64a(encoder.encode('a')), 0xaf63dc4c8601ec8cn);
	assert.equal(fnv64a(encoder.encode('foobar')), 0x85944171f73967e8n);
});

test('bbolt: writer: a file of one small bucket is two meta pages, a leaf and a free list, to the byte', () => {
	const file = writeBbolt([['b', [pair('k', 'v')]]]);
	assert.equal(file.length, 4 * PAGE_BYTES);
	// magic, version, page size, flags; root page 2 and sequence; free list in 3, 4 pages, transaction 0 and 1.
	const meta = 'edda0ced02000000001000000000000002000000000000000000000000000000030000000000000004000000000000';
	assert.equal(hex(file.subarray(0, 16)), '00000000000000000400000000000000');
	assert.equal(hex(file.subarray(16, 16 + meta.length / 2)), meta);
	assert.equal(hex(file.subarray(PAGE_BYTES, PAGE_BYTES + 16)), '01000000000000000400000000000000');
	const leaf = file.subarray(2 * PAGE_BYTES);
	assert.equal(hex(leaf.subarray(0, 16)), '02000000000000000200010000000000');
	assert.equal(hex(leaf.subarray(16, 32)), '01000000100000000100000032000000');
	// 'b', then the bucket: root 0, sequence 0, and its page within: one element, 16 bytes to its key.
	assert.equal(hex(leaf.subarray(32, 83)), `62${'00'.repeat(16)}000000000000000002000100000000000000000010000000${'01000000'.repeat(2)}6b76`);
	assert.equal(hex(file.subarray(3 * PAGE_BYTES, 3 * PAGE_BYTES + 16)), '03000000000000001000000000000000');
});

test('bbolt: writer: a value of several pages makes its leaf overflow', () => {
	const value = new Uint8Array(3 * PAGE_BYTES).fill(7);
	const file = writeBbolt([['b', [pair('k', value)]]]);
	assert.equal(Buffer.from(file).readUInt32LE(2 * PAGE_BYTES + 12), 3);
	assert.deepEqual(readBbolt(file), [['b', [pair('k', value)]]]);
});

test('bbolt: writer: no branch has one child only, wherever the last page ends', () => {
	const perPage = Math.floor((PAGE_BYTES - PAGE_HEADER_BYTES) / (ELEMENT_BYTES + 8 + 1_300));
	const perBranch = Math.floor((PAGE_BYTES - PAGE_HEADER_BYTES) / (ELEMENT_BYTES + 8));
	for (let extra = 0; extra <= 2; extra++) {
		const file = Buffer.from(writeBbolt([['b', numbered(perPage * (perBranch + extra), 1_300)]]));
		const counts: number[] = [];
		for (let at = 2 * PAGE_BYTES; at < file.length; at += PAGE_BYTES) {
			if (file.readUInt16LE(at + 8) === 1) {
				counts.push(file.readUInt16LE(at + 10));
			}
		}
		assert.ok(counts.length > 0 && Math.min(...counts) >= 2, `${extra} leaves more: branches of ${counts}`);
	}
});

test('bbolt: writer: keys out of order are refused', () => {
	assert.throws(() => writeBbolt([['b', [pair('b', ''), pair('a', '')]]]), /ascending/);
	assert.throws(
		() =>
			writeBbolt([
				['b', []],
				['a', []],
			]),
		/ascending/,
	);
});

test('bbolt: what was written is read back, whatever the keys, the values and the buckets', () => {
	const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
	const value = fc.oneof({ weight: 8, arbitrary: fc.uint8Array({ maxLength: 200 }) }, fc.integer({ min: 900, max: 20_000 }).map(filled));
	const pairs = fc
		.uniqueArray(fc.tuple(bytes, value), { maxLength: 400, selector: ([key]) => hex(key) })
		.map((list) => list.sort(([a], [b]) => compareBytes(a, b)));
	const buckets = fc
		.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_]{1,12}$/), pairs), { maxLength: 12, selector: ([name]) => name })
		.map((list) => list.sort(([a], [b]) => (a < b ? -1 : 1)));
	fc.assert(
		fc.property(buckets, (wanted) => {
			const found = readBbolt(writeBbolt(wanted));
			assert.deepEqual(
				found.map(([name, list]) => [name, list.map(([k, v]) => [hex(k), hex(v)])]),
				wanted.map(([name, list]) => [name, list.map(([k, v]) => [hex(k), hex(v)])]),
			);
		}),
		{ numRuns: RUNS },
	);
});

test('bbolt: a bucket of three levels is read back in order', () => {
	const wanted = numbered(40_000, 100);
	const reader = openBbolt(writeBbolt([['key', wanted]]));
	let i = 0;
	for (const { key, value } of reader.entries('key')) {
		assert.ok(compareBytes(key, (wanted[i] as Pair)[0]) === 0 && value[0] === (i & 0xff), `entry ${i}`);
		i++;
	}
	assert.equal(i, wanted.length);
	assert.deepEqual([...reader.entries('none')], []);
});

function filled(length: number): Uint8Array {
	return new Uint8Array(length).fill(length);
}
