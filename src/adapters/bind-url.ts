/**
 * Binds a listen URL, the same way for every listener: what localhost means, and what is said when it cannot be. Not what is served there.
 * Used by client-listener.ts, peer-listen.ts and port-claim.ts.
 */
import type { Server } from 'node:net';
import { FatalError } from '../base/fatal.ts';

export interface BindOptions {
	/** For the message: --listen-client-urls. */
	readonly option: string;
	/** http://host:port; port 0 takes a free one (tests). */
	readonly url: string;
	/** Several lanes accept on one port. */
	readonly reusePort: boolean;
}

/** A listening server for each address; localhost is 127.0.0.1, and ::1 on the same port where the machine has it (design section 9). */
export async function bindUrl<S extends Server>(options: BindOptions, make: () => S): Promise<readonly S[]> {
	const { hostname, port } = new URL(options.url);
	// The URL class leaves out the scheme's own port.
	const number = port === '' ? 80 : Number(port);
	const host = hostname.replace(/^\[(.*)\]$/, '$1');
	if (host !== 'localhost') {
		return [await bind(options, { host, port: number }, make())];
	}
	const first = await bind(options, { host: '127.0.0.1', port: number }, make());
	try {
		return [first, await bind(options, { host: '::1', port: boundPort(first) }, make())];
	} catch (error) {
		if (error instanceof FatalError && isAddressMissing(error.cause)) {
			return [first];
		}
		first.close();
		throw error;
	}
}

/** All of them, or none. */
export async function bindUrls<S extends Server>(
	options: Omit<BindOptions, 'url'> & { readonly urls: readonly string[] },
	make: () => S,
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

/** Where it listens, with the real port. */
export function boundUrl(server: Server): string {
	const address = server.address();
	const host = typeof address === 'object' && address !== null ? address.address : '';
	return `http://${host.includes(':') ? `[${host}]` : host}:${boundPort(server)}`;
}

function boundPort(server: Server): number {
	const address = server.address();
	return typeof address === 'object' && address !== null ? address.port : 0;
}

function bind<S extends Server>(options: BindOptions, place: { readonly host: string; readonly port: number }, server: S): Promise<S> {
	const { option, url, reusePort } = options;
	return new Promise((resolve, reject) => {
		const onError = (cause: NodeJS.ErrnoException): void => {
			const where = `${place.host} port ${place.port}`;
			const rule = "the address must be this machine's, and free";
			reject(new FatalError('listen_failed', `${option}: "${url}" cannot be bound (${cause.code ?? cause.message} at ${where}): ${rule}`, { cause }));
		};
		server.once('error', onError);
		server.listen({ ...place, exclusive: true, reusePort }, () => {
			server.off('error', onError);
			resolve(server);
		});
	});
}

function isAddressMissing(cause: unknown): boolean {
	return cause instanceof Error && 'code' in cause && (cause.code === 'EADDRNOTAVAIL' || cause.code === 'EAFNOSUPPORT');
}
