/** What is special of the log that is an engine alone: how its compacted entries go. The rest is in log-store.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Index } from '../../../src/base/brand.ts';
import { entryKey, LOG_TREE } from '../../../src/log/layout.ts';
import { batch, newLogEngine, openLog, point, texts } from '../../support/log-fixtures.ts';

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

const MARK = { salt: 1, sequence: 1, chain: 2, stepsDone: 0, entriesDone: 0 };

test('log: store: what is compacted by now and committed does not come into the engine when the journal is folded', () => {
	const engine = newLogEngine();
	const log = openLog(engine);
	log.fold([{ kind: 'batch', batch: batch({ first: 1, terms: new Array(50).fill(1), commit: 40 }), entriesAt: 0 }], MARK, 30 as Index);
	assert.equal(entriesStored(engine), 20);
	const { before, last } = openLog(engine).contents();
	assert.deepEqual([before, last], [point(30, 1), 50]);
});

test('log: store: what is not committed yet as far as is folded comes in whole, since it may still be cut off', () => {
	const engine = newLogEngine();
	const log = openLog(engine);
	log.fold([{ kind: 'batch', batch: batch({ first: 1, terms: [1, 1, 1, 1], commit: 2 }), entriesAt: 0 }], MARK, 6 as Index);
	assert.deepEqual(openLog(engine).contents().before, point(2, 1));
	log.fold([{ kind: 'batch', batch: batch({ first: 3, truncateFrom: 3, terms: [2, 2, 2, 2, 2], commit: 7 }), entriesAt: 0 }], MARK, 6 as Index);
	const again = openLog(engine);
	assert.deepEqual(again.contents().before, point(6, 2));
	assert.deepEqual(texts(again.read(7 as Index, 8 as Index, 1_000)), ['7@2']);
	assert.equal(entriesStored(engine), 1);
});
