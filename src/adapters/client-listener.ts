/**
 * The listeners of clients: binds every listen URL, plain or TLS by its scheme, and hands each connection on. Not what is spoken on it:
 * client-front-end.ts.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { must } from '../base/assert.ts';
import { type Logger, SILENT } from '../ports/logger.ts';
import { bindUrls, boundUrl, isSecureUrl } from './bind-url.ts';
import type { ConnectionGate } from './connection-gate.ts';
import { makeSecureServer } from './tls/secure-server.ts';
import type { TlsMaterial } from './tls/tls-material.ts';

export interface ListenerOptions {
	/** For messages. */
	readonly option?: string;
	/** Port 0 takes a free one (tests). */
	readonly urls: readonly string[];
	/** Several lanes accept on one port; main has claimed it alone first (port-claim.ts). */
	readonly reusePort: boolean;
	/** Counts the connections of all listeners. */
	readonly gate: ConnectionGate;
	/** For https and unixs URLs. */
	readonly tls?: TlsMaterial | null;
	/** Best first: how a TLS caller may be told what is spoken. */
	readonly protocols?: readonly string[];
	readonly logger?: Logger;
}

const OPTION = '--listen-client-urls';
const KEEP_ALIVE_MILLISECONDS = 60_000;

export class ClientListener {
	/** As bound, with real ports. */
	readonly urls: readonly string[];
	readonly #servers: readonly Server[];

	/** Rejects with a FatalError that names the option, the value and the rule; then nothing is left listening. */
	static async open(options: ListenerOptions, accept: (socket: Socket) => void): Promise<ClientListener> {
		const { option = OPTION, urls, reusePort } = options;
		const urlOf = new Map<Server, string>();
		const servers = await bindUrls({ option, urls, reusePort }, (url) => {
			const server = isSecureUrl(url) ? secureServer(options, accept) : plainServer(accept);
			// Before a handshake begins.
			server.prependListener('connection', (socket: Socket) => options.gate.admit(socket));
			urlOf.set(server, url);
			return server;
		});
		for (const server of servers) {
			// Of accepting one connection (out of descriptors): the listener goes on.
			server.on('error', () => {});
		}
		return new ClientListener(
			servers,
			servers.map((server) => boundUrl(server, must(urlOf.get(server), 'the URL of a server'))),
		);
	}

	private constructor(servers: readonly Server[], urls: readonly string[]) {
		this.#servers = servers;
		this.urls = urls;
	}

	/** Connections that were accepted go on. */
	stopAccepting(): void {
		for (const server of this.#servers) {
			server.close();
		}
	}
}

/** Half-open, as http.Server has it: a caller may send its request and close its side before the answer. */
function plainServer(accept: (socket: Socket) => void): Server {
	return createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MILLISECONDS }, (socket) => {
		if (!socket.destroyed) {
			accept(socket);
		}
	});
}

function secureServer({ tls, protocols = ['http/1.1', 'h2'], logger = SILENT }: ListenerOptions, accept: (socket: Socket) => void): Server {
	const options = { endpoint: 'client' as const, protocols, keepAliveMilliseconds: KEEP_ALIVE_MILLISECONDS };
	return makeSecureServer(must(tls ?? null, 'certificates for an https URL'), options, { logger, accept });
}
