/** Slices of background work by the clock: the store's sweeps and hashes. Opened by workers/store.worker.ts. */
import { performance } from 'node:perf_hooks';
import { assert } from '../base/assert.ts';
import type { WorkSlice } from '../ports/work-slice.ts';

export class TimedSlice implements WorkSlice {
	readonly #milliseconds: number;
	#ends = 0;

	constructor(milliseconds: number) {
		assert(milliseconds > 0, () => `a slice of ${milliseconds} ms`);
		this.#milliseconds = milliseconds;
	}

	begin(): void {
		this.#ends = performance.now() + this.#milliseconds;
	}

	isSpent(): boolean {
		return performance.now() >= this.#ends;
	}
}
