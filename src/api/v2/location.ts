/**
 * Where a request goes, read as Go's net/http reads it: the path decoded to bytes and cleaned, the query left raw.
 * Byte strings are JS strings of characters 0 to 255 here ("latin1"). A path that is not clean is answered with 301 to the clean one.
 */
import { unescapeUrl } from './url-escape.ts';

export type Location =
	| { readonly kind: 'path'; readonly path: string; readonly query: string }
	| { readonly kind: 'redirect'; readonly to: string }
	/** A malformed escape in the path: Go answers before any handler. */
	| { readonly kind: 'malformed' };

/** target: the request line's, with its bytes as characters, as node:http gives it. */
export function locate(target: string): Location {
	const origin = /^https?:\/\/[^/?]*/i.exec(target)?.[0] ?? '';
	const rest = target.slice(origin.length);
	const mark = rest.indexOf('?');
	const raw = mark === -1 ? rest : rest.slice(0, mark);
	const query = mark === -1 ? '' : rest.slice(mark + 1);
	const path = unescapeUrl(raw, { plusIsSpace: false });
	if (!path.ok) {
		return { kind: 'malformed' };
	}
	const clean = cleanPath(path.text);
	if (clean !== path.text) {
		return { kind: 'redirect', to: escapePath(clean) + (mark === -1 || query === '' ? '' : `?${query}`) };
	}
	return { kind: 'path', path: clean, query };
}

/** Go's cleanPath: no empty, "." or ".." component; a slash at the end stays. */
function cleanPath(path: string): string {
	const names: string[] = [];
	for (const name of path.split('/')) {
		if (name === '..') {
			names.pop();
		} else if (name !== '' && name !== '.') {
			names.push(name);
		}
	}
	if (names.length === 0) {
		return '/';
	}
	return `/${names.join('/')}${path.endsWith('/') ? '/' : ''}`;
}

/** What Go leaves as it is when it writes a path (net/url, encodePath). */
const PLAIN = /[^A-Za-z0-9\-_.~$&+,/:;=@]/g;

function escapePath(path: string): string {
	return path.replace(PLAIN, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
