/**
 * The Huffman code of HPACK (RFC 7541, appendix B). It is canonical: codes of one length are consecutive numbers, in the order of their
 * symbols, so that the lengths say all. Used by huffman.ts.
 */

/** Symbol 256 ends a string; it never occurs in one. */
export const END_SYMBOL = 256;

/** The symbols that are printable ASCII, by the length of their codes. */
const PRINTABLE: readonly (readonly [bits: number, symbols: string])[] = [
	[5, '012aceiost'],
	[6, ' %-./3456789=A_bdfghlmnpru'],
	[7, ':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz'],
	[8, '&*,;XZ'],
	[10, '!"()?'],
	[11, "'+|"],
	[12, '#>'],
	[13, '$@[]~'],
	[14, '^}'],
	[15, '<`{'],
	[19, '\\'],
];

const OTHERS: readonly (readonly [bits: number, symbols: readonly number[]])[] = [
	[13, [0]],
	[19, [195, 208]],
	[20, [128, 130, 131, 162, 184, 194, 224, 226]],
	[21, [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230]],
	[22, [129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232, 233]],
	[23, [1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182, 183, 188, 191, 197]],
	[23, [231, 239]],
	[24, [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237]],
	[25, [199, 207, 234, 235]],
	[26, [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255]],
	[27, [203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254]],
	[28, [2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249]],
	[30, [10, 13, 22, END_SYMBOL]],
];

export const CODE_BITS_MAX = 30;

export interface CodesOfLength {
	/** The code of symbols[0]; the others follow. */
	readonly first: number;
	readonly symbols: readonly number[];
}

/** By the number of bits; lengths that no symbol has are empty. */
export const CODES_BY_LENGTH: readonly CodesOfLength[] = (() => {
	const lengths: number[][] = Array.from({ length: CODE_BITS_MAX + 1 }, () => []);
	for (const [bits, symbols] of PRINTABLE) {
		lengths[bits]?.push(...Array.from(symbols, (symbol) => symbol.charCodeAt(0)));
	}
	for (const [bits, symbols] of OTHERS) {
		lengths[bits]?.push(...symbols);
	}
	let next = 0;
	return lengths.map((symbols) => {
		next *= 2;
		const first = next;
		next += symbols.length;
		return { first, symbols: symbols.sort((a, b) => a - b) };
	});
})();
