/** Decodes strings in HPACK's Huffman code. Total: any bytes give a string or null. Used by hpack-decoder.ts. */
import { CODE_BITS_MAX, CODES_BY_LENGTH, END_SYMBOL } from './huffman-codes.ts';

const SHORT_BITS = 8;
/** By the next 8 bits: symbol and length of a code that fits in them as symbol * 16 + length, or 0. Nearly all of a header is such. */
const SHORT_CODES: Uint16Array = (() => {
	const table = new Uint16Array(2 ** SHORT_BITS);
	for (let bits = 1; bits <= SHORT_BITS; bits++) {
		const { first, symbols } = CODES_BY_LENGTH[bits] ?? { first: 0, symbols: [] };
		const copies = 2 ** (SHORT_BITS - bits);
		for (const [i, symbol] of symbols.entries()) {
			table.fill(symbol * 16 + bits, (first + i) * copies, (first + i + 1) * copies);
		}
	}
	return table;
})();

/** bytes[lo, hi) as a string of code units 0-255, or null if it is not in the code. */
export function decodeHuffman(bytes: Uint8Array, lo: number, hi: number): string | null {
	const end = 8 * hi;
	let text = '';
	for (let at = 8 * lo; at < end; ) {
		const short = SHORT_CODES[peekByte(bytes, at, hi)] as number;
		if (short !== 0 && at + (short & 15) <= end) {
			text += String.fromCharCode(short >> 4);
			at += short & 15;
			continue;
		}
		if (isPadding(bytes, at, end)) {
			return text;
		}
		const long = decodeLong(bytes, at, end);
		if (long === null) {
			return null;
		}
		text += String.fromCharCode(long.symbol);
		at += long.bits;
	}
	return text;
}

/** The code at a bit position, of any length. */
function decodeLong(bytes: Uint8Array, at: number, end: number): { readonly symbol: number; readonly bits: number } | null {
	let code = 0;
	const bitsMax = Math.min(CODE_BITS_MAX, end - at);
	for (let bits = 1; bits <= bitsMax; bits++) {
		const bit = at + bits - 1;
		code = code * 2 + (((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1);
		const codes = CODES_BY_LENGTH[bits];
		const symbol = codes?.symbols[code - codes.first];
		if (symbol !== undefined) {
			return symbol === END_SYMBOL ? null : { symbol, bits };
		}
	}
	return null;
}

/** What is left is less than a byte, and all ones (RFC 7541, 5.2). */
function isPadding(bytes: Uint8Array, at: number, end: number): boolean {
	const ones = 2 ** (end - at) - 1;
	return end - at < 8 && ((bytes[at >> 3] as number) & ones) === ones;
}

/** Eight bits from a bit position on; past the end ones, as the padding is. */
function peekByte(bytes: Uint8Array, at: number, hi: number): number {
	const i = at >> 3;
	const next = i + 1 < hi ? (bytes[i + 1] as number) : 0xff;
	return ((((bytes[i] as number) << 8) | next) >> (8 - (at & 7))) & 0xff;
}
