/**
 * Binds the peer listeners. Several URLs, one handler; a server a bound address. Not what is served: peer-server.ts.
 */
import { createServer, type Server } from 'node:http';
import { FatalError } from '../base/fatal.ts';
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

/** Every URL, or a FatalError that names the option, the value and the reason; then nothing is left listening. */
export async function listenPeers(options: PeerListenOptions, serve: Serve): Promise<readonly PeerListener[]> {
	const { listenUrls, timing } = options;
	const listeners: PeerListener[] = [];
	try {
		for (const url of listenUrls) {
			listeners.push(...(await listenUrl(url, timing, serve)));
		}
	} catch (error) {
		for (const { server } of listeners) {
			server.close();
		}
		throw error;
	}
	return listeners;
}

/** localhost is 127.0.0.1, and ::1 on the same port where the machine has it. */
async function listenUrl(text: string, timing: PeerTiming, serve: Serve): Promise<readonly PeerListener[]> {
	const url = parseUrl(text);
	const port = url.port === '' ? 80 : Number(url.port);
	const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
	if (host !== 'localhost') {
		return [await bind(text, host, port, timing, serve)];
	}
	const first = await bind(text, '127.0.0.1', port, timing, serve);
	try {
		return [first, await bind(text, '::1', Number(new URL(first.url).port), timing, serve)];
	} catch (error) {
		if (error instanceof FatalError && isAddressMissing(error.cause)) {
			return [first];
		}
		first.server.close();
		throw error;
	}
}

function parseUrl(text: string): URL {
	if (!URL.canParse(text)) {
		throw new FatalError('bad_config', `--listen-peer-urls ${text}: not a URL`);
	}
	const url = new URL(text);
	if (url.protocol !== 'http:') {
		throw new FatalError('bad_config', `--listen-peer-urls ${text}: must begin with http://`);
	}
	return url;
}

/** requestTimeout is off, since a snapshot may take hours: each route bounds its own body. */
function bind(text: string, host: string, port: number, timing: PeerTiming, serve: Serve): Promise<PeerListener> {
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
	return new Promise((resolve, reject) => {
		server.once('error', (cause) => {
			reject(new FatalError('listen_failed', `--listen-peer-urls ${text}: cannot listen on ${host} port ${port}: ${cause.message}`, { cause }));
		});
		server.listen({ host, port, exclusive: true }, () => {
			server.removeAllListeners('error');
			const address = server.address();
			const bound = typeof address === 'object' && address !== null ? address.port : port;
			resolve({ server, url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}` });
		});
	});
}

function isAddressMissing(cause: unknown): boolean {
	return cause instanceof Error && 'code' in cause && (cause.code === 'EADDRNOTAVAIL' || cause.code === 'EAFNOSUPPORT');
}
