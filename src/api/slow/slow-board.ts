/** The slowest calls of a span of time, so many at most: who is faster than all of them costs nothing. Used by slow-calls.ts, a board a span. */
import type { SlowCall } from '../../ports/dashboard-state.ts';

export class SlowBoard {
	readonly #spanMilliseconds: number;
	readonly #callsMax: number;
	#calls: SlowCall[] = [];

	constructor({ spanMilliseconds, callsMax }: { readonly spanMilliseconds: number; readonly callsMax: number }) {
		this.#spanMilliseconds = spanMilliseconds;
		this.#callsMax = callsMax;
	}

	/** What a call has to take to get on the board. */
	get floorMilliseconds(): number {
		return this.#calls.length < this.#callsMax ? 0 : (this.#calls.at(-1)?.milliseconds ?? 0);
	}

	/** now: Unix milliseconds. */
	forget(now: number): void {
		this.#calls = this.#calls.filter(({ at }) => now - at < this.#spanMilliseconds);
	}

	note(call: SlowCall): void {
		const at = this.#calls.findIndex(({ milliseconds }) => milliseconds < call.milliseconds);
		this.#calls.splice(at === -1 ? this.#calls.length : at, 0, call);
		if (this.#calls.length > this.#callsMax) {
			this.#calls.pop();
		}
	}

	/** The slowest first. */
	list(): readonly SlowCall[] {
		return this.#calls;
	}
}
