/**
 * Small byte arrays out of larger blocks: a view costs a sixth of an allocation. Whoever keeps one of them keeps its block, so the size of
 * the blocks is what a forgotten one may cost.
 */
import { assert } from './assert.ts';

export class ByteArena {
	readonly #blockBytes: number;
	#block: ArrayBuffer;
	#used = 0;

	constructor(blockBytes: number) {
		assert(blockBytes > 0, () => `blocks of ${blockBytes} bytes`);
		this.#blockBytes = blockBytes;
		this.#block = new ArrayBuffer(blockBytes);
	}

	/** Bytes that nobody else has, all zero. A large piece has a block of its own. */
	take(size: number): Uint8Array {
		if (size > this.#blockBytes / 2) {
			return new Uint8Array(size);
		}
		if (this.#used + size > this.#blockBytes) {
			this.#block = new ArrayBuffer(this.#blockBytes);
			this.#used = 0;
		}
		const bytes = new Uint8Array(this.#block, this.#used, size);
		this.#used += size;
		return bytes;
	}
}
