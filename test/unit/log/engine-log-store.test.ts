/** What is special of the log that is an engine alone: how its compacted entries go. The rest is in log-store.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Index } from '../../../src/base/brand.ts';
import { entryKey, LOG_TREE } from '../../../src/log/layout.ts';
import { batch, newLogEngine, openLog } from '../../support/log-fixtures.ts';

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
