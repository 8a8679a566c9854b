/**
 * The calls of one engine whose time is running: requests that are still being read, and callers with a deadline; and the bytes of requests
 * that are not complete yet, over all connections. Swept by http2-rpc-engine.ts.
 */
import type { Http2RpcCall } from './http2-rpc-call.ts';

export class CallLedger {
	readonly #bufferedBytesMax: number;
	/** Oldest first: all have the same time to read their request. */
	readonly #reading = new Set<Http2RpcCall>();
	readonly #timed = new Set<Http2RpcCall>();
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

	opened(call: Http2RpcCall): void {
		if (call.readDeadline !== Number.POSITIVE_INFINITY) {
			this.#reading.add(call);
		}
		if (call.deadline !== Number.POSITIVE_INFINITY) {
			this.#timed.add(call);
		}
	}

	requestRead(call: Http2RpcCall): void {
		this.#reading.delete(call);
	}

	/** False: these bytes are too many, and their call is to be ended. */
	bufferedChanged(bytes: number): boolean {
		this.#buffered += bytes;
		return this.#buffered <= this.#bufferedBytesMax;
	}

	closed(call: Http2RpcCall): void {
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
