import assert from 'node:assert/strict';
import { it } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Index, Term } from '../../../src/base/brand.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { EngineLogStore } from '../../../src/log/engine-log-store.ts';
import { EntrySurvey } from '../../../src/log/entry-survey.ts';
import { indexOfKey, LOG_TREE, LOG_TREE_NAMES, verifyEntry } from '../../../src/log/layout.ts';
import { batch } from '../../support/log-fixtures.ts';

function surveyOf(engine: MemoryEngine): EntrySurvey {
	const survey = new EntrySurvey();
	engine.read((view) =>
		view.scan(LOG_TREE.entries, new Uint8Array(8), null, (key, record) => {
			const index = indexOfKey(key);
			survey.note(index, verifyEntry(index, record, crc32));
			return true;
		}),
	);
	return survey;
}

it('log: survey: a log that is opened with one holds what it holds without', () => {
	const engine = new MemoryEngine(LOG_TREE_NAMES);
	const log = new EngineLogStore(engine, crc32);
	log.append([batch({ first: 1, terms: [1, 1, 2, 2, 2, 5, 5], term: 5, commit: 6 })]);
	for (const upTo of [0, 2, 3, 5, 6]) {
		log.compact(upTo as Index);
		const opened = new EngineLogStore(engine.fork(), crc32, surveyOf(engine));
		assert.deepEqual(opened.contents(), new EngineLogStore(engine.fork(), crc32).contents(), `compacted up to ${upTo}`);
	}
});

it('log: survey: a gap in what was seen is refused', () => {
	const engine = new MemoryEngine(LOG_TREE_NAMES);
	new EngineLogStore(engine, crc32).append([batch({ first: 1, terms: [1, 1, 1, 1], commit: 4 })]);
	const survey = new EntrySurvey();
	for (const index of [1, 2, 4]) {
		survey.note(index as Index, 1 as Term);
	}
	assert.throws(() => new EngineLogStore(engine, crc32, survey), /entry 3/);
});
