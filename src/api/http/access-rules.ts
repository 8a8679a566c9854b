/**
 * Which requests a browser may not make in a stranger's name (reliability.md 6.5, T16 to T18), for HTTP/1.1 and HTTP/2 alike. A page cannot choose
 * Host, Origin and Sec-Fetch-*, so they say whose page asks; who is no browser can say anything, and is not stopped here. Used by
 * access-guard.ts and adapters/h2-access.ts.
 */
import { isIP } from 'node:net';
import { type AccessSettings, ANY } from '../../base/access-settings.ts';

/** The connection that a request came by. */
export interface Way {
	readonly isPlain: boolean;
	/** To an address of loopback, on which any page of the web can have a browser of this machine call. */
	readonly isLoopback: boolean;
}

export interface Claims {
	readonly method: string;
	/** null: no such header; so with the others. */
	readonly host: string | null;
	readonly origin: string | null;
	readonly fetchSite: string | null;
	readonly fetchMode: string | null;
	readonly fetchDest: string | null;
}

export interface AccessRefusal {
	readonly status: 403 | 421;
	readonly text: string;
}

const SAFE: readonly string[] = ['GET', 'HEAD'];
const HOST_PARTS = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d*)?$/;
const SHOWN_CHARACTERS_MAX = 100;

export class AccessRules {
	readonly #hosts: ReadonlySet<string>;
	readonly #ownHosts: ReadonlySet<string>;
	readonly #origins: ReadonlySet<string>;

	/** machineName: what this machine calls itself, which nobody else may register. */
	constructor({ hosts, ownHosts, origins }: AccessSettings, machineName: string) {
		this.#hosts = new Set(hosts);
		this.#ownHosts = new Set([...hosts, ...ownHosts, machineName.toLowerCase()]);
		this.#origins = new Set(origins);
	}

	/** Of HTTP/1.1; null: it may pass. With a list: 421, as etcd; else only the way over loopback is closed to strangers' names. */
	hostRefusal(header: string | null, way: Way): AccessRefusal | null {
		if (!way.isPlain || this.#hosts.has(ANY)) {
			return null;
		}
		if (this.#hosts.size > 0) {
			return this.#hosts.has(hostOf(header ?? '') ?? '') ? null : { status: 421, text: unknownHost(header) };
		}
		return this.isForeignHere(header, way) ? { status: 403, text: unknownHost(header) } : null;
	}

	/** Whether a name that a stranger may have registered has led here, over loopback. */
	isForeignHere(header: string | null, { isPlain, isLoopback }: Way): boolean {
		if (!isPlain || !isLoopback || header === null || this.#hosts.has(ANY)) {
			return false;
		}
		const host = hostOf(header);
		return host === null || !(isIP(host) !== 0 || isLocalName(host) || this.#ownHosts.has(host));
	}

	/** null: no page of another origin asks, or one that may. */
	originRefusal({ method, host, origin, fetchSite, fetchMode, fetchDest }: Claims): AccessRefusal | null {
		if (this.corsOrigin(origin) !== null || fetchSite === 'same-origin' || fetchSite === 'none') {
			return null;
		}
		const isLink = fetchMode === 'navigate' && fetchDest === 'document' && SAFE.includes(method);
		const isOwn = fetchSite === null ? origin === null || isSameHost(origin, host) : origin === null && isLink;
		if (isOwn) {
			return null;
		}
		const whose = origin === null ? 'another site' : JSON.stringify(origin.slice(0, SHOWN_CHARACTERS_MAX));
		return { status: 403, text: `a page of ${whose} may not call this member from a browser: --cors lists the origins that may` };
	}

	/** What Access-Control-Allow-Origin says to this origin; null: nothing. */
	corsOrigin(origin: string | null): string | null {
		if (this.#origins.has(ANY)) {
			return ANY;
		}
		return origin !== null && this.#origins.has(origin.toLowerCase()) ? origin : null;
	}
}

function unknownHost(header: string | null): string {
	const host = JSON.stringify((header ?? '').slice(0, SHOWN_CHARACTERS_MAX));
	return `the host name ${host} is not known to be this member's: --host-whitelist lists the names that are`;
}

/** Without port and brackets; null: that is no host. */
function hostOf(header: string): string | null {
	const parts = HOST_PARTS.exec(header);
	return parts === null ? null : (parts[1] ?? parts[2] ?? '').toLowerCase().replace(/\.$/, '');
}

/** RFC 6761, 6.3: browsers never ask the network for these. */
function isLocalName(host: string): boolean {
	return host === 'localhost' || host.endsWith('.localhost');
}

/** The scheme is not looked at: a proxy may have taken TLS off. */
function isSameHost(origin: string, host: string | null): boolean {
	return host !== null && /^https?:\/\/(.*)$/.exec(origin.toLowerCase())?.[1] === host.toLowerCase();
}
