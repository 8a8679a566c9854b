import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random.ts';
import { TREE } from '../../../src/base/store-trees.ts';
import { isHistoryComplete } from '../../../src/mvcc/compaction.ts';
import { readRevisionKey } from '../../../src/mvcc/history.ts';
import { bytesOf, put, remove } from '../actors/watch-harness.ts';
import { Subject } from './subject.ts';

function revisions(subject: Subject): Set<number> {
	const found = new Set<number>();
	subject.engine.read((view) => {
		view.scan(TREE.history, bytesOf(''), null, (key) => {
			found.add(readRevisionKey(key).main);
			return true;
		});
	});
	return found;
}

test('mvcc: compaction: what it calls complete holds every revision, at each point of a sweep', () => {
	const random = new SeededRandom(3);
	const subject = new Subject();
	for (let round = 0; round < 60; round++) {
		for (let i = random.below(6); i >= 0; i--) {
			const key = 'abc'[random.below(3)] ?? 'a';
			subject.raw(random.below(3) === 0 ? remove(key) : put(key));
		}
		const { revision, compactRevision } = subject.state();
		if (random.below(3) === 0 && revision > compactRevision + 1) {
			subject.compact(compactRevision < 0 ? revision : compactRevision + 1 + random.below(revision - compactRevision));
		}
		subject.sweep(1 + random.below(4));
		const there = revisions(subject);
		const state = subject.state();
		for (let from = 2; from <= state.revision; from++) {
			if (isHistoryComplete(state, from)) {
				for (let each = from; each <= state.revision; each++) {
					assert.ok(there.has(each), `revision ${each}, complete from ${from}, compacted at ${state.compactRevision}, swept to ${state.sweepMain}`);
				}
			}
		}
	}
});

test('mvcc: compaction: history is complete below it until the sweep comes there', () => {
	const subject = new Subject();
	for (let i = 0; i < 6; i++) {
		subject.raw(put('k'));
	}
	subject.compact(6);
	assert.equal(isHistoryComplete(subject.state(), 2), true);
	subject.sweep(3);
	assert.equal(isHistoryComplete(subject.state(), 2), false);
	assert.equal(isHistoryComplete(subject.state(), 5), true);
	subject.sweep(100);
	assert.equal(isHistoryComplete(subject.state(), 5), false);
	assert.equal(isHistoryComplete(subject.state(), 6), true);
});
