/**
 * Makes the :authority of an HPACK header block one that node:http2 accepts, in place and without changing a length, so that both sides'
 * tables stay the same. clientv3 up to 3.4 sends a whole URL there (`http://host:port`) for Status, HashKV and MoveLeader; etcd does not
 * look at it, nghttp2 resets the stream. Used by http2-opening.ts on a connection's first request; later ones refer to the table's entry.
 */

/** Index of :authority in HPACK's static table. */
const AUTHORITY = 1;
const SLASH = 0x2f;
const DASH = 0x2d;
/** Huffman codes of both have six bits. */
const SLASH_CODE = 0b011000;
const DASH_CODE = 0b010110;

/** Replaces each slash in :authority by a dash. Whatever cannot be followed is left as it is, for nghttp2 to judge. */
export function repairAuthority(block: Uint8Array): void {
	let at = 0;
	while (at < block.length) {
		const first = block[at] as number;
		if ((first & 0x80) !== 0) {
			at = readInteger(block, at, 7).end;
		} else if ((first & 0xe0) === 0x20) {
			at = readInteger(block, at, 5).end;
		} else {
			const name = readInteger(block, at, (first & 0x40) !== 0 ? 6 : 4);
			const value = name.value === 0 ? skipString(block, name.end) : name.end;
			const end = skipString(block, value);
			if (end > block.length) {
				return;
			}
			if (name.value === AUTHORITY) {
				repairString(block, value);
			}
			at = end;
		}
	}
}

/** A prefix integer (RFC 7541, 5.1). end is past the block if it is cut off or absurdly long. */
function readInteger(block: Uint8Array, at: number, prefixBits: number): { readonly value: number; readonly end: number } {
	const most = 2 ** prefixBits - 1;
	let value = (block[at] ?? 0) & most;
	if (value < most) {
		return { value, end: at + 1 };
	}
	for (let i = 1; i <= 4; i++) {
		const byte = block[at + i];
		if (byte === undefined) {
			break;
		}
		value += (byte & 0x7f) * 2 ** (7 * (i - 1));
		if ((byte & 0x80) === 0) {
			return { value, end: at + i + 1 };
		}
	}
	return { value, end: block.length + 1 };
}

function skipString(block: Uint8Array, at: number): number {
	const { value, end } = readInteger(block, at, 7);
	return end + value;
}

function repairString(block: Uint8Array, at: number): void {
	const isHuffman = ((block[at] as number) & 0x80) !== 0;
	const { value: length, end: start } = readInteger(block, at, 7);
	if (isHuffman) {
		repairHuffman(block, start, start + length);
		return;
	}
	for (let i = start; i < start + length; i++) {
		if (block[i] === SLASH) {
			block[i] = DASH;
		}
	}
}

/** Walks the codes from bit to bit; each is told by its length class alone (RFC 7541, appendix B). Ends at the padding, or at a symbol no URL has. */
function repairHuffman(block: Uint8Array, start: number, end: number): void {
	const bits = 8 * end;
	let at = 8 * start;
	for (let length = codeLength(block, at, bits); length > 0; length = codeLength(block, at, bits)) {
		if (length === 6 && peek(block, at, 6) === SLASH_CODE) {
			poke(block, at, 6, DASH_CODE);
		}
		at += length;
	}
}

/** Codes are canonical: those of one length are a run of numbers. 0: none that is expected here. */
function codeLength(block: Uint8Array, at: number, bits: number): number {
	const next = peek(block, at, 13);
	const length = lengthOf(next);
	return at + length <= bits ? length : 0;
}

/** By the next 13 bits: 5 for 0-2 and common letters, 6, 7 and 8 for the rest of the letters, digits and punctuation, 13 for brackets. */
function lengthOf(next: number): number {
	if (next >> 8 < 0x0a) {
		return 5;
	}
	if (next >> 7 < 0x2e) {
		return 6;
	}
	if (next >> 6 < 0x7c) {
		return 7;
	}
	if (next >> 5 < 0xfe) {
		return 8;
	}
	return next === 0x1ffb || next === 0x1ffc ? 13 : 0;
}

/** Past the end: ones, as the padding is. */
function peek(block: Uint8Array, at: number, count: number): number {
	let value = 0;
	for (let i = at; i < at + count; i++) {
		const byte = block[i >> 3] ?? 0xff;
		value = (value << 1) | ((byte >> (7 - (i & 7))) & 1);
	}
	return value;
}

function poke(block: Uint8Array, at: number, count: number, value: number): void {
	for (let i = 0; i < count; i++) {
		const bit = (value >> (count - 1 - i)) & 1;
		const byte = (at + i) >> 3;
		const mask = 0x80 >> ((at + i) & 7);
		block[byte] = bit === 1 ? (block[byte] as number) | mask : (block[byte] as number) & ~mask;
	}
}
