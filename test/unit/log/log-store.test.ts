/** What every log must do, over each of its forms: an engine alone, and a journal in front of one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Index } from '../../../src/base/brand.ts';
import type { LogStore } from '../../../src/log/log-store.ts';
import { batch, point, texts } from '../../support/log-fixtures.ts';
import { MEDIA } from '../../support/log-media.ts';

const BYTES_MAX = 2 ** 20;

function readAll(log: LogStore): readonly string[] {
	const { before, last } = log.contents();
	return last === before.index ? [] : texts(log.read((before.index + 1) as Index, (last + 1) as Index, BYTES_MAX));
}

for (const [name, open] of Object.entries(MEDIA)) {
	test(`log: ${name}: a new log is empty, of term 0, and opens again as such`, () => {
		const medium = open();
		medium.open();
		const empty = { hardState: { term: 0, vote: 0, commit: 0 }, before: point(0, 0), last: 0, terms: [], mark: null };
		assert.deepEqual(medium.open().contents(), empty);
	});

	test(`log: ${name}: what was appended is there after opening again`, () => {
		const medium = open();
		medium.open().append([batch({ first: 1, terms: [1, 1, 2], vote: 3, commit: 1 }), batch({ first: 4, terms: [4], commit: 2, mark: point(9, 4) })]);
		const log = medium.open();
		assert.deepEqual(log.contents(), {
			hardState: { term: 4, vote: 0, commit: 2 },
			before: point(0, 0),
			last: 4,
			terms: [point(1, 1), point(3, 2), point(4, 4)],
			mark: point(9, 4),
		});
		assert.deepEqual(readAll(log), ['1@1', '2@1', '3@2', '4@4']);
	});

	test(`log: ${name}: all batches of a turn are one transaction`, () => {
		const medium = open();
		const log = medium.open();
		const broken = batch({ first: 9, terms: [1] });
		assert.throws(() => log.append([batch({ first: 1, terms: [1, 1] }), broken]), /entry 9 appended after entry 2/);
		assert.equal(medium.open().contents().last, 0);
	});

	test(`log: ${name}: after a write that failed, nothing more is written`, () => {
		const log = open().open();
		assert.throws(() => log.append([batch({ first: 9, terms: [1] })]));
		assert.throws(() => log.append([batch({ first: 1, terms: [1] })]), /after one that failed/);
	});

	test(`log: ${name}: entries from truncateFrom on give way to those of the batch`, () => {
		const medium = open();
		const log = medium.open();
		log.append([batch({ first: 1, terms: [1, 1, 1, 1], commit: 1 })]);
		log.append([batch({ truncateFrom: 3, first: 3, terms: [2], label: 'new ', commit: 1 })]);
		assert.deepEqual(readAll(medium.open()), ['1@1', '2@1', 'new 3@2']);
	});

	test(`log: ${name}: truncation at the commit index is refused`, () => {
		const log = open().open();
		log.append([batch({ first: 1, terms: [1, 1], commit: 2 })]);
		assert.throws(() => log.append([batch({ truncateFrom: 2, commit: 2 })]), /entry 2 is committed/);
	});

	test(`log: ${name}: a second vote in one term is refused`, () => {
		const log = open().open();
		log.append([batch({ term: 3, vote: 1 })]);
		assert.throws(() => log.append([batch({ term: 3, vote: 2 })]), /vote for 2 after 1 in term 3/);
	});

	test(`log: ${name}: a term, and a commit index, that go back are refused`, () => {
		const log = open().open();
		log.append([batch({ first: 1, terms: [3, 3], commit: 2 })]);
		assert.throws(() => log.append([batch({ term: 2, commit: 2 })]), /term 2 after term 3/);
		const other = open().open();
		other.append([batch({ first: 1, terms: [3, 3], commit: 2 })]);
		assert.throws(() => other.append([batch({ term: 3, commit: 1 })]), /commit index 1 after 2/);
	});

	test(`log: ${name}: a commit index beyond the last entry is refused`, () => {
		const log = open().open();
		assert.throws(() => log.append([batch({ first: 1, terms: [1], commit: 2 })]), /beyond the last entry 1/);
	});

	test(`log: ${name}: an entry of a term before the one it follows is refused, across a compaction too`, () => {
		const log = open().open();
		log.append([batch({ first: 1, terms: [5], commit: 1 })]);
		log.compact(1 as Index);
		assert.throws(() => log.append([batch({ first: 2, terms: [4], term: 5, commit: 1 })]), /term 4 after term 5/);
	});

	test(`log: ${name}: a read returns at least one entry, and stops before the bytes are exceeded`, () => {
		const log = open().open();
		log.append([batch({ first: 1, terms: [1, 1, 1] })]);
		assert.deepEqual(texts(log.read(2 as Index, 4 as Index, 1)), ['2@1']);
		assert.deepEqual(texts(log.read(1 as Index, 4 as Index, 31)), ['1@1', '2@1']);
		assert.deepEqual(texts(log.read(1 as Index, 3 as Index, BYTES_MAX)), ['1@1', '2@1']);
	});

	test(`log: ${name}: a read of compacted entries, or beyond the end, is empty`, () => {
		const log = open().open();
		log.append([batch({ first: 1, terms: [1, 1, 1], commit: 3 })]);
		log.compact(2 as Index);
		assert.deepEqual(texts(log.read(2 as Index, 4 as Index, BYTES_MAX)), []);
		assert.deepEqual(texts(log.read(4 as Index, 6 as Index, BYTES_MAX)), []);
	});

	test(`log: ${name}: a compacted log begins after the point, keeps its term, and knows at least that commit index`, () => {
		const medium = open();
		const log = medium.open();
		log.append([batch({ first: 1, terms: [1, 1, 2, 2], commit: 1 })]);
		log.compact(3 as Index);
		const found = medium.open().contents();
		assert.deepEqual([found.before, found.last, found.hardState.commit, found.terms], [point(3, 2), 4, 3, [point(4, 2)]]);
	});

	test(`log: ${name}: a reset drops every entry, keeps term and vote, and clears the mark`, () => {
		const medium = open();
		const log = medium.open();
		log.append([batch({ first: 1, terms: [1, 1, 1, 1], term: 4, vote: 2, commit: 1, mark: point(3, 3) })]);
		log.append([batch({ resetTo: point(3, 3), term: 4, vote: 2, commit: 1 })]);
		log.append([batch({ first: 4, terms: [4], vote: 2, commit: 3 })]);
		const again = medium.open();
		const expected = { hardState: { term: 4, vote: 2, commit: 3 }, before: point(3, 3), last: 4, terms: [point(4, 4)], mark: null };
		assert.deepEqual(again.contents(), expected);
		assert.deepEqual(readAll(again), ['4@4']);
	});

	test(`log: ${name}: a mark with index 0 clears the one before`, () => {
		const medium = open();
		const log = medium.open();
		log.append([batch({ first: 1, terms: [1], commit: 1, mark: point(9, 1) })]);
		log.append([batch({ mark: point(0, 0), commit: 1 })]);
		log.append([batch({ first: 2, terms: [1], commit: 1 })]);
		assert.deepEqual([log.contents().mark, medium.open().contents().mark], [null, null]);
	});

	test(`log: ${name}: a reset to a committed entry is refused`, () => {
		const log = open().open();
		log.append([batch({ first: 1, terms: [1, 1], commit: 2 })]);
		assert.throws(() => log.append([batch({ resetTo: point(2, 1), commit: 2 })]), /entry 2 is committed/);
	});

	test(`log: ${name}: an entry of many megabytes is kept whole`, () => {
		const medium = open();
		const payload = new Uint8Array(8 * 2 ** 20).fill(7);
		const one = batch({ first: 1, terms: [1] });
		medium.open().append([{ ...one, entries: { ...one.entries, payloads: [payload] } }]);
		assert.deepEqual(medium.open().read(1 as Index, 2 as Index, 1).payloads[0], payload);
	});
}
