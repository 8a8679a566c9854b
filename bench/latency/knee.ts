/** The knee: the highest rate at which nearly all requests are answered within a limit, found with few short runs. Pure; used by groups.ts. */

export interface KneeOptions {
	/** Where the search begins, and the least rate that it looks at. */
	readonly first: number;
	readonly least: number;
	readonly most: number;
	/** It ends when the lowest rate that is too high is at most so many times the highest that is not. */
	readonly precision: number;
}

/** A single run may be disturbed by the machine: a rate is too high when it was found so this often. */
const FAILURES = 2;

export class KneeSearch {
	readonly #options: KneeOptions;
	readonly #failures = new Map<number, number>();
	/** The highest rate that was held, the lowest that was not. */
	#under = 0;
	#over = Number.POSITIVE_INFINITY;

	constructor(options: KneeOptions) {
		this.#options = options;
	}

	/** The rate to try next; null: the search is over. */
	next(): number | null {
		const { first, least, most, precision } = this.#options;
		const doubtful = [...this.#failures].find(([rate, count]) => count < FAILURES && rate > this.#under && rate < this.#over);
		if (doubtful !== undefined) {
			return doubtful[0];
		}
		if (this.#over === Number.POSITIVE_INFINITY) {
			const up = this.#under === 0 ? first : Math.min(most, this.#under * 2);
			return up > this.#under ? up : null;
		}
		if (this.#under === 0) {
			const down = Math.max(least, Math.round(this.#over / 2));
			return down < this.#over ? down : null;
		}
		const between = Math.round(Math.sqrt(this.#under * this.#over));
		const isFine = this.#over / this.#under <= precision || between <= this.#under || between >= this.#over;
		return isFine ? null : between;
	}

	/** What a run at a rate has shown; rates that were not asked for may be told too. */
	tell(rate: number, isHeld: boolean): void {
		if (isHeld) {
			if (rate < this.#over) {
				this.#under = Math.max(this.#under, rate);
			}
			return;
		}
		const failures = (this.#failures.get(rate) ?? 0) + 1;
		this.#failures.set(rate, failures);
		if (failures >= FAILURES && rate > this.#under) {
			this.#over = Math.min(this.#over, rate);
		}
	}

	/** 0: not even the least rate was held. */
	get knee(): number {
		return this.#under;
	}
}

/** Rates from the first on, each double the one before. */
export function ladder(first: number, most: number): readonly number[] {
	const rates: number[] = [];
	for (let rate = first; rate <= most; rate *= 2) {
		rates.push(rate);
	}
	return rates;
}
