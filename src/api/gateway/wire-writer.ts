/** A growing buffer of protobuf's wire format, for messages whose length is known only once they are written. Used by from-json.ts. */
import { varintSize, writeVarint, writeVarint64 } from '../../base/varint.ts';

const FIRST_BYTES = 512;
const VARINT_BYTES_MAX = 10;

export class WireWriter {
	#bytes = Buffer.allocUnsafe(FIRST_BYTES);
	#length = 0;

	/** A natural number. */
	varint(value: number): void {
		this.#reserve(VARINT_BYTES_MAX);
		this.#length = writeVarint(this.#bytes, this.#length, value);
	}

	/** Of 64 bits; a negative one takes ten bytes. */
	varint64(value: bigint): void {
		this.#reserve(VARINT_BYTES_MAX);
		this.#length = writeVarint64(this.#bytes, this.#length, value);
	}

	/** With its length before it. text is sound and decodes to so many bytes. */
	base64(text: string, bytes: number): void {
		this.varint(bytes);
		this.#reserve(bytes);
		this.#length += this.#bytes.write(text, this.#length, bytes, 'base64');
	}

	utf8(text: string): void {
		const bytes = Buffer.byteLength(text);
		this.varint(bytes);
		this.#reserve(bytes);
		this.#length += this.#bytes.write(text, this.#length, bytes, 'utf8');
	}

	/** What is written until `close` is a message; gives what close wants to know. */
	open(): number {
		this.#reserve(1);
		this.#length += 1;
		return this.#length;
	}

	/** One byte was kept for the length; where it takes more, the message moves on. */
	close(start: number): void {
		const bytes = this.#length - start;
		const more = varintSize(bytes) - 1;
		if (more > 0) {
			this.#reserve(more);
			this.#bytes.copyWithin(start + more, start, this.#length);
			this.#length += more;
		}
		writeVarint(this.#bytes, start - 1, bytes);
	}

	/** Bytes of its own. */
	finish(): Uint8Array {
		return this.#bytes.subarray(0, this.#length);
	}

	#reserve(more: number): void {
		const needed = this.#length + more;
		if (needed > this.#bytes.length) {
			const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
			this.#bytes.copy(grown, 0, 0, this.#length);
			this.#bytes = grown;
		}
	}
}
