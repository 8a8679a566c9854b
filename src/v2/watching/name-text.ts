/** Names of the v2 tree as text of one character a byte, to be keys of a Map. Used by watch-tree.ts. */
import type { Name } from '../path.ts';

/** Longer names are put together of pieces, far below the limit of arguments of a call. */
const PIECE_BYTES = 1_024;

export function nameText(name: Name): string {
	let text = '';
	for (let at = 0; at < name.length; at += PIECE_BYTES) {
		text += String.fromCharCode(...name.subarray(at, at + PIECE_BYTES));
	}
	return text;
}
