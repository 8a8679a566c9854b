/**
 * When the next tick of some of a thread's actors is due. Ticks that were late never come in a bunch: a process that stood still must not take that for
 * its leader's silence. Used by host.ts, which says what a tick does and where in a turn it comes.
 */
export class TickTimer {
	readonly #milliseconds: number;
	readonly #wake: () => void;
	#isDue = false;
	#tickedAt = 0;
	#timer: NodeJS.Timeout | null = null;

	/** wake: a tick may be due. */
	constructor(milliseconds: number, wake: () => void) {
		this.#milliseconds = milliseconds;
		this.#wake = wake;
	}

	start(): void {
		if (this.#timer === null) {
			this.#tickedAt = performance.now();
			this.#timer = setInterval(() => this.#onTimer(), this.#milliseconds);
		}
	}

	/** Timers rest while ports have frames to deliver, turn upon turn, so the clock is asked too: a busy leader must not fall silent. */
	isDue(): boolean {
		return this.#isDue || (this.#timer !== null && performance.now() - this.#tickedAt >= this.#milliseconds);
	}

	/** The tick comes now. */
	ticks(): void {
		this.#isDue = false;
		this.#tickedAt = performance.now();
		this.#timer?.refresh();
	}

	stop(): void {
		if (this.#timer !== null) {
			clearInterval(this.#timer);
			this.#timer = null;
		}
	}

	/** A timer that is due runs before sockets and ports are read: let those go first, so that a stall does not look like silence. */
	#onTimer(): void {
		this.#isDue = true;
		this.#wake();
	}
}
