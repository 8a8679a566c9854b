/** Counters of mutations: what each operation counts, done or refused, and that a damaged record is seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FatalError } from '../../../src/base/fatal.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES, TREE } from '../../../src/base/store-trees.ts';
import { STATS_KEY } from '../../../src/v2/layout.ts';
import { V2_OPERATION, type V2Operation } from '../../../src/v2/request-codec.ts';
import { countExpiries, countMutation, readV2Stats } from '../../../src/v2/stats.ts';
import { refuse } from '../../../src/v2/walk.ts';

const FACE = { path: new Uint8Array(0), directory: true, value: null, modifiedIndex: 4, createdIndex: 4, expiration: 0 };
const DONE = { ok: true, action: 'set', index: 4, node: FACE, prevNode: null, now: 1, refresh: false } as const;

function countAll(operations: readonly V2Operation[], result: Parameters<typeof countMutation>[2]): Record<string, number> {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	engine.write((view) => {
		for (const operation of operations) {
			countMutation(view, operation, result);
		}
	});
	return Object.fromEntries(Object.entries(engine.read(readV2Stats)).filter(([, count]) => count > 0));
}

test('v2: stats: each operation that is done counts once, under its own name', () => {
	assert.deepEqual(countAll(Object.values(V2_OPERATION), DONE), {
		setsSuccess: 1,
		createSuccess: 2,
		updateSuccess: 1,
		compareAndSwapSuccess: 1,
		deleteSuccess: 1,
		compareAndDeleteSuccess: 1,
	});
});

test('v2: stats: each operation that is refused counts once, and a creation below a file as a failed set too', () => {
	const { set, create, delete: remove } = V2_OPERATION;
	assert.deepEqual(countAll([set, create, remove], refuse('not_a_directory', new Uint8Array(0), 3)), { setsFail: 2, createFail: 1, deleteFail: 1 });
	assert.deepEqual(countAll([create], refuse('already_exists', new Uint8Array(0), 3)), { createFail: 1 });
});

test('v2: stats: a flipped byte is a fault of the store', () => {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	engine.write((view) => {
		countExpiries(view, 2);
		assert.equal(readV2Stats(view).expireCount, 2);
		const bytes = Uint8Array.from(view.get(TREE.v2, STATS_KEY) ?? []);
		bytes[bytes.length - 1] = 9;
		view.put(TREE.v2, STATS_KEY, bytes);
	});
	assert.throws(() => engine.read(readV2Stats), FatalError);
});
