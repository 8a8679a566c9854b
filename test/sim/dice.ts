/** Chance of one simulated run: everything that is drawn is drawn from the seed, through here. */
import { must } from '../../src/base/assert.ts';
import { type Random, SeededRandom } from '../../src/base/random.ts';

export class Dice implements Random {
	readonly #random: SeededRandom;

	constructor(seed: number | SeededRandom) {
		this.#random = typeof seed === 'number' ? new SeededRandom(seed) : seed;
	}

	below(bound: number): number {
		return this.#random.below(bound);
	}

	/** From lo to hi, both included. */
	between(lo: number, hi: number): number {
		return lo + this.#random.below(hi - lo + 1);
	}

	/** True once in a hundred times, percent being 1. */
	percent(percent: number): boolean {
		return this.#random.below(10_000) < percent * 100;
	}

	/** Once in n times. */
	oneIn(n: number): boolean {
		return this.#random.below(n) === 0;
	}

	pick<T>(items: readonly T[]): T {
		return must(items[this.#random.below(items.length)], 'something to choose from');
	}

	shuffled<T>(items: readonly T[]): T[] {
		const rest = [...items];
		const mixed: T[] = [];
		while (rest.length > 0) {
			mixed.push(...rest.splice(this.#random.below(rest.length), 1));
		}
		return mixed;
	}

	/** Around the mean, with a long tail: mostly short, now and then ten times as long. */
	skewed(mean: number): number {
		const tail = this.oneIn(20) ? 10 : 1;
		return 1 + this.#random.below(Math.max(1, mean * tail));
	}

	/** A stream of its own. */
	fork(): Dice {
		return new Dice(this.#random.fork());
	}
}
