import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteStages } from '../../../src/actors/write-stages.ts';
import type { Slot } from '../../../src/base/brand.ts';

const [TWO, THREE] = [2, 3] as Slot[] as [Slot, Slot];

function open() {
	const clock = { now: 0 };
	const stages = new WriteStages(() => clock.now);
	/** Sum of seconds and number of batches, by stage or slot. */
	const told = () =>
		Object.fromEntries(
			stages.metrics().flatMap(({ values }) => {
				const counts = values.filter(({ metricName }) => metricName?.endsWith('_count'));
				return counts.map(({ labels, value }) => {
					const sum = values.find((each) => each.metricName?.endsWith('_sum') && each.labels === labels);
					return [Object.values(labels)[0], [Math.round((sum?.value ?? Number.NaN) * 1_000), value]];
				});
			}),
		);
	return { clock, stages, told };
}

test('actors: write stages: each stage begins where the one before it ends', () => {
	const { clock, stages, told } = open();
	stages.appended(10);
	clock.now = 0.002;
	stages.persisted(10);
	clock.now = 0.005;
	stages.committed(10);
	clock.now = 0.009;
	stages.applied(10);
	assert.deepEqual(told(), { flush: [2, 1], quorum: [3, 1], apply: [4, 1] });
});

test('actors: write stages: one word may end a stage of many batches, and none twice', () => {
	const { clock, stages, told } = open();
	for (const last of [1, 2, 3]) {
		stages.appended(last);
	}
	clock.now = 0.001;
	stages.persisted(2);
	stages.persisted(2);
	stages.persisted(3);
	stages.committed(3);
	stages.applied(1);
	stages.applied(3);
	assert.deepEqual(told(), { flush: [3, 3], quorum: [0, 3], apply: [0, 3] });
});

test('actors: write stages: a follower is told of once a batch, when it has all of it', () => {
	const { clock, stages, told } = open();
	stages.appended(10);
	clock.now = 0.001;
	stages.appended(20);
	clock.now = 0.003;
	stages.acknowledged(TWO, 15);
	stages.acknowledged(TWO, 15);
	clock.now = 0.004;
	stages.acknowledged(TWO, 20);
	stages.acknowledged(THREE, 9);
	const { 2: two, 3: three } = told();
	assert.deepEqual([two, three], [[6, 2], undefined]);
});

test("actors: write stages: batches of a former reign are nobody's", () => {
	const { clock, stages, told } = open();
	stages.appended(10);
	stages.forget();
	clock.now = 1;
	stages.persisted(10);
	stages.acknowledged(TWO, 10);
	stages.appended(11);
	clock.now = 1.5;
	stages.acknowledged(TWO, 11);
	assert.deepEqual(told(), { flush: [0, 0], quorum: [0, 0], apply: [0, 0], 2: [500, 1] });
});

test('actors: write stages: a follower that never answers costs a bounded number of batches', () => {
	const { stages, told } = open();
	for (let last = 1; last <= 10_000; last++) {
		stages.appended(last);
		stages.acknowledged(TWO, last);
	}
	stages.acknowledged(THREE, 10_000);
	const { 2: two, 3: three } = told();
	assert.equal(two[1], 10_000);
	assert.ok(three[1] >= 2_048 && three[1] <= 4_096, String(three));
});

test('actors: write stages: the moments of the batch that an entry is in, and nothing of an entry that is in none', () => {
	const { clock, stages } = open();
	stages.appended(10);
	clock.now = 1;
	stages.appended(20);
	clock.now = 2;
	stages.persisted(20);
	clock.now = 3;
	stages.committed(10);
	assert.deepEqual(stages.momentsOf(10), [0, 2, 3, -1]);
	assert.deepEqual(stages.momentsOf(11), [1, 2, -1, -1]);
	assert.deepEqual(stages.momentsOf(21), []);
});
