/**
 * Paths of the v2 tree: byte strings, since a name may hold any byte but "/". A path is written "/a/b"; the root is the empty path.
 * Empty components are dropped; "." and ".." never get here, since api/v2/location.ts redirects such requests as etcd does.
 */
import { concatBytes } from '../base/bytes.ts';

export type Name = Uint8Array;

const SLASH = 0x2f;
const UNDERSCORE = 0x5f;
const SLASH_BYTES = Uint8Array.of(SLASH);

/** The names of a path, from the root down; views of its bytes. */
export function splitPath(path: Uint8Array): readonly Name[] {
	const names: Name[] = [];
	let start = 0;
	for (let i = 0; i <= path.length; i++) {
		if (i === path.length || path[i] === SLASH) {
			if (i > start) {
				names.push(path.subarray(start, i));
			}
			start = i + 1;
		}
	}
	return names;
}

/** The path of the first count names. */
export function joinPath(names: readonly Name[], count = names.length): Uint8Array {
	const parts: Uint8Array[] = [];
	for (const name of names.slice(0, count)) {
		parts.push(SLASH_BYTES, name);
	}
	return concatBytes(parts);
}

/** Hidden nodes are read by their exact path and left out of every listing (1.6.10). */
export function isHidden(name: Name): boolean {
	return name[0] === UNDERSCORE;
}
