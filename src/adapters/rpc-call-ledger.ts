/**
 * The calls of one engine whose time is running: requests that are still being read, and callers with a deadline; and the bytes of requests
 * that are not complete yet, over all connections. Swept by h2-rpc-engine.ts.
 */

export interface TimedCall {
	/** When the caller's patience ends, in the engine's milliseconds; infinity without a deadline. */
	readonly deadline: number;
	/** When the whole request has to be here. */
	readonly readDeadline: number;
	readonly isReading: boolean;
	readonly isOver: boolean;
	expire(): void;
}

export class CallLedger {
	readonly #bufferedBytesMax: number;
	/** Oldest first: all have the same time to read their request. */
	readonly #reading = new Set<TimedCall>();
	readonly #timed = new Set<TimedCall>();
	#buffered = 0;

	constructor(options: { readonly bufferedBytesMax: number }) {
		this.#bufferedBytesMax = options.bufferedBytesMax;
	}

	get reading(): number {
		return this.#reading.size;
	}

	get timed(): number {
		return this.#timed.size;
	}

	get bufferedBytes(): number {
		return this.#buffered;
	}

	/** Calls that are complete, or over, by now have no clock to run. */
	opened(call: TimedCall): void {
		if (call.isOver) {
			return;
		}
		if (call.isReading && call.readDeadline !== Number.POSITIVE_INFINITY) {
			this.#reading.add(call);
		}
		if (call.deadline !== Number.POSITIVE_INFINITY) {
			this.#timed.add(call);
		}
	}

	requestRead(call: TimedCall): void {
		this.#reading.delete(call);
	}

	/** False: these bytes are too many, and their call is to be ended. */
	bufferedChanged(bytes: number): boolean {
		this.#buffered += bytes;
		return this.#buffered <= this.#bufferedBytesMax;
	}

	closed(call: TimedCall): void {
		this.#timed.delete(call);
	}

	sweep(now: number): void {
		for (const call of this.#timed) {
			if (call.deadline <= now) {
				this.#timed.delete(call);
				call.expire();
			}
		}
		for (const call of this.#reading) {
			if (call.readDeadline > now) {
				break;
			}
			call.expire();
		}
	}
}
