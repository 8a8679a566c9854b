/**
 * Keys as text of one character a byte: several times smaller in memory than a byte array, and in the same order. Watchers keep their
 * keys so; the keys of events stay bytes as long as they are only looked up, so that an event which nobody watches makes no garbage.
 */

/** Longer keys are put together of pieces, far below the limit of arguments of a call. */
const PIECE_BYTES = 1_024;

export function keyText(key: Uint8Array): string {
	if (key.length <= PIECE_BYTES) {
		return String.fromCharCode.apply(null, key as unknown as number[]);
	}
	let text = '';
	for (let at = 0; at < key.length; at += PIECE_BYTES) {
		text += keyText(key.subarray(at, at + PIECE_BYTES));
	}
	return text;
}

/** Of bytes[lo, hi), 31 bits wide: FNV-1a, and a last mix since hash tables look at the lowest bits. */
export function hashKey(bytes: Uint8Array, lo: number, hi: number): number {
	let hash = 0x811c9dc5;
	for (let at = lo; at < hi; at++) {
		hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
	}
	return (hash ^ (hash >>> 15)) & 0x7fffffff;
}

export function hashText(text: string): number {
	let hash = 0x811c9dc5;
	for (let at = 0; at < text.length; at++) {
		hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
	}
	return (hash ^ (hash >>> 15)) & 0x7fffffff;
}

/** Whether the text is that of bytes[lo, hi). */
export function equalsText(text: string, bytes: Uint8Array, lo: number, hi: number): boolean {
	if (text.length !== hi - lo) {
		return false;
	}
	// From the end: keys that differ often begin alike.
	for (let i = text.length - 1; i >= 0; i--) {
		if (text.charCodeAt(i) !== bytes[lo + i]) {
			return false;
		}
	}
	return true;
}
