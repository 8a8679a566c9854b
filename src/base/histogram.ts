/**
 * Counts observations by size, for Prometheus: an array of numbers, so that observing costs a few comparisons and no memory. It knows no clock and no
 * name. Kept by actors and adapters; metric.ts makes text of it when somebody asks.
 */
import { assert } from './assert.ts';

export class Histogram {
	/** Upper bounds of the buckets, ascending, each inclusive; what is above the last is in a bucket of its own. */
	readonly bounds: readonly number[];
	/** One more than bounds. Not cumulative. */
	readonly counts: number[];
	sum = 0;

	constructor(bounds: readonly number[]) {
		assert(bounds.length > 0, 'a histogram has a bucket');
		assert(
			bounds.every((bound, i) => i === 0 || bound > (bounds[i - 1] as number)),
			() => `bounds ascend: ${bounds.join(' ')}`,
		);
		this.bounds = bounds;
		this.counts = new Array<number>(bounds.length + 1).fill(0);
	}

	get count(): number {
		return this.counts.reduce((sum, count) => sum + count, 0);
	}

	/** times: so many of the same size, as those of a batch. */
	observe(value: number, times = 1): void {
		const { bounds, counts } = this;
		let lo = 0;
		let hi = bounds.length;
		while (lo < hi) {
			const middle = (lo + hi) >> 1;
			if (value <= (bounds[middle] as number)) {
				hi = middle;
			} else {
				lo = middle + 1;
			}
		}
		counts[lo] = (counts[lo] as number) + times;
		this.sum += value * times;
	}
}

/** first, first * factor, and so on: steps of them, as etcd spells its buckets (reference/etcd-surface.md 6.3). */
export function exponentialBounds(first: number, factor: number, steps: number): readonly number[] {
	// As Go's client counts, a product at a time: the bounds are labels, which have to be spelled alike.
	const bounds: number[] = [];
	for (let bound = first; bounds.length < steps; bound *= factor) {
		bounds.push(bound);
	}
	return bounds;
}

/** The letters of the reference. */
export const BUCKETS = {
	/** 1 ms to 8 s. */
	a: exponentialBounds(0.001, 2, 14),
	/** 0.1 ms to 52 s. */
	b: exponentialBounds(0.0001, 2, 20),
	/** 0.1 s to 51 s. */
	c: exponentialBounds(0.1, 2, 10),
	/** 0.1 ms to 3 s. */
	e: exponentialBounds(0.0001, 2, 16),
} as const;
