import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Index, Term } from '../../../src/base/brand.ts';
import { putCommand, StoreHarness } from './store-harness.ts';

test('store: checkpoint: a due one is begun at the tick with the applied point, and raft hears when it is durable', () => {
	const harness = StoreHarness.founded(1);
	harness.actor.tick();
	harness.environment.due = true;
	harness.actor.tick();
	const [begun] = harness.environment.checkpoints;
	assert.deepEqual([harness.environment.checkpoints.length, begun?.point, harness.all('checkpointed').length], [1, { index: 1, term: 1 }, 0]);
	begun?.done({ index: 1 as Index, term: 1 as Term });
	assert.deepEqual(harness.all('checkpointed'), [{ kind: 'checkpointed', index: 1, term: 1 }]);
});

test('store: checkpoint: one that a batch has made due is begun behind it, and not at the next tick', () => {
	const harness = StoreHarness.founded(1);
	harness.environment.due = true;
	harness.apply([putCommand('a')]);
	harness.actor.flush();
	assert.deepEqual(
		harness.environment.checkpoints.map(({ point }) => point),
		[{ index: 2, term: 1 }],
	);
});
