/**
 * Binds the peer listeners. Several URLs, one handler; a server a bound address. Not what is served: peer-server.ts.
 */
import { createServer, type Server } from 'node:http';
import { bindUrls, boundUrl } from './bind-url.ts';
import type { PeerTiming } from './peer-timing.ts';

/** Where https options of the peer listener will go (`https.createServer`, ALPN http/1.1 only). */
export type PeerServerTls = null;

/** Strangers beyond this many connections are cut off at once; upgraded ones count. */
const CONNECTIONS_MAX = 1_024;
const HEADER_BYTES_MAX = 8 * 1_024;

export interface PeerListenOptions {
	readonly listenUrls: readonly string[];
	readonly timing: PeerTiming;
	readonly tls: PeerServerTls;
}

/** Adds the handlers to a server before it listens. */
export type Serve = (server: Server) => void;

export interface PeerListener {
	readonly server: Server;
	/** With the port that was bound. */
	readonly url: string;
}

/** Every URL, or a FatalError that names the option, the value and the rule; then nothing is left listening. */
export async function listenPeers(options: PeerListenOptions, serve: Serve): Promise<readonly PeerListener[]> {
	const { listenUrls: urls, timing } = options;
	const servers = await bindUrls({ option: '--listen-peer-urls', urls, reusePort: false }, () => makeServer(timing, serve));
	return servers.map((server) => ({ server, url: boundUrl(server) }));
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
	server.maxConnections = CONNECTIONS_MAX;
	serve(server);
	return server;
}
