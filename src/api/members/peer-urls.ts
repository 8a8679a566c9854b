/** Peer URLs of a member that is to be added or moved, checked as etcd does, in its words (they reach v2 clients). */

export type PeerUrls = { readonly ok: true; readonly urls: readonly string[] } | { readonly ok: false; readonly problem: string };

const SCHEMES: readonly string[] = ['http:', 'https:'];
const URLS_MAX = 16;

/** Sorted. */
export function parsePeerUrls(texts: readonly string[]): PeerUrls {
	if (texts.length === 0 || texts.length > URLS_MAX) {
		return { ok: false, problem: 'no valid URLs given' };
	}
	const urls = texts.map((text) => text.trim());
	for (const url of urls) {
		const problem = problemOf(url);
		if (problem !== null) {
			return { ok: false, problem };
		}
	}
	return { ok: true, urls: urls.sort() };
}

function problemOf(url: string): string | null {
	if (/^unixs?:\/\/[^?#\s,]+$/.test(url)) {
		return null;
	}
	const match = /^([A-Za-z][A-Za-z0-9+.-]*:)\/\/([^/?#\s]*)([^\s]*)$/.exec(url);
	if (match === null || !SCHEMES.includes(match[1] ?? '')) {
		return `URL scheme must be http, https, unix, or unixs: ${url}`;
	}
	if (!/^(\[[0-9A-Fa-f:.]+\]|[^:@]+):\d{1,5}$/.test(match[2] ?? '') || !URL.canParse(url)) {
		return `URL address does not have the form "host:port": ${url}`;
	}
	return match[3] === '' ? null : `URL must not contain a path: ${url}`;
}
