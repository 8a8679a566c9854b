/**
 * Whether an event is for a watcher that reads it in the history, and not when it happens: that is watch-tree.ts. Two rules: etcd's scan,
 * quirks included, for a watcher that begins in the past; and what a live watcher would have been told, for a stream that goes on from there
 * (reference/etcd-surface.md 1.6.10, 1.7). Used by actors/lane-v2-watches.ts.
 */
import { equalBytes } from '../../base/bytes.ts';
import type { V2Event } from '../event.ts';

export interface Interest {
	/** "/a/b"; empty for the root. */
	readonly path: Uint8Array;
	readonly recursive: boolean;
}

const SLASH = 0x2f;
const UNDERSCORE = 0x5f;

/** Hidden keys count, and a directory that went is looked for as a raw prefix: /foo deleted matches a watcher of /foobar. */
export function matchesScan({ path, recursive }: Interest, event: V2Event): boolean {
	const key = event.node.path;
	if (event.refresh) {
		return false;
	}
	if (equalBytes(key, path) || (recursive && isBelow(key, path))) {
		return true;
	}
	return hasTakenDirectory(event) && beginsWith(path, key);
}

/** One thing is not known here: whether the path was there when a directory above it went. It is told all the same. */
export function matchesLive({ path, recursive }: Interest, event: V2Event): boolean {
	const key = event.node.path;
	if (event.refresh) {
		return false;
	}
	if (equalBytes(key, path) || (recursive && isBelow(key, path) && !isHiddenBelow(key, path.length))) {
		return true;
	}
	return hasTakenDirectory(event) && isBelow(path, key);
}

/** With a directory goes all that is in it, in this one event. */
function hasTakenDirectory({ action, prevNode }: V2Event): boolean {
	return (action === 'delete' || action === 'expire') && prevNode?.directory === true;
}

function isBelow(path: Uint8Array, directory: Uint8Array): boolean {
	return path.length > directory.length && path[directory.length] === SLASH && beginsWith(path, directory);
}

function beginsWith(path: Uint8Array, prefix: Uint8Array): boolean {
	return path.length >= prefix.length && equalBytes(path.subarray(0, prefix.length), prefix);
}

/** A name that begins with an underscore, from this place of the path on. */
function isHiddenBelow(path: Uint8Array, from: number): boolean {
	for (let at = from; at + 1 < path.length; at++) {
		if (path[at] === SLASH && path[at + 1] === UNDERSCORE) {
			return true;
		}
	}
	return false;
}
