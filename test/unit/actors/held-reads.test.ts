import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneHolds } from '../../../src/actors/lane-holds.ts';
import type { Slot } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import { readStoreState } from '../../../src/mvcc/store-state.ts';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { ANSWER_FOLLOWS, NOTHING_HELD } from '../../../src/protocol/hold-messages.ts';
import { encodeCompact } from '../../../src/rpc/kv-codec.ts';
import { ApiHarness, bytes, REQUEST_TICKS, storeAt, text } from './api-harness.ts';
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
	const answers = (): number[] => harness.settledOf(0).flatMap(({ requestIds, codes }) => codes.filter((_, i) => requestIds[i] === requestId(0, 9)));
	assert.deepEqual(answers(), [ANSWER_FOLLOWS]);
	harness.actor.receive({ kind: 'reads_held', lane: 0, oldest: NOTHING_HELD });
	sweepAll(harness);
	assert.deepEqual(answers(), [ANSWER_FOLLOWS, 0]);
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

test('api: proposals: one that was executed waits for its answer as long as that takes', () => {
	const harness = new ApiHarness();
	const seen: (readonly [number, string])[] = [];
	harness.leader(1 as Slot);
	harness.actor.propose(COMMAND_KIND.compact, bytes('a'), (code, response) => seen.push([code, text(response)]));
	const { requestId } = harness.takeProposal();
	harness.settled(1, [[requestId, ANSWER_FOLLOWS, '']]);
	harness.ticks(10 * REQUEST_TICKS);
	harness.settled(2);
	assert.deepEqual(seen, []);
	harness.settled(2, [[requestId, 0, 'swept']]);
	harness.settled(2, [[requestId, 0, 'swept']]);
	assert.deepEqual(seen, [[0, 'swept']]);
});

test('api: proposals: of what a former store has executed and not answered nobody knows more', () => {
	const harness = new ApiHarness();
	const seen: (readonly [number, string])[] = [];
	harness.leader(1 as Slot);
	harness.actor.propose(COMMAND_KIND.compact, bytes('a'), (code, response) => seen.push([code, text(response)]));
	harness.settled(1, [[harness.takeProposal().requestId, ANSWER_FOLLOWS, '']]);
	harness.engines.set(2, storeAt(2));
	harness.settled(2, [], 2);
	assert.deepEqual(seen, [[CODES.timeout.code, '']]);
});
