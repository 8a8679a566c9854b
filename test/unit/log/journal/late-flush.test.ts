/** A large turn of the log with a journal, whose last flush goes on off the thread: what waits for it, what does not, and what a crash finds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Index } from '../../../../src/base/brand.ts';
import { EngineLogStore } from '../../../../src/log/engine-log-store.ts';
import type { JournalLogStore } from '../../../../src/log/journal/journal-log-store.ts';
import type { Later } from '../../../../src/log/log-store.ts';
import { batch, texts } from '../../../support/log-fixtures.ts';
import { JournalMedium } from '../../../support/log-media.ts';

const BYTES_MAX = 2 ** 20;
const UNWANTED: Later = { done: () => assert.fail('it was durable at once'), always: false };
const IGNORED: Later = { done: () => {}, always: false };

/** As many entries as make a large turn, and not more. */
function large(first: number) {
	return batch({ first, terms: [1, 1, 1], commit: first - 1 });
}

function small(first: number) {
	return batch({ first, terms: [1], commit: first - 1 });
}

/** A log with a large turn under way, behind so many small ones. */
function start(before = 1) {
	const medium = new JournalMedium();
	const log = medium.open();
	for (let i = 0; i < before; i++) {
		log.append([small(i + 1)], UNWANTED);
	}
	let done = 0;
	const isDurable = log.append([large(before + 1)], {
		done: () => {
			done++;
		},
		always: false,
	});
	return { medium, log, isDurable, done: () => done };
}

function readAll(log: JournalLogStore): readonly string[] {
	const { before, last } = log.contents();
	return texts(log.read((before.index + 1) as Index, (last + 1) as Index, BYTES_MAX));
}

test('journal: late flush: a large turn is written at once and durable later; its word comes once, with the flush', () => {
	const { medium, isDurable, done } = start();
	assert.deepEqual([isDurable, medium.disk.isDirty, done()], [false, true, 0]);
	medium.disk.endFlush();
	assert.deepEqual([medium.disk.isDirty, done()], [false, 1]);
});

test('journal: late flush: a small turn, and a large one of a caller that does not wait, are durable at once', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	assert.equal(log.append([small(1), small(2)], UNWANTED), true);
	assert.equal(log.append([large(3)]), true);
	assert.deepEqual([medium.disk.isFlushing, medium.disk.isDirty], [false, false]);
});

test('journal: late flush: a small turn of a caller that has better things to do is durable later', () => {
	const { medium, log } = start();
	medium.disk.endFlush();
	let isDone = false;
	const later: Later = {
		done: () => {
			isDone = true;
		},
		always: true,
	};
	assert.equal(log.append([small(5)], later), false);
	assert.equal(isDone, false);
	medium.disk.endFlush();
	assert.equal(isDone, true);
});

test('journal: late flush: a few entries of many bytes are a large turn too', () => {
	const medium = new JournalMedium();
	const log = medium.open();
	log.append([small(1)]);
	assert.equal(log.append([batch({ first: 2, terms: [1], label: '.'.repeat(medium.options.flushOffAtBytes) })], IGNORED), false);
});

test('journal: late flush: of several records of a turn all but the last are flushed before the next is written', () => {
	const medium = new JournalMedium({ recordBytesMax: 64 });
	const log = medium.open();
	const changes: string[] = [];
	medium.disk.before = (change) => changes.push(change);
	assert.equal(log.append([large(1), large(4), small(7)], IGNORED), false);
	assert.deepEqual(changes, ['write', 'flush', 'write', 'flush', 'write']);
	medium.disk.endFlush();
	assert.deepEqual(changes.slice(5), ['flush']);
});

test('journal: late flush: no record is written while one is under way', () => {
	for (const write of [
		(log: JournalLogStore) => log.append([small(6)]),
		(log: JournalLogStore) => log.compact(1 as Index),
		(log: JournalLogStore) => log.close(),
	]) {
		const { medium, log } = start(2);
		const { writes } = medium.disk;
		assert.throws(() => write(log), /while the one before it is being flushed/);
		assert.equal(medium.disk.writes, writes);
	}
});

test('journal: late flush: what is written can be read before it is flushed', () => {
	const { log } = start(1);
	assert.deepEqual(readAll(log), ['1@1', '2@1', '3@1', '4@1']);
});

/** As a power cut leaves it that takes all that was not flushed. */
function afterPowerCut({ engine, disk, options }: JournalMedium): JournalMedium {
	const found = disk.afterKill();
	for (const { id } of found.list()) {
		found.segment(id).bytes.set(found.segment(id).durable);
	}
	return new JournalMedium(options, { engine: engine.fork(), disk: found });
}

test('journal: late flush: folds and new segments go on meanwhile, and count on nothing that is not flushed', () => {
	let late = 0;
	let folded = 0;
	for (let before = 1; before <= 60; before++) {
		const { medium, log, isDurable } = start(before);
		const expected = readAll(log);
		log.keepUp();
		while (log.sweep(100)) {}
		assert.deepEqual(readAll(afterPowerCut(medium).open()), isDurable ? expected : expected.slice(0, before), `${before} before`);
		late += isDurable ? 0 : 1;
		folded = Math.max(folded, new EngineLogStore(medium.engine.fork(), crc32).contents().last);
	}
	assert.ok(late > 40 && folded > 30, `${late} late flushes, ${folded} entries folded`);
});

test('journal: late flush: the first record of a segment is flushed at once, since the mark of a fold of all before it counts on it', () => {
	const { medium, isDurable } = start(0);
	assert.deepEqual([isDurable, medium.disk.isDirty], [true, false]);
});

test('journal: late flush: who wants to close the log waits for its end, behind the word', () => {
	const { medium, log, done } = start();
	const said: string[] = [];
	log.whenFlushed(() => {
		said.push(`closed after ${done()}`);
		log.close();
	});
	assert.deepEqual(said, []);
	medium.disk.endFlush();
	assert.deepEqual(said, ['closed after 1']);
	assert.equal(medium.open().contents().last, 4);
});

test('journal: late flush: with none under way nobody waits', () => {
	const { medium, log } = start();
	medium.disk.endFlush();
	let isDone = false;
	log.whenFlushed(() => {
		isDone = true;
	});
	assert.equal(isDone, true);
});

test('journal: late flush: after one that failed there is no word, and nothing is written', () => {
	const { medium, log, done } = start();
	medium.disk.before = () => {
		throw new Error('the disk failed');
	};
	assert.throws(() => medium.disk.endFlush(), /the disk failed/);
	medium.disk.before = () => assert.fail('written');
	assert.throws(() => log.append([small(4)]));
	assert.equal(done(), 0);
});
