/**
 * How much the other side may still send, on a connection or a stream, and when to tell it that it may send more: not before half the window
 * is used up, so that small requests cost no WINDOW_UPDATE at all (RFC 9113, 5.2). Used by adapters/h2-requests.ts and h2-call.ts.
 */
import { assert } from '../base/assert.ts';

export class ReceiveWindow {
	readonly #size: number;
	#used = 0;

	constructor(size: number) {
		assert(size > 0, () => `a window of ${size} bytes`);
		this.#size = size;
	}

	/** False: these bytes were not allowed. */
	take(bytes: number): boolean {
		this.#used += bytes;
		return this.#used <= this.#size;
	}

	/** The increment to grant now, or 0. */
	refill(): number {
		if (2 * this.#used < this.#size) {
			return 0;
		}
		const increment = this.#used;
		this.#used = 0;
		return increment;
	}
}
