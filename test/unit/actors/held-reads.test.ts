import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneHolds } from '../../../src/actors/lane-holds.ts';
import { readStoreState } from '../../../src/mvcc/store-state.ts';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { NOTHING_HELD } from '../../../src/protocol/hold-messages.ts';
import { encodeCompact } from '../../../src/rpc/kv-codec.ts';
import { command, putCommand, requestId, StoreHarness } from './store-harness.ts';

/** A store with 20 versions of a key, compacted at the 18th, whose sweep has not begun. */
function compacted(): StoreHarness {
	const harness = StoreHarness.founded(2);
	harness.apply(Array.from({ length: 20 }, () => putCommand('a')));
	harness.actor.flush();
	harness.posted.length = 0;
	harness.apply([command({ kind: COMMAND_KIND.compact, body: encodeCompact(18) })]);
	harness.actor.flush();
	return harness;
}

function sweepAll(harness: StoreHarness): number {
	harness.actor.flush();
	for (let turns = 0; turns < 100; turns++) {
		if (!harness.runStep()) {
			const { sweptRevision, compactRevision, sweepMain } = harness.engine.read(readStoreState);
			return sweptRevision === compactRevision ? sweptRevision : sweepMain;
		}
	}
	throw new Error('a sweep that spins');
}

test('store: held reads: a sweep stops at the oldest revision that a lane reads, and goes on when it is let go', () => {
	const harness = compacted();
	harness.actor.receive({ kind: 'reads_held', lane: 0, oldest: 9 });
	harness.actor.receive({ kind: 'reads_held', lane: 1, oldest: 5 });
	assert.equal(sweepAll(harness), 5);
	harness.actor.receive({ kind: 'reads_held', lane: 1, oldest: NOTHING_HELD });
	assert.equal(sweepAll(harness), 9);
	harness.actor.receive({ kind: 'reads_held', lane: 0, oldest: NOTHING_HELD });
	assert.equal(sweepAll(harness), 18);
});

test('store: held reads: a lane that says nothing more for a minute holds nothing any more', () => {
	const harness = compacted();
	harness.actor.receive({ kind: 'reads_held', lane: 0, oldest: 9 });
	assert.equal(sweepAll(harness), 9);
	for (let tick = 0; tick < 601; tick++) {
		harness.actor.tick();
	}
	assert.equal(sweepAll(harness), 18);
});

test('store: held reads: those above the compaction do not hold it up', () => {
	const harness = compacted();
	harness.actor.receive({ kind: 'reads_held', lane: 0, oldest: 19 });
	assert.equal(sweepAll(harness), 18);
});

test('store: held reads: a physical compaction is answered when they are over', () => {
	const harness = compacted();
	harness.actor.receive({ kind: 'reads_held', lane: 0, oldest: 19 });
	harness.apply([
		command({
			kind: COMMAND_KIND.compact,
			body: new Uint8Array([0x08, 20, 0x10, 1]),
			origin: { slot: 2 as never, boot: 0xb007, requestId: requestId(0, 9) },
		}),
	]);
	harness.actor.flush();
	sweepAll(harness);
	const answered = (): number[] => harness.settledOf(0).flatMap(({ requestIds }) => requestIds);
	assert.ok(!answered().includes(requestId(0, 9)));
	harness.actor.receive({ kind: 'reads_held', lane: 0, oldest: NOTHING_HELD });
	sweepAll(harness);
	assert.ok(answered().includes(requestId(0, 9)));
});

test('lane: holds: the store is told the oldest revision whenever it is another one', () => {
	const told: number[] = [];
	const holds = new LaneHolds((oldest) => told.push(oldest));
	const first = holds.hold(7);
	const same = holds.hold(7);
	const newer = holds.hold(9);
	const older = holds.hold(5);
	older();
	first();
	first();
	same();
	newer();
	assert.deepEqual(told, [7, 5, 7, 9, NOTHING_HELD]);
});
