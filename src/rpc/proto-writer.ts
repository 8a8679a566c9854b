/** A growing buffer with the few protobuf fields that responses are made of. Zeros and empty strings are left out, as proto3 does. */
import { varintSize, writeVarint, writeVarint64 } from '../base/varint.ts';

const FIRST_BYTES = 256;
const VARINT_BYTES_MAX = 10;

export class ProtoWriter {
	#bytes = new Uint8Array(FIRST_BYTES);
	#length = 0;

	get length(): number {
		return this.#length;
	}

	/** tag: field number and wire type in their one byte. */
	number(tag: number, value: number): void {
		if (value !== 0) {
			this.#reserve(1 + VARINT_BYTES_MAX);
			this.#bytes[this.#length] = tag;
			this.#length = writeVarint(this.#bytes, this.#length + 1, value);
		}
	}

	/** An int64, which may be negative. */
	int64(tag: number, value: bigint): void {
		if (value !== 0n) {
			this.#reserve(1 + VARINT_BYTES_MAX);
			this.#bytes[this.#length] = tag;
			this.#length = writeVarint64(this.#bytes, this.#length + 1, value);
		}
	}

	/** A message, even an empty one. */
	message(tag: number, body: Uint8Array): void {
		this.head(tag, body.length);
		this.raw(body);
	}

	/** The head of a message of this many bytes, which the caller writes next. */
	head(tag: number, bodyBytes: number): void {
		this.#reserve(1 + VARINT_BYTES_MAX);
		this.#bytes[this.#length] = tag;
		this.#length = writeVarint(this.#bytes, this.#length + 1, bodyBytes);
	}

	raw(bytes: Uint8Array): void {
		this.#reserve(bytes.length);
		this.#bytes.set(bytes, this.#length);
		this.#length += bytes.length;
	}

	/** What was written so far, in bytes of its own; the writer is empty again. */
	take(): Uint8Array {
		const whole = this.#bytes.slice(0, this.#length);
		this.#length = 0;
		if (this.#bytes.length > KEPT_BYTES_MAX) {
			this.#bytes = new Uint8Array(FIRST_BYTES);
		}
		return whole;
	}

	/** Room for so many bytes more, so that a large message is not copied again and again as it grows. */
	reserve(bytes: number): void {
		this.#reserve(bytes);
	}

	#reserve(more: number): void {
		const needed = this.#length + more;
		if (needed > this.#bytes.length) {
			const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
			grown.set(this.#bytes.subarray(0, this.#length));
			this.#bytes = grown;
		}
	}
}

/** A buffer beyond this is given back once its message is taken. */
const KEPT_BYTES_MAX = 64 * 2 ** 10;

/** Size of a length-delimited field whose tag is one byte. */
export function fieldSize(bodyBytes: number): number {
	return 1 + varintSize(bodyBytes) + bodyBytes;
}
