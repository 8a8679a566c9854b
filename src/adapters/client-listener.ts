/**
 * The client port: binds every listen URL and hands each connection to the sniffer. Not what is spoken on it: client-front-end.ts.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { bindUrls, boundUrl } from './bind-url.ts';

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
		const servers = await bindUrls({ option: OPTION, urls: options.urls, reusePort: options.reusePort }, () => {
			// Half-open, as http.Server has it: a caller may send its request and close its side before the answer.
			const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MILLISECONDS }, accept);
			server.maxConnections = options.connectionsMax;
			return server;
		});
		for (const server of servers) {
			// Of accepting one connection (out of descriptors): the listener goes on.
			server.on('error', () => {});
		}
		return new ClientListener(servers);
	}

	private constructor(servers: readonly Server[]) {
		this.#servers = servers;
		this.urls = servers.map(boundUrl);
	}

	/** Connections that were accepted go on. */
	stopAccepting(): void {
		for (const server of this.#servers) {
			server.close();
		}
	}
}
