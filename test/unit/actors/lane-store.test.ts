import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneStore } from '../../../src/actors/lane-store.ts';
import { toIndex } from '../../../src/base/brand.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import { readStoreState, writeStoreState } from '../../../src/mvcc/store-state.ts';

/** A store on another thread, which commits one more entry while the lane looks. */
function committingStore(): { readonly subject: LaneStore; readonly applied: () => number } {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	const commit = (): void =>
		engine.write((view) => writeStoreState(view, { ...readStoreState(view), appliedIndex: readStoreState(view).appliedIndex + 1 }));
	const reader = {
		read: <T>(work: Parameters<typeof engine.read<T>>[0]): T => {
			const result = engine.read(work);
			commit();
			return result;
		},
		pin: () => engine.pin(),
		close: () => {},
	};
	const subject = new LaneStore({ openGeneration: () => reader });
	subject.settled(1, toIndex(0));
	return { subject, applied: () => engine.read((view) => readStoreState(view).appliedIndex) };
}

test('lane: store: nothing is read before the store has committed what was answered', () => {
	const { subject, applied } = committingStore();
	subject.promised(toIndex(5));
	assert.ok(subject.reader);
	assert.ok(applied() >= 5 && subject.applied >= 5, `read at ${applied()}`);
});

test('lane: store: without a promise nobody waits', () => {
	const { subject, applied } = committingStore();
	const before = applied();
	assert.ok(subject.reader);
	assert.equal(applied(), before);
});
