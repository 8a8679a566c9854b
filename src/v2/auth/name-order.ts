/** The order of names: by their bytes, as Go sorts strings. Used by merging.ts and looks.ts. */
import { compareBytes } from '../../base/bytes.ts';

const encoder = new TextEncoder();

export function sortedByBytes(names: Iterable<string>): readonly string[] {
	return [...names]
		.map((name) => ({ name, bytes: encoder.encode(name) }))
		.sort((a, b) => compareBytes(a.bytes, b.bytes))
		.map(({ name }) => name);
}
