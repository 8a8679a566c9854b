/** The greatest of the values of the last while, in ticks: of the current span and the one before, so that it forgets and needs no list. Used for tuning. */
const SPAN_TICKS = 500;

export class RecentPeak {
	#since = 0;
	#current = 0;
	#former = 0;

	note(value: number, now: number): void {
		this.#turn(now);
		this.#current = Math.max(this.#current, value);
	}

	at(now: number): number {
		this.#turn(now);
		return Math.max(this.#current, this.#former);
	}

	#turn(now: number): void {
		if (now - this.#since >= SPAN_TICKS) {
			this.#former = now - this.#since >= 2 * SPAN_TICKS ? 0 : this.#current;
			this.#current = 0;
			this.#since = now;
		}
	}
}
