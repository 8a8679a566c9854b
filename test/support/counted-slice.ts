/** Slices of background work by the number of records, so that runs repeat. */
import type { WorkSlice } from '../../src/ports/work-slice.ts';

export class CountedSlice implements WorkSlice {
	readonly #records: number;
	#left = 0;

	constructor(records: number) {
		this.#records = records;
	}

	begin(): void {
		this.#left = this.#records;
	}

	isSpent(records: number): boolean {
		this.#left -= records;
		return this.#left <= 0;
	}
}
