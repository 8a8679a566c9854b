/**
 * Reading and writing fixed binary records, big-endian, in order. The reader is total: past the end, or at a value that is out of range, it
 * yields zeros and remembers that it failed, so that a decoder asks once, at its end. Used by peer-codec.ts.
 */
import { assert } from '../base/assert.ts';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { readUint32, readUint48, UINT48_BYTES, writeUint32, writeUint48 } from '../base/uint48.ts';

/** Fills an ArrayBuffer of exactly the size that was asked for. */
export class ByteWriter {
	readonly #bytes: Uint8Array;
	#at = 0;

	constructor(size: number) {
		this.#bytes = new Uint8Array(size);
	}

	u8(value: number): void {
		this.#bytes[this.#at] = value;
		this.#at += 1;
	}

	u32(value: number): void {
		assert(value >= 0 && value < 2 ** 32, () => `not a 32-bit number: ${value}`);
		writeUint32(this.#bytes, this.#at, value);
		this.#at += 4;
	}

	u48(value: number): void {
		writeUint48(this.#bytes, this.#at, value);
		this.#at += UINT48_BYTES;
	}

	/** A safe integer in eight bytes. */
	u64(value: number): void {
		this.u32(Math.floor(value / 2 ** 32));
		this.u32(value % 2 ** 32);
	}

	bytes(value: Uint8Array): void {
		this.#bytes.set(value, this.#at);
		this.#at += value.length;
	}

	finish(): Uint8Array {
		assert(this.#at === this.#bytes.length, () => `wrote ${this.#at} of ${this.#bytes.length} bytes`);
		return this.#bytes;
	}
}

export class ByteReader {
	readonly #bytes: Uint8Array;
	#at = 0;
	#hasFailed = false;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	/** Nothing was missing or out of range, and nothing is left over. */
	get isComplete(): boolean {
		return !this.#hasFailed && this.#at === this.#bytes.length;
	}

	get hasFailed(): boolean {
		return this.#hasFailed;
	}

	get remaining(): number {
		return this.#bytes.length - this.#at;
	}

	u8(): number {
		return this.#take(1) ? (this.#bytes[this.#at - 1] as number) : 0;
	}

	u32(): number {
		return this.#take(4) ? readUint32(this.#bytes, this.#at - 4) : 0;
	}

	u48(): number {
		return this.#take(UINT48_BYTES) ? readUint48(this.#bytes, this.#at - UINT48_BYTES) : 0;
	}

	u64(): number {
		const high = this.u32();
		const low = this.u32();
		if (high >= 2 ** 21) {
			this.fail();
			return 0;
		}
		return high * 2 ** 32 + low;
	}

	bool(): boolean {
		const value = this.u8();
		if (value > 1) {
			this.fail();
		}
		return value === 1;
	}

	/** A view of the same buffer. */
	view(length: number): Uint8Array {
		return this.#take(length) ? this.#bytes.subarray(this.#at - length, this.#at) : EMPTY_BYTES;
	}

	/** The value cannot be: the whole record is void. */
	fail(): void {
		this.#hasFailed = true;
	}

	#take(length: number): boolean {
		if (this.#hasFailed || length > this.#bytes.length - this.#at) {
			this.#hasFailed = true;
			return false;
		}
		this.#at += length;
		return true;
	}
}
