import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneStages } from '../../../src/actors/lane-stages.ts';
import type { Index, RequestId } from '../../../src/base/brand.ts';
import type { StageTimes } from '../../../src/ports/write-stages.ts';
import type { AskStages } from '../../../src/protocol/stage-messages.ts';

const UP_TO = 7 as Index;

function open() {
	const posted: AskStages[] = [];
	let id = 0;
	const stages = new LaneStages(
		() => ++id as RequestId,
		(message) => posted.push(message),
	);
	/** What is told of a write from 1 s to 2 s of which raft says this. */
	const tell = (moments: readonly number[]): StageTimes | null => {
		let told: StageTimes | null = null;
		stages.ask({ began: 1, ended: 2, upTo: UP_TO }, (times) => {
			told = times;
		});
		const requestId = posted.at(-1)?.requestId ?? (0 as RequestId);
		stages.told({ kind: 'stages_told', requestId, moments });
		return told;
	};
	return { stages, posted, tell };
}

test('actors: lane stages: queue and answer are what raft does not know of', () => {
	const { posted, tell } = open();
	assert.deepEqual(tell([1.25, 1.375, 1.5, 1.875]), { queue: 0.25, flush: 0.125, quorum: 0.125, apply: 0.375, answer: 0.125 });
	assert.deepEqual(posted[0], { kind: 'ask_stages', requestId: 1, upTo: UP_TO });
});

test('actors: lane stages: what had not come yet when the answer left ends with the answer', () => {
	assert.deepEqual(open().tell([1.25, 1.5, 1.75, -1]), { queue: 0.25, flush: 0.25, quorum: 0.25, apply: 0.25, answer: 0 });
});

test('actors: lane stages: a flush that ends after the commit leaves no stage below nothing', () => {
	assert.deepEqual(open().tell([1.25, 1.75, 1.5, 1.75]), { queue: 0.25, flush: 0.5, quorum: 0, apply: 0, answer: 0.25 });
});

test('actors: lane stages: of a write that another leader has taken nothing is told', () => {
	const { tell } = open();
	assert.deepEqual([tell([]), tell([3, 3, 3, 3])], [null, null]);
});

test('actors: lane stages: questions without an answer are bounded', () => {
	const { stages, posted } = open();
	let refused = 0;
	for (let i = 0; i < 1_000; i++) {
		stages.ask({ began: 1, ended: 2, upTo: UP_TO }, () => {
			refused += 1;
		});
	}
	assert.equal(posted.length + refused, 1_000);
	assert.ok(posted.length < 100, `${posted.length} outstanding`);
});
