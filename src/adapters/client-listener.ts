/**
 * The client port: binds every listen URL and hands each connection to the sniffer. Not what is spoken on it: client-front-end.ts.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { FatalError } from '../base/fatal.ts';

export interface ListenerOptions {
	/** http://host:port each; port 0 takes a free one (tests). */
	readonly urls: readonly string[];
	/** Several lanes accept on one port; main has claimed it alone first (port-claim.ts). */
	readonly reusePort: boolean;
	/** Connections beyond are dropped at once. */
	readonly connectionsMax: number;
}

const OPTION = '--listen-client-urls';
const KEEP_ALIVE_MILLISECONDS = 60_000;

export class ClientListener {
	/** As bound, with real ports. */
	readonly urls: readonly string[];
	readonly #servers: readonly Server[];

	/** Rejects with a FatalError that names the option, the value and the rule; then nothing is left listening. */
	static async open(options: ListenerOptions, accept: (socket: Socket) => void): Promise<ClientListener> {
		const servers: Server[] = [];
		try {
			for (const url of options.urls) {
				servers.push(...(await listenOn(url, options, accept)));
			}
		} catch (error) {
			for (const server of servers) {
				server.close();
			}
			throw error;
		}
		return new ClientListener(servers);
	}

	private constructor(servers: readonly Server[]) {
		this.#servers = servers;
		this.urls = servers.map(urlOf);
	}

	/** Connections that were accepted go on. */
	stopAccepting(): void {
		for (const server of this.#servers) {
			server.close();
		}
	}
}

/** localhost is 127.0.0.1, and ::1 on the same port where the machine has it (design section 9). */
async function listenOn(url: string, options: ListenerOptions, accept: (socket: Socket) => void): Promise<readonly Server[]> {
	const { hostname, port } = new URL(url);
	const host = hostname.replace(/^\[|\]$/g, '');
	if (host !== 'localhost') {
		return [await bind({ url, host, port: Number(port) }, options, accept)];
	}
	const first = await bind({ url, host: '127.0.0.1', port: Number(port) }, options, accept);
	try {
		return [first, await bind({ url, host: '::1', port: portOf(first) }, options, accept)];
	} catch (error) {
		if (error instanceof FatalError && isAddressMissing(error.cause)) {
			return [first];
		}
		first.close();
		throw error;
	}
}

function bind(
	place: { readonly url: string; readonly host: string; readonly port: number },
	options: ListenerOptions,
	accept: (socket: Socket) => void,
): Promise<Server> {
	// Half-open, as http.Server has it: a caller may send its request and close its side before the answer.
	const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MILLISECONDS }, accept);
	server.maxConnections = options.connectionsMax;
	return new Promise((resolve, reject) => {
		server.once('error', (cause: NodeJS.ErrnoException) => {
			const rule = "the address must be this machine's and free";
			reject(new FatalError('listen_failed', `${OPTION} ${place.url}: cannot listen (${cause.code ?? cause.message}): ${rule}`, { cause }));
		});
		server.listen({ host: place.host, port: place.port, exclusive: true, reusePort: options.reusePort }, () => {
			server.removeAllListeners('error');
			// Of accepting one connection (out of descriptors): the listener goes on.
			server.on('error', () => {});
			resolve(server);
		});
	});
}

function isAddressMissing(cause: unknown): boolean {
	return cause instanceof Error && 'code' in cause && (cause.code === 'EADDRNOTAVAIL' || cause.code === 'EAFNOSUPPORT');
}

function portOf(server: Server): number {
	const address = server.address();
	return typeof address === 'object' && address !== null ? address.port : 0;
}

function urlOf(server: Server): string {
	const address = server.address();
	const host = typeof address === 'object' && address !== null ? address.address : '';
	return `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`;
}
