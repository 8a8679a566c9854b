/** How busy a thread is: what tells a person which actor to give more room (design section 7). */

/** Since the last reading. */
export interface Load {
	/** Time in turns / total, 0 to 1. */
	readonly saturation: number;
	readonly turns: number;
	readonly messages: number;
	readonly messagesPerTurnMax: number;
	readonly turnMillisecondsMax: number;
}

export class LoadMeter {
	#since = performance.now();
	#busy = 0;
	#turns = 0;
	#messages = 0;
	#messagesMax = 0;
	#turnMax = 0;

	/** One turn of this many milliseconds handled this many messages. */
	turn(milliseconds: number, messages: number): void {
		this.#busy += milliseconds;
		this.#turns += 1;
		this.#messages += messages;
		this.#messagesMax = Math.max(this.#messagesMax, messages);
		this.#turnMax = Math.max(this.#turnMax, milliseconds);
	}

	/** Reads and begins anew. */
	take(): Load {
		const now = performance.now();
		const load: Load = {
			saturation: this.#busy / Math.max(now - this.#since, 0.001),
			turns: this.#turns,
			messages: this.#messages,
			messagesPerTurnMax: this.#messagesMax,
			turnMillisecondsMax: this.#turnMax,
		};
		this.#since = now;
		this.#busy = 0;
		this.#turns = 0;
		this.#messages = 0;
		this.#messagesMax = 0;
		this.#turnMax = 0;
		return load;
	}
}
