/**
 * Binds the peer listeners. Several URLs, one handler; a server a bound address, plain or TLS by the URL's scheme. Not what is served: peer-server.ts.
 */
import { createServer, type Server } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import { must } from '../base/assert.ts';
import type { Logger } from '../ports/logger.ts';
import { bindUrls, boundUrl, isSecureUrl } from './bind-url.ts';
import { ConnectionGate } from './connection-gate.ts';
import type { PeerTiming } from './peer-timing.ts';
import { makeSecureServer } from './tls/secure-server.ts';
import type { TlsMaterial } from './tls/tls-material.ts';

/** Strangers beyond this many connections are cut off at once; upgraded ones count. Half of them may come from one address. */
const CONNECTIONS_MAX = 1_024;
const HEADER_BYTES_MAX = 8 * 1_024;
const KEEP_ALIVE_MILLISECONDS = 60_000;
/** An upgrade of HTTP/2 is another thing (design section 9). */
const PROTOCOLS = ['http/1.1'];

export interface PeerListenOptions {
	readonly listenUrls: readonly string[];
	/** Other processes may listen there too. Default: none may. */
	readonly reusePort?: boolean;
	readonly timing: PeerTiming;
	/** For https and unixs URLs. */
	readonly tls: TlsMaterial | null;
	readonly logger: Logger;
}

/** Adds the handlers to a server before it listens. */
export type Serve = (server: Server) => void;

export interface PeerListener {
	/** With the port that was bound. */
	readonly url: string;
	/** Ends what was accepted, too. */
	close(): Promise<void>;
}

/** Every URL, or a FatalError that names the option, the value and the rule; then nothing is left listening. */
export async function listenPeers(options: PeerListenOptions, serve: Serve): Promise<readonly PeerListener[]> {
	const gate = new ConnectionGate({ endpoint: 'peer', connectionsMax: CONNECTIONS_MAX, addressConnectionsMax: CONNECTIONS_MAX / 2 }, options.logger);
	const made = new Map<NetServer, { readonly url: string; readonly http: Server; readonly sockets: ReadonlySet<Socket> }>();
	const servers = await bindUrls({ option: '--listen-peer-urls', urls: options.listenUrls, reusePort: options.reusePort ?? false }, (url) => {
		const http = makeServer(options.timing, serve);
		const server = isSecureUrl(url) ? secured(options, http) : http;
		server.prependListener('connection', (socket: Socket) => gate.admit(socket));
		made.set(server, { url, http, sockets: trackSockets(server) });
		return server;
	});
	return servers.map((server) => {
		const { url, http, sockets } = must(made.get(server), 'a peer server by what was bound');
		const close = (): Promise<void> =>
			new Promise((resolve) => {
				server.close(() => resolve());
				http.closeAllConnections();
				// Upgraded sockets are ended by the links; what is left is on its way to be a connection.
				for (const socket of sockets) {
					socket.destroy();
				}
			});
		return { url: boundUrl(server, url), close };
	});
}

/** requestTimeout is off, since a snapshot may take hours: each route bounds its own body. */
function makeServer(timing: PeerTiming, serve: Serve): Server {
	const server = createServer({
		headersTimeout: timing.headersMilliseconds,
		requestTimeout: 0,
		connectionsCheckingInterval: Math.min(1_000, timing.headersMilliseconds),
		keepAliveTimeout: 1_000,
		maxHeaderSize: HEADER_BYTES_MAX,
		noDelay: true,
		keepAlive: true,
	});
	serve(server);
	return server;
}

/** A TLS listener in front of an HTTP server that does not listen itself. */
function secured({ tls, logger }: PeerListenOptions, http: Server): NetServer {
	// It begins to enforce its time-outs only here (design section 9).
	http.emit('listening');
	const material = must(tls, 'certificates for an https URL');
	const server = makeSecureServer(
		material,
		{ endpoint: 'peer', protocols: PROTOCOLS, keepAliveMilliseconds: KEEP_ALIVE_MILLISECONDS },
		{ logger, accept: (socket) => http.emit('connection', socket) },
	);
	// Of an HTTP server that never listened this only ends its timers; the error it reports says no more than that.
	server.on('close', () => http.close(() => {}));
	return server;
}

function trackSockets(server: NetServer): ReadonlySet<Socket> {
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
	});
	return sockets;
}
