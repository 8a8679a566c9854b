/**
 * Listen and advertise URLs: scheme, host and port, nothing else; or a unix socket and its path. The text is kept as given, since member ids are
 * hashes of it. Not for URLs of requests.
 */

export interface UrlParts {
	readonly scheme: string;
	/** Without the brackets of an IPv6 address. */
	readonly host: string;
	readonly port: number;
}

/** The URLs of a comma list, sorted as etcd sorts them, or the rule that one breaks. */
export function parseUrls(text: string, use: 'listen' | 'advertise'): { ok: true; urls: readonly string[] } | { ok: false; rule: string } {
	const urls = text.split(',').map((url) => url.trim());
	for (const url of urls) {
		const rule = brokenRule(url, use);
		if (rule !== null) {
			return { ok: false, rule: urls.length === 1 ? rule : `${rule} (${url})` };
		}
	}
	urls.sort(byBytes);
	const twice = urls.find((url, i) => url === urls[i + 1]);
	return twice === undefined ? { ok: true, urls } : { ok: false, rule: `must not list a URL twice (${twice})` };
}

/** null unless the text is scheme://host:port and nothing more. */
export function splitUrl(url: string): UrlParts | null {
	const match = /^([a-z]+):\/\/(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(url);
	if (match === null) {
		return null;
	}
	const host = match[2] ?? match[3] ?? '';
	const port = Number(match[4]);
	const isValidHost = match[2] === undefined || URL.canParse(`http://[${host}]:1`);
	return isValidHost && port <= 65_535 ? { scheme: match[1] ?? '', host, port } : null;
}

function brokenRule(url: string, use: 'listen' | 'advertise'): string | null {
	if (/^unixs?:/.test(url)) {
		return /^unixs?:\/\/[^?#]+$/.test(url) ? null : 'must be a URL of the form unix://path or unixs://path';
	}
	const parts = splitUrl(url);
	if (parts === null || (parts.scheme !== 'http' && parts.scheme !== 'https')) {
		return 'must be a URL of the form http://host:port or https://host:port, without a path';
	}
	if (use === 'listen' && !isAddress(parts.host)) {
		return 'must be an IP address or localhost, not a name';
	}
	if (use === 'advertise' && parts.port === 0) {
		return 'must name the port that others connect to, not 0';
	}
	return null;
}

function isAddress(host: string): boolean {
	return host === 'localhost' || host.includes(':') || isIpv4(host);
}

function isIpv4(host: string): boolean {
	const parts = host.split('.');
	return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** URLs are ASCII here, so the order of code units is the order of bytes. */
export function byBytes(a: string, b: string): number {
	return a < b ? -1 : Number(a > b);
}
