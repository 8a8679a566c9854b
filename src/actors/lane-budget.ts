/**
 * What one api lane may have outstanding. A MessagePort has no back-pressure, so this is where the flow of work is bounded:
 * what does not fit is refused at once, before anything is sent on. Used by api-actor.ts and its parts.
 */
import { assert } from '../base/assert.ts';

export interface LaneBudgetOptions {
	readonly requestsMax: number;
	readonly bytesMax: number;
}

export class LaneBudget {
	readonly #options: LaneBudgetOptions;
	#requests = 0;
	#bytes = 0;

	constructor(options: LaneBudgetOptions) {
		assert(options.requestsMax > 0 && options.bytesMax > 0, 'a lane without a budget serves nobody');
		this.#options = options;
	}

	get isIdle(): boolean {
		return this.#requests === 0;
	}

	/** False: the lane is full. A single request larger than the whole budget passes when nothing else is outstanding, or it never could. */
	tryTake(bytes: number): boolean {
		const fits = this.#bytes + bytes <= this.#options.bytesMax || this.#requests === 0;
		if (!fits || this.#requests >= this.#options.requestsMax) {
			return false;
		}
		this.take(bytes);
		return true;
	}

	/** For the lane's own business, which must not be starved by its clients. */
	take(bytes: number): void {
		this.#requests += 1;
		this.#bytes += bytes;
	}

	giveBack(bytes: number): void {
		this.#requests -= 1;
		this.#bytes -= bytes;
		assert(this.#requests >= 0 && this.#bytes >= 0, () => `the lane gave back more than it took: ${this.#requests}, ${this.#bytes}`);
	}
}
