import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exponentialBounds, Histogram } from '../../../src/base/histogram.ts';
import { histogram } from '../../../src/base/metric.ts';

test('base: histogram: a bound belongs to its bucket, and what is above the last has one of its own', () => {
	const each = new Histogram([1, 2, 4]);
	for (const value of [0, 1, 1.5, 2, 4, 4.1, 1_000]) {
		each.observe(value);
	}
	assert.deepEqual(each.counts, [2, 2, 1, 2]);
	assert.equal(each.count, 7);
});

test('base: histogram: a batch of equal sizes counts as many times', () => {
	const batch = new Histogram([1]);
	batch.observe(0.5, 10);
	assert.deepEqual([batch.counts, batch.sum], [[10, 0], 5]);
});

test('base: histogram: bounds that do not ascend are refused', () => {
	assert.throws(() => new Histogram([1, 1]), /bounds ascend/);
});

test("base: histogram: bounds are spelled as Go spells them, or a board's bucket would not be found", () => {
	const labels = histogram('x', '', new Histogram(exponentialBounds(1, 2, 24))).values.flatMap(({ labels: { le } }) => le ?? []);
	assert.deepEqual([labels[0], labels[19], labels[20], labels[23], labels[24]], ['1', '524288', '1.048576e+06', '8.388608e+06', '+Inf']);
	assert.deepEqual(exponentialBounds(0.0001, 2, 4).map(String), ['0.0001', '0.0002', '0.0004', '0.0008']);
});

test('base: histogram: what it tells is cumulative', () => {
	const each = new Histogram([1, 2]);
	each.observe(0.5);
	each.observe(1.5);
	each.observe(9);
	assert.deepEqual(
		histogram('x_seconds', '', each).values.map(({ metricName, value }) => [metricName, value]),
		[
			['x_seconds_bucket', 1],
			['x_seconds_bucket', 2],
			['x_seconds_bucket', 3],
			['x_seconds_sum', 11],
			['x_seconds_count', 3],
		],
	);
});
