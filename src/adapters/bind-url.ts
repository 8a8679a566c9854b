/**
 * Binds a listen URL, the same way for every listener: what localhost means, what a unix socket needs, and what is said when it cannot be. Not what
 * is served there. Used by client-listener.ts, peer-listen.ts and port-claim.ts.
 */
import { lstatSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { FatalError } from '../base/fatal.ts';

export interface BindOptions {
	/** For the message: --listen-client-urls. */
	readonly option: string;
	/** http://host:port or https://host:port, where port 0 takes a free one (tests); unix://path or unixs://path. */
	readonly url: string;
	/** Several lanes accept on one port. */
	readonly reusePort: boolean;
}

type Place = { readonly host: string; readonly port: number } | { readonly path: string };

const UNIX = /^unixs?:\/\//;

/** A listening server for each address; localhost is 127.0.0.1, and ::1 on the same port where the machine has it (design section 9). */
export async function bindUrl<S extends Server>(options: BindOptions, make: (url: string) => S): Promise<readonly S[]> {
	const { url } = options;
	if (UNIX.test(url)) {
		return [await bindPath(options, url.replace(UNIX, ''), make)];
	}
	const { hostname, port, protocol } = new URL(url);
	// The URL class leaves out the scheme's own port.
	const number = port === '' ? Number(protocol === 'https:' ? 443 : 80) : Number(port);
	const host = hostname.replace(/^\[(.*)\]$/, '$1');
	if (host !== 'localhost') {
		return [await bind(options, { host, port: number }, make(url))];
	}
	const first = await bind(options, { host: '127.0.0.1', port: number }, make(url));
	try {
		return [first, await bind(options, { host: '::1', port: boundPort(first) }, make(url))];
	} catch (error) {
		if (error instanceof FatalError && isOneOf(error.cause, ['EADDRNOTAVAIL', 'EAFNOSUPPORT'])) {
			return [first];
		}
		first.close();
		throw error;
	}
}

/** All of them, or none. */
export async function bindUrls<S extends Server>(
	options: Omit<BindOptions, 'url'> & { readonly urls: readonly string[] },
	make: (url: string) => S,
): Promise<readonly S[]> {
	const servers: S[] = [];
	try {
		for (const url of options.urls) {
			servers.push(...(await bindUrl({ ...options, url }, make)));
		}
	} catch (error) {
		for (const server of servers) {
			server.close();
		}
		throw error;
	}
	return servers;
}

/** Whether what is spoken there is TLS. */
export function isSecureUrl(url: string): boolean {
	return url.startsWith('https:') || url.startsWith('unixs:');
}

/** Where it listens, with the real port. url: what was bound. */
export function boundUrl(server: Server, url: string): string {
	const address = server.address();
	if (typeof address !== 'object' || address === null) {
		return url;
	}
	return `${new URL(url).protocol}//${address.address.includes(':') ? `[${address.address}]` : address.address}:${address.port}`;
}

function boundPort(server: Server): number {
	const address = server.address();
	return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A socket that a killed process has left behind is in the way, and nobody answers on it: it is taken away. A file of another kind is somebody's. */
async function bindPath<S extends Server>(options: BindOptions, path: string, make: (url: string) => S): Promise<S> {
	try {
		return await bind(options, { path }, make(options.url));
	} catch (error) {
		if (!(error instanceof FatalError && isOneOf(error.cause, ['EADDRINUSE'])) || !lstatSync(path).isSocket() || !(await isDead(path))) {
			throw error;
		}
	}
	rmSync(path, { force: true });
	return bind(options, { path }, make(options.url));
}

function isDead(path: string): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect({ path });
		socket.once('connect', () => {
			socket.destroy();
			resolve(false);
		});
		socket.once('error', (error) => resolve(isOneOf(error, ['ECONNREFUSED'])));
	});
}

function bind<S extends Server>(options: BindOptions, place: Place, server: S): Promise<S> {
	const { option, url } = options;
	// Lanes share ports, not files.
	const reusePort = 'port' in place && options.reusePort;
	return new Promise((resolve, reject) => {
		const onError = (cause: NodeJS.ErrnoException): void => {
			const where = 'path' in place ? place.path : `${place.host} port ${place.port}`;
			const rule = 'path' in place ? 'the file must be in a directory of ours, and free' : "the address must be this machine's, and free";
			reject(new FatalError('listen_failed', `${option}: "${url}" cannot be bound (${cause.code ?? cause.message} at ${where}): ${rule}`, { cause }));
		};
		server.once('error', onError);
		server.listen({ ...place, exclusive: true, reusePort }, () => {
			server.off('error', onError);
			resolve(server);
		});
	});
}

function isOneOf(cause: unknown, codes: readonly string[]): boolean {
	return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && codes.includes(cause.code);
}
