/** Files that are no bbolt files, or are damaged: each is refused by an error that names the page, and no walk is endless. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FatalError } from '../../../src/base/fatal.ts';
import { encodeMetaPage, PAGE_BYTES } from '../../../src/bbolt/format.ts';
import { openBbolt, readBbolt, writeBbolt } from '../../support/bbolt-memory.ts';

const RUNS = 400;
const encoder = new TextEncoder();
const FIRST_LEAF = 2;

function sampleFile(): Buffer {
	const pairs = Array.from({ length: 1_000 }, (_, i) => [encoder.encode(String(i).padStart(6, '0')), new Uint8Array(50).fill(i)] as const);
	return Buffer.from(
		writeBbolt([
			['key', pairs],
			['meta', pairs.slice(0, 3)],
		]),
	);
}

function refusal(file: Buffer): string {
	try {
		readBbolt(file);
	} catch (error) {
		assert.ok(error instanceof FatalError && error.reason === 'snapshot_unusable', String(error));
		return error.message;
	}
	return '';
}

/** The first branch page of the sample: the root of its bucket of keys. */
function branchAt(file: Buffer): number {
	for (let at = FIRST_LEAF * PAGE_BYTES; ; at += PAGE_BYTES) {
		if (file.readUInt16LE(at + 8) === 1) {
			return at;
		}
	}
}

test('bbolt: hostile: a file without a meta page is refused', () => {
	assert.match(refusal(Buffer.alloc(0)), /pages 0 and 1/);
	assert.match(refusal(Buffer.alloc(3 * PAGE_BYTES)), /pages 0 and 1/);
});

test('bbolt: hostile: with one meta page damaged the other one counts', () => {
	for (const page of [0, 1]) {
		const file = sampleFile();
		file.fill(0xee, page * PAGE_BYTES + 20, page * PAGE_BYTES + 60);
		assert.equal(refusal(file), '');
	}
});

test('bbolt: hostile: a file that is cut is refused by the first page that is not there', () => {
	const file = sampleFile();
	assert.match(refusal(file.subarray(0, 6 * PAGE_BYTES + 100)), /^page 6: the file has \d+ bytes and ends before it/);
});

test('bbolt: hostile: a page that is its own child is refused', () => {
	const file = sampleFile();
	const at = branchAt(file);
	file.writeBigUInt64LE(BigInt(at / PAGE_BYTES), at + 16 + 8);
	assert.match(refusal(file), /^page \d+: the tree leads to it twice/);
});

test('bbolt: hostile: a page beyond the end is refused', () => {
	const file = sampleFile();
	const at = branchAt(file);
	file.writeBigUInt64LE(2n ** 60n, at + 16 + 8);
	assert.match(refusal(file), /the tree leads to it, and its pages are 2 to/);
});

test('bbolt: hostile: overflow beyond the end is refused before it is read', () => {
	const file = sampleFile();
	file.writeUInt32LE(0xffff_ffff, FIRST_LEAF * PAGE_BYTES + 12);
	assert.match(refusal(file), /^page 2: its 4294967295 overflow pages/);
});

test('bbolt: hostile: an element that points outside its page is refused', () => {
	const file = sampleFile();
	file.writeUInt32LE(0x7fff_ffff, FIRST_LEAF * PAGE_BYTES + 16 + 8);
	assert.match(refusal(file), /^page 2: element 0 lies at/);
});

test('bbolt: hostile: keys out of order are refused', () => {
	const file = sampleFile();
	const first = file.readUInt32LE(FIRST_LEAF * PAGE_BYTES + 16 + 4) + 16;
	file.write('999999', FIRST_LEAF * PAGE_BYTES + first, 'latin1');
	assert.match(refusal(file), /^page 2: key \d+ is out of order/);
});

test('bbolt: hostile: a page of another kind in the tree is refused', () => {
	const file = sampleFile();
	file.writeUInt16LE(0x10, FIRST_LEAF * PAGE_BYTES + 8);
	assert.match(refusal(file), /^page 2: it must be a branch or a leaf/);
});

test('bbolt: hostile: meta pages that promise the impossible are refused', () => {
	const meta = { pageBytes: PAGE_BYTES, root: 3, freelist: 2, pages: 4, transactionId: 0 };
	for (const broken of [
		{ ...meta, pageBytes: 1_000 },
		{ ...meta, pages: 2 ** 40 },
		{ ...meta, root: 2 ** 45 },
		{ ...meta, root: 0 },
	]) {
		const file = Buffer.alloc(4 * PAGE_BYTES);
		file.set(encodeMetaPage(broken).subarray(0, 80), 0);
		assert.match(refusal(file), /page/);
	}
});

test('bbolt: hostile: any bytes changed anywhere give a refusal or some content, never anything else', () => {
	const sample = sampleFile();
	const change = fc.tuple(fc.nat(sample.length - 1), fc.nat(255));
	fc.assert(
		fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
			const file = Buffer.from(sample);
			for (const [at, byte] of changes) {
				file[at] = byte;
			}
			refusal(file);
		}),
		{ numRuns: RUNS },
	);
});

test('bbolt: hostile: any file cut anywhere is refused', () => {
	const sample = sampleFile();
	fc.assert(
		fc.property(fc.nat(sample.length - 1), (size) => assert.notEqual(refusal(sample.subarray(0, size)), '')),
		{ numRuns: RUNS },
	);
});

test('bbolt: reader: it opens what it lists', () => {
	assert.deepEqual(openBbolt(sampleFile()).bucketNames, ['key', 'meta']);
});
