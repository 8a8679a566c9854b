/** What is special of a log with a journal: its writes, its segments, folding. What every log does is in log-store.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Index } from '../../../../src/base/brand.ts';
import { EngineLogStore } from '../../../../src/log/engine-log-store.ts';
import type { JournalLogStore } from '../../../../src/log/journal/journal-log-store.ts';
import { JournalDisk } from '../../../support/journal-disk.ts';
import { batch, newLogEngine, openLog, point, texts } from '../../../support/log-fixtures.ts';
import { JournalMedium } from '../../../support/log-media.ts';

const BYTES_MAX = 2 ** 20;

function appendMany(log: JournalLogStore, count: number, bytes = 60): void {
	for (let i = 0; i < count; i++) {
		const { last } = log.contents();
		log.append([batch({ first: last + 1, terms: [2], commit: last, label: '.'.repeat(bytes) })]);
	}
}

function foldAll(log: JournalLogStore): void {
	while (log.sweep(100)) {}
}

function readAll(log: Pick<JournalLogStore, 'read' | 'contents'>): readonly string[] {
	const { before, last } = log.contents();
	return texts(log.read((before.index + 1) as Index, (last + 1) as Index, BYTES_MAX));
}

test('journal: store: a turn is one write and one flush, however many batches it has', () => {
	const medium = new JournalMedium({ recordBytesMax: 2 ** 20 });
	const log = medium.open();
	const changes: string[] = [];
	medium.disk.before = (change) => changes.push(change);
	log.append([batch({ first: 1, terms: [1, 1] }), batch({ first: 3, terms: [2] }), batch({ term: 3, vote: 1 })]);
	assert.deepEqual(changes, ['write', 'flush']);
});

test('journal: store: a turn of more bytes than a record may have is several, each flushed before the next is written', () => {
	const medium = new JournalMedium({ recordBytesMax: 64 });
	const log = medium.open();
	const changes: string[] = [];
	medium.disk.before = (change) => changes.push(change);
	log.append([batch({ first: 1, terms: [1, 1, 1] }), batch({ first: 4, terms: [2] })]);
	assert.deepEqual(changes, ['write', 'flush', 'write', 'flush']);
	assert.equal(medium.open().contents().last, 4);
});

test('journal: store: full segments are folded into the engine, and entries read the same before, in between and after', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	appendMany(log, 30);
	const expected = readAll(log);
	const ends = new Set<number>();
	while (log.sweep(1)) {
		ends.add(new EngineLogStore(medium.engine.fork(), crc32).contents().last);
		assert.deepEqual(readAll(log), expected);
	}
	assert.ok(ends.size > 10, `the engine grew by single entries: ${[...ends].join(' ')}`);
	assert.deepEqual(readAll(medium.open()), expected);
});

test('journal: store: a read across engine and journal is bounded by bytes as a whole', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	appendMany(log, 30);
	foldAll(log);
	const { last } = new EngineLogStore(medium.engine.fork(), crc32).contents();
	assert.ok(last > 2 && last < 28, `the engine ends at ${last}`);
	const one = readAll(log)[0]?.length ?? 0;
	const around = log.read((last - 1) as Index, (last + 5) as Index, 4 * (one + 12 + 1));
	assert.equal(around.terms.length, 4);
	assert.equal(log.read((last - 1) as Index, (last + 5) as Index, 2 * (one + 12 + 1)).terms.length, 2);
});

test('journal: store: entries that are compacted before they are folded never reach the engine, and a kill at any write leaves the same log', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	const images: JournalMedium[] = [];
	medium.before = () => images.push(medium.fork());
	appendMany(log, 60);
	log.compact(50 as Index);
	foldAll(log);
	assert.deepEqual(readAll(log).length, 10);
	for (const image of [...images, medium.fork()]) {
		const found = image.open();
		const { before, last } = found.contents();
		assert.ok(before.index <= 50 && last <= 60, `(${before.index}, ${last}]`);
		assert.equal(readAll(found).length, last - before.index);
		foldAll(found);
		assert.equal(readAll(found).length, last - before.index);
	}
	assert.deepEqual(medium.fork().open().contents(), log.contents());
});

test('journal: store: a record of many entries is folded in parts, and a kill between two of them loses nothing', () => {
	const medium = new JournalMedium({ firstSegmentBytes: 4_096, recordBytesMax: 2 ** 20 });
	const log = medium.open();
	log.append([
		batch({ first: 1, terms: new Array(30).fill(1), commit: 25, mark: point(90, 1) }),
		batch({ truncateFrom: 28, first: 28, terms: [2, 2], commit: 29 }),
	]);
	appendMany(log, 40);
	const expected = readAll(log);
	for (let slice = 0; slice < 20; slice++) {
		log.sweep(4);
		const image = medium.fork().open();
		assert.deepEqual(readAll(image), expected);
		foldAll(image);
		assert.deepEqual([readAll(image), image.contents()], [expected, log.contents()]);
	}
});

test('journal: store: an entry larger than a segment gets one that it fits, and is folded like others', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	appendMany(log, 3);
	appendMany(log, 1, 100_000);
	appendMany(log, 30);
	const expected = readAll(log);
	foldAll(log);
	assert.deepEqual([readAll(log), readAll(medium.open())], [expected, expected]);
});

test('journal: store: segments are used again: there are at most four, however much is appended', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	for (let turn = 0; turn < 300; turn++) {
		appendMany(log, 1);
		log.keepUp();
		assert.ok(medium.disk.list().length <= 4);
	}
	assert.equal(readAll(medium.open()).length, 300);
});

test('journal: store: without a slice ever between turns, the turns wait for the room and lose nothing', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	appendMany(log, 300);
	assert.ok(medium.disk.list().length <= 4);
	assert.equal(readAll(medium.open()).length, 300);
});

test('journal: store: a spare is ready before the first segment is full, and a log that is hardly used makes none', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	appendMany(log, 1);
	foldAll(log);
	assert.equal(medium.disk.list().length, 1);
	appendMany(log, 2);
	foldAll(log);
	assert.equal(medium.disk.list().length, 3);
});

test('journal: store: after a stop in order it opens and goes on', () => {
	const medium = new JournalMedium();
	const first = medium.open();
	appendMany(first, 12);
	first.close();
	const again = medium.open();
	appendMany(again, 12);
	assert.equal(readAll(medium.open()).length, 24);
});

test('journal: store: a log from before there was a journal gets an empty one', () => {
	const engine = newLogEngine();
	openLog(engine).append([batch({ first: 1, terms: [1, 1, 2], vote: 3, commit: 1, mark: point(9, 2) })]);
	const expected = openLog(engine).contents();
	const medium = new JournalMedium({}, { engine, disk: new JournalDisk() });
	const log = medium.open();
	assert.deepEqual(log.contents(), expected);
	log.append([batch({ truncateFrom: 3, first: 3, terms: [3], commit: 2, label: 'new ' })]);
	assert.deepEqual(readAll(medium.open()), ['1@1', '2@1', 'new 3@3']);
});

test('journal: store: a damaged byte in a full segment is noticed by the fold, which leaves the engine as it was', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	appendMany(log, 20);
	const { bytes } = medium.disk.segment(1);
	bytes[40] = (bytes[40] as number) ^ 1;
	assert.throws(() => log.sweep(100), { reason: 'log_damaged', message: /journal segment 1, offset 0: record 1 must read back there/ });
	assert.equal(new EngineLogStore(medium.engine.fork(), crc32).contents().last, 0);
});

test('journal: store: a damaged entry is noticed when it is read', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	appendMany(log, 1);
	const { bytes } = medium.disk.segment(1);
	bytes[90] = (bytes[90] as number) ^ 1;
	assert.throws(() => log.read(1 as Index, 2 as Index, BYTES_MAX), { reason: 'log_damaged', message: /entry 1/ });
});
