/**
 * What has been sent or handed on and not yet been acknowledged: runs of entries, each known by its last index, counted and weighed.
 * Used for appends on their way to a follower, entries on their way through the store, and a leader's uncommitted entries.
 */
import { assert } from '../base/assert.ts';
import type { Index } from '../base/brand.ts';
import { Fifo } from './fifo.ts';

interface Run {
	last: Index;
	bytes: number;
}

export class Inflight {
	readonly #runs = new Fifo<Run>();
	readonly #countMax: number;
	readonly #bytesMax: number;
	#bytes = 0;

	constructor(bounds: { readonly countMax: number; readonly bytesMax: number }) {
		this.#countMax = bounds.countMax;
		this.#bytesMax = bounds.bytesMax;
	}

	get count(): number {
		return this.#runs.length;
	}

	get bytes(): number {
		return this.#bytes;
	}

	/** Bytes that still fit; 0 when full. The run that fills the window may overshoot it, so that one large entry can pass. */
	get room(): number {
		return this.isFull ? 0 : this.#bytesMax - this.#bytes;
	}

	get isFull(): boolean {
		return this.count >= this.#countMax || this.#bytes >= this.#bytesMax;
	}

	/** Invariant: never called when full; last indexes ascend. */
	add(last: Index, bytes: number): void {
		assert(!this.isFull, () => `window over-full: ${this.count} runs, ${this.#bytes} bytes`);
		const newest = this.#runs.peekLast();
		assert(newest === null || newest.last < last, () => `window out of order: ${newest?.last} before ${last}`);
		this.#runs.push({ last, bytes });
		this.#bytes += bytes;
	}

	/** As add, but grows the newest run while it is smaller than runBytes: many small entries make few runs. */
	extend(last: Index, bytes: number, runBytes: number): void {
		const newest = this.#runs.peekLast();
		if (newest === null || newest.bytes >= runBytes) {
			this.#runs.push({ last, bytes });
		} else {
			newest.last = last;
			newest.bytes += bytes;
		}
		this.#bytes += bytes;
	}

	/** Releases every run that ends at or before index. */
	freeUpTo(index: Index): void {
		for (let oldest = this.#runs.peek(); oldest !== null && oldest.last <= index; oldest = this.#runs.peek()) {
			this.#bytes -= oldest.bytes;
			this.#runs.shift();
		}
		assert(this.#bytes >= 0, () => `window of negative size: ${this.#bytes}`);
	}

	clear(): void {
		this.#runs.clear();
		this.#bytes = 0;
	}
}
