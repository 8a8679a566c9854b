/**
 * Frames one after another in large slabs. What has been taken may be on its way out for as long as it needs, and is written over only if
 * whoever took it gives it back. One writer serves all connections of an engine, one at a time. Used by adapters/h2-outbox.ts.
 */
import { assert } from '../base/assert.ts';
import { FRAME, FRAME_HEAD_BYTES } from './frames.ts';

const SLAB_BYTES = 64 * 2 ** 10;
/** Below this a loop is faster than a call of set. */
const COPY_BYTES_MIN = 32;

export class FrameWriter {
	readonly #allocate: (bytes: number) => Uint8Array;
	#slab: Uint8Array;
	/** What has not been taken yet is [#lo, #hi). */
	#lo = 0;
	#hi = 0;

	constructor(allocate: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes)) {
		this.#allocate = allocate;
		this.#slab = allocate(SLAB_BYTES);
	}

	/** Bytes written and not taken. */
	get length(): number {
		return this.#hi - this.#lo;
	}

	/** All that was written since the last take. */
	take(): Uint8Array {
		const bytes = this.#slab.subarray(this.#lo, this.#hi);
		this.#lo = this.#hi;
		return bytes;
	}

	/** The bytes of the last take have gone out: their place may be used again, so that a busy writer needs one slab and not one a write. */
	giveBack(bytes: Uint8Array): void {
		assert(this.length === 0, 'nothing was written since');
		if (bytes.buffer === this.#slab.buffer && this.#hi === bytes.byteOffset - this.#slab.byteOffset + bytes.length) {
			this.#hi -= bytes.length;
			this.#lo = this.#hi;
		}
	}

	/** A frame's head; the caller writes the payload right after it. */
	head(type: number, flags: number, streamId: number, length: number): void {
		this.#reserve(FRAME_HEAD_BYTES + length);
		const slab = this.#slab;
		const at = this.#hi;
		slab[at] = length >>> 16;
		slab[at + 1] = length >>> 8;
		slab[at + 2] = length;
		slab[at + 3] = type;
		slab[at + 4] = flags;
		this.#hi = at + 5;
		this.uint32(streamId);
	}

	uint8(value: number): void {
		this.#reserve(1);
		this.#slab[this.#hi] = value;
		this.#hi += 1;
	}

	uint16(value: number): void {
		this.uint8(value >>> 8);
		this.uint8(value);
	}

	uint32(value: number): void {
		this.#reserve(4);
		const slab = this.#slab;
		const at = this.#hi;
		slab[at] = value >>> 24;
		slab[at + 1] = value >>> 16;
		slab[at + 2] = value >>> 8;
		slab[at + 3] = value;
		this.#hi = at + 4;
	}

	/** bytes[lo, hi) */
	bytes(bytes: Uint8Array, lo = 0, hi = bytes.length): void {
		assert(lo >= 0 && lo <= hi && hi <= bytes.length, () => `no such bytes: [${lo}, ${hi}) of ${bytes.length}`);
		const count = hi - lo;
		this.#reserve(count);
		if (count < COPY_BYTES_MIN) {
			const slab = this.#slab;
			const at = this.#hi - lo;
			for (let i = lo; i < hi; i++) {
				slab[at + i] = bytes[i] as number;
			}
		} else {
			this.#slab.set(lo === 0 && hi === bytes.length ? bytes : bytes.subarray(lo, hi), this.#hi);
		}
		this.#hi += count;
	}

	// ---- whole control frames

	settings(pairs: readonly (readonly [id: number, value: number])[]): void {
		this.head(FRAME.settings, 0, 0, 6 * pairs.length);
		for (const [id, value] of pairs) {
			this.uint16(id);
			this.uint32(value);
		}
	}

	reset(streamId: number, code: number): void {
		this.head(FRAME.rstStream, 0, streamId, 4);
		this.uint32(code);
	}

	windowUpdate(streamId: number, increment: number): void {
		this.head(FRAME.windowUpdate, 0, streamId, 4);
		this.uint32(increment);
	}

	goaway(lastStreamId: number, code: number, text: Uint8Array): void {
		this.head(FRAME.goaway, 0, 0, 8 + text.length);
		this.uint32(lastStreamId);
		this.uint32(code);
		this.bytes(text);
	}

	#reserve(count: number): void {
		if (this.#hi + count <= this.#slab.length) {
			return;
		}
		const have = this.length;
		const slab = this.#allocate(Math.max(SLAB_BYTES, 2 * (have + count)));
		slab.set(this.#slab.subarray(this.#lo, this.#hi));
		this.#slab = slab;
		this.#lo = 0;
		this.#hi = have;
	}
}
