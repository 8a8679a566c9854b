/** What a watch request's key and range end mean: reference/etcd-surface.md 2.3 and 2.7. */
import { keyText } from './key-text.ts';

/** One key, or lo <= key < hi (null: to the end), as text (key-text.ts). */
export interface WatchedKeys {
	readonly lo: string;
	readonly hi: string | null;
	readonly single: boolean;
}

const ZERO = '\0';

/** No key: the smallest. No end: the one key. An end of one zero byte: all from the key on. */
export function toWatchedKeys(key: Uint8Array, rangeEnd: Uint8Array): WatchedKeys {
	const lo = key.length === 0 ? ZERO : keyText(key);
	const hi = keyText(rangeEnd);
	return { lo, hi: hi === ZERO ? null : hi, single: hi === '' };
}

/** Elsewhere an empty range finds nothing; a watch of one is refused. */
export function isEmpty(keys: WatchedKeys): boolean {
	return !keys.single && keys.hi !== null && keys.hi <= keys.lo;
}
