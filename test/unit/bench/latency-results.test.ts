import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { distributionOf, firstWriteMs, isHeld, shareWithin, sliced } from '../../../bench/latency/results.ts';

test('bench: results: percentiles come from counts, and the whole histogram is kept', () => {
	const { p50, p99, p999, max, histogram } = distributionOf([500, 980, 4_000, 15, 30_000, 5]);
	const near = (value: number, wanted: number): boolean => Math.abs(value - wanted) <= wanted / 1_000;
	ok(near(p50, 500) && near(p99, 4_000) && near(p999, 30_000) && near(max, 30_000), `${p50} ${p99} ${p999} ${max}`);
	equal(decodeFromCompressedBase64(histogram).totalCount, 1_000);
});

test('bench: results: without a good answer there is no percentile', () => {
	deepEqual([distributionOf(null).p50, distributionOf([]).max], [Number.NaN, Number.NaN]);
});

test('bench: results: a request without a good answer is not within any limit', () => {
	const latencies = [1_000, 98, 20_000, 1];
	equal(shareWithin({ latencies, intended: 100 }, 10), 0.98);
	equal(shareWithin({ latencies, intended: 100 }, 60_000), 0.99);
	deepEqual([isHeld({ latencies, intended: 100 }, 10), isHeld({ latencies, intended: 100 }, 20)], [false, true]);
	equal(isHeld({ latencies: null, intended: 0 }, 10), false);
});

test('bench: results: the first write is one that was to be sent after the kill, and was answered well', () => {
	const samples = [
		[900_000, 200_000, 1],
		[1_001_000, 500, 0],
		[1_002_000, 900_000, 1],
		[1_500_000, 100_000, 1],
	] as const;
	equal(firstWriteMs(samples, 1_000_000), 600);
	equal(firstWriteMs(samples.slice(0, 2), 1_000_000), null);
});

test('bench: results: the time line has answers where they came, and failures where they began', () => {
	const samples = [
		[990_000, 25_000, 1],
		[995_000, 1_000, 1],
		[1_001_000, 99_000, 0],
	] as const;
	deepEqual(sliced(samples, 1_000_000), [
		{ at: -20, answered: 1, failed: 0 },
		{ at: 0, answered: 1, failed: 1 },
	]);
});
