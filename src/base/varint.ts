/** Protobuf varints: sizes, writing, reading. For the few messages that are written by hand because they are hot (stored key-values, responses). */
import { assert } from './assert.ts';

const TWO_7 = 2 ** 7;
const TWO_28 = 2 ** 28;

/** Bytes that a natural number takes. */
export function varintSize(value: number): number {
	let size = 1;
	for (let rest = value; rest >= TWO_7; rest = Math.floor(rest / TWO_7)) {
		size++;
	}
	return size;
}

/** Writes a natural number and returns the offset behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
	let rest = value;
	let end = at;
	// Beyond 2^31 the shifts below would lose bits.
	while (rest >= TWO_28) {
		bytes[end++] = (rest % TWO_7) | 0x80;
		rest = Math.floor(rest / TWO_7);
	}
	while (rest >= TWO_7) {
		bytes[end++] = (rest & 0x7f) | 0x80;
		rest >>>= 7;
	}
	bytes[end++] = rest;
	return end;
}

/** Of an int64, which protobuf writes as ten bytes when it is negative. */
export function varint64Size(value: bigint): number {
	const bits = BigInt.asUintN(64, value);
	let size = 1;
	for (let rest = bits >> 7n; rest > 0n; rest >>= 7n) {
		size++;
	}
	return size;
}

export function writeVarint64(bytes: Uint8Array, at: number, value: bigint): number {
	let rest = BigInt.asUintN(64, value);
	let end = at;
	for (; rest >= 128n; rest >>= 7n) {
		bytes[end++] = Number(rest & 0x7fn) | 0x80;
	}
	bytes[end++] = Number(rest);
	return end;
}

/** Reads varints one after the other out of bytes that this program has written itself. */
export class VarintReader {
	readonly #bytes: Uint8Array;
	at: number;

	constructor(bytes: Uint8Array, at: number) {
		this.#bytes = bytes;
		this.at = at;
	}

	/** A natural number up to 2^53 - 1. */
	next(): number {
		let value = 0;
		let scale = 1;
		for (;;) {
			const byte = this.#byte();
			value += (byte & 0x7f) * scale;
			if (byte < 0x80) {
				assert(Number.isSafeInteger(value), 'a varint is beyond 2^53');
				return value;
			}
			scale *= TWO_7;
		}
	}

	/** An int64. */
	next64(): bigint {
		let value = 0n;
		for (let shift = 0n; ; shift += 7n) {
			const byte = this.#byte();
			value |= BigInt(byte & 0x7f) << shift;
			if (byte < 0x80) {
				return BigInt.asIntN(64, value);
			}
			assert(shift < 63n, 'a varint has more than ten bytes');
		}
	}

	#byte(): number {
		const byte = this.#bytes[this.at++];
		assert(byte !== undefined, 'a varint ends beyond its bytes');
		return byte;
	}
}
