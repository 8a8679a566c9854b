import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Index } from '../../../src/base/brand.ts';
import { entryKey, LOG_TREE } from '../../../src/log/layout.ts';
import type { LogStore } from '../../../src/log/log-store.ts';
import { batch, newLogEngine, openLog, point, texts } from '../../support/log-fixtures.ts';

const BYTES_MAX = 2 ** 20;

function readAll(log: LogStore): readonly string[] {
	const { before, last } = log.contents();
	return last === before.index ? [] : texts(log.read((before.index + 1) as Index, (last + 1) as Index, BYTES_MAX));
}

function entriesStored(engine: ReturnType<typeof newLogEngine>): number {
	let count = 0;
	engine.read((view) =>
		view.scan(LOG_TREE.entries, entryKey(0 as Index), null, () => {
			count++;
			return true;
		}),
	);
	return count;
}

test('log: store: a new log is empty, of term 0, and opens again as such', () => {
	const engine = newLogEngine();
	openLog(engine);
	const empty = { hardState: { term: 0, vote: 0, commit: 0 }, before: point(0, 0), last: 0, terms: [], mark: null };
	assert.deepEqual(openLog(engine).contents(), empty);
});

test('log: store: what was appended is there after opening again', () => {
	const engine = newLogEngine();
	openLog(engine).append([batch({ first: 1, terms: [1, 1, 2], vote: 3, commit: 1 }), batch({ first: 4, terms: [4], commit: 2, mark: point(9, 4) })]);
	const log = openLog(engine);
	assert.deepEqual(log.contents(), {
		hardState: { term: 4, vote: 0, commit: 2 },
		before: point(0, 0),
		last: 4,
		terms: [point(1, 1), point(3, 2), point(4, 4)],
		mark: point(9, 4),
	});
	assert.deepEqual(readAll(log), ['1@1', '2@1', '3@2', '4@4']);
});

test('log: store: all batches of a turn are one transaction', () => {
	const engine = newLogEngine();
	const log = openLog(engine);
	const broken = batch({ first: 9, terms: [1] });
	assert.throws(() => log.append([batch({ first: 1, terms: [1, 1] }), broken]), /entry 9 appended after entry 2/);
	assert.equal(openLog(engine).contents().last, 0);
});

test('log: store: after a write that failed, nothing more is written', () => {
	const log = openLog(newLogEngine());
	assert.throws(() => log.append([batch({ first: 9, terms: [1] })]));
	assert.throws(() => log.append([batch({ first: 1, terms: [1] })]), /after one that failed/);
});

test('log: store: entries from truncateFrom on give way to those of the batch', () => {
	const engine = newLogEngine();
	const log = openLog(engine);
	log.append([batch({ first: 1, terms: [1, 1, 1, 1], commit: 1 })]);
	log.append([batch({ truncateFrom: 3, first: 3, terms: [2], label: 'new ', commit: 1 })]);
	assert.deepEqual(readAll(openLog(engine)), ['1@1', '2@1', 'new 3@2']);
});

test('log: store: truncation at the commit index is refused', () => {
	const log = openLog(newLogEngine());
	log.append([batch({ first: 1, terms: [1, 1], commit: 2 })]);
	assert.throws(() => log.append([batch({ truncateFrom: 2, commit: 2 })]), /entry 2 is committed/);
});

test('log: store: a second vote in one term is refused', () => {
	const log = openLog(newLogEngine());
	log.append([batch({ term: 3, vote: 1 })]);
	assert.throws(() => log.append([batch({ term: 3, vote: 2 })]), /vote for 2 after 1 in term 3/);
});

test('log: store: a term, and a commit index, that go back are refused', () => {
	const log = openLog(newLogEngine());
	log.append([batch({ first: 1, terms: [3, 3], commit: 2 })]);
	assert.throws(() => log.append([batch({ term: 2, commit: 2 })]), /term 2 after term 3/);
	const other = openLog(newLogEngine());
	other.append([batch({ first: 1, terms: [3, 3], commit: 2 })]);
	assert.throws(() => other.append([batch({ term: 3, commit: 1 })]), /commit index 1 after 2/);
});

test('log: store: a commit index beyond the last entry is refused', () => {
	const log = openLog(newLogEngine());
	assert.throws(() => log.append([batch({ first: 1, terms: [1], commit: 2 })]), /beyond the last entry 1/);
});

test('log: store: an entry of a term before the one it follows is refused, across a compaction too', () => {
	const log = openLog(newLogEngine());
	log.append([batch({ first: 1, terms: [5], commit: 1 })]);
	log.compact(1 as Index);
	assert.throws(() => log.append([batch({ first: 2, terms: [4], term: 5, commit: 1 })]), /term 4 after term 5/);
});

test('log: store: a read returns at least one entry, and stops before the bytes are exceeded', () => {
	const log = openLog(newLogEngine());
	log.append([batch({ first: 1, terms: [1, 1, 1] })]);
	assert.deepEqual(texts(log.read(2 as Index, 4 as Index, 1)), ['2@1']);
	assert.deepEqual(texts(log.read(1 as Index, 4 as Index, 31)), ['1@1', '2@1']);
	assert.deepEqual(texts(log.read(1 as Index, 3 as Index, BYTES_MAX)), ['1@1', '2@1']);
});

test('log: store: a read of compacted entries, or beyond the end, is empty', () => {
	const log = openLog(newLogEngine());
	log.append([batch({ first: 1, terms: [1, 1, 1], commit: 3 })]);
	log.compact(2 as Index);
	assert.deepEqual(texts(log.read(2 as Index, 4 as Index, BYTES_MAX)), []);
	assert.deepEqual(texts(log.read(4 as Index, 6 as Index, BYTES_MAX)), []);
});

test('log: store: a compacted log begins after the point, keeps its term, and knows at least that commit index', () => {
	const engine = newLogEngine();
	const log = openLog(engine);
	log.append([batch({ first: 1, terms: [1, 1, 2, 2], commit: 1 })]);
	log.compact(3 as Index);
	const found = openLog(engine).contents();
	assert.deepEqual([found.before, found.last, found.hardState.commit, found.terms], [point(3, 2), 4, 3, [point(4, 2)]]);
});

test('log: store: compacted entries go by sweeps of a bounded number, and go on after opening again', () => {
	const engine = newLogEngine();
	const log = openLog(engine);
	log.append([batch({ first: 1, terms: new Array(100).fill(1), commit: 100 })]);
	log.compact(90 as Index);
	assert.equal(entriesStored(engine), 100);
	assert.equal(log.sweep(40), true);
	assert.equal(entriesStored(engine), 60);
	const again = openLog(engine);
	assert.equal(again.sweep(40), true);
	assert.equal(again.sweep(40), false);
	assert.equal(entriesStored(engine), 10);
});

test('log: store: appends sweep compacted entries faster than they add new ones', () => {
	const engine = newLogEngine();
	const log = openLog(engine);
	log.append([batch({ first: 1, terms: new Array(100).fill(1), commit: 100 })]);
	log.compact(100 as Index);
	for (let index = 101; index <= 160; index++) {
		log.append([batch({ first: index, terms: [1], commit: 100 })]);
	}
	assert.equal(entriesStored(engine), 60);
});

test('log: store: a reset drops every entry, keeps term and vote, and clears the mark', () => {
	const engine = newLogEngine();
	const log = openLog(engine);
	log.append([batch({ first: 1, terms: [1, 1, 1, 1], term: 4, vote: 2, commit: 1, mark: point(3, 3) })]);
	log.append([batch({ resetTo: point(3, 3), term: 4, vote: 2, commit: 1 })]);
	log.append([batch({ first: 4, terms: [4], vote: 2, commit: 3 })]);
	const again = openLog(engine);
	const expected = { hardState: { term: 4, vote: 2, commit: 3 }, before: point(3, 3), last: 4, terms: [point(4, 4)], mark: null };
	assert.deepEqual(again.contents(), expected);
	assert.deepEqual(readAll(again), ['4@4']);
});

test('log: store: a reset to a committed entry is refused', () => {
	const log = openLog(newLogEngine());
	log.append([batch({ first: 1, terms: [1, 1], commit: 2 })]);
	assert.throws(() => log.append([batch({ resetTo: point(2, 1), commit: 2 })]), /entry 2 is committed/);
});

test('log: store: an entry of many megabytes is kept whole', () => {
	const engine = newLogEngine();
	const payload = new Uint8Array(8 * 2 ** 20).fill(7);
	const one = batch({ first: 1, terms: [1] });
	openLog(engine).append([{ ...one, entries: { ...one.entries, payloads: [payload] } }]);
	assert.deepEqual(openLog(engine).read(1 as Index, 2 as Index, 1).payloads[0], payload);
});
