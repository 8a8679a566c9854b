/**
 * A TLS listener: hands over a connection once its handshake is done and its certificate, where one is asked for, has passed every rule. What is
 * refused is closed before a byte of it is read, and named in the log. Not what is spoken: client-listener.ts, peer-listen.ts.
 */
import { lookup, lookupService } from 'node:dns/promises';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from '../../ports/logger.ts';
import { type Lookups, refusalOfAddress, refusalOfChain } from './certificate-rules.ts';
import { RefusalLog } from './refusal-log.ts';
import type { LoadedTls } from './tls-files.ts';
import type { TlsMaterial } from './tls-material.ts';

export interface SecureServerOptions {
	/** For the log. */
	readonly endpoint: 'client' | 'peer';
	/** Best first. */
	readonly protocols: readonly string[];
	readonly keepAliveMilliseconds: number;
}

/** reference/etcd-surface.md 7.6; Node's own is 120 s (reliability.md T6). */
const HANDSHAKE_MILLISECONDS = 10_000;
const LOOKUP_MILLISECONDS = 5_000;
/** Reasons of OpenSSL's that a person would not understand. */
const PLAIN_WORDS: Readonly<Record<string, string>> = {
	ERR_SSL_HTTP_REQUEST: 'plain HTTP was spoken on a TLS port',
	ERR_SSL_WRONG_VERSION_NUMBER: 'what was spoken is not TLS',
	ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what was spoken is not TLS',
	ERR_SSL_UNSUPPORTED_PROTOCOL: 'the version of TLS is too old, or not allowed',
	ERR_SSL_NO_SHARED_CIPHER: 'no cipher suite is allowed on both sides',
	ERR_SSL_UNKNOWN_PROTOCOL: 'what was spoken is not TLS',
	ERR_TLS_HANDSHAKE_TIMEOUT: `the handshake was not done within ${HANDSHAKE_MILLISECONDS / 1_000} s`,
};
const GONE = 'ECONNRESET';

export const SYSTEM_LOOKUPS: Lookups = {
	addressesOf: async (name) => {
		const found = await orNothing(lookup(name, { all: true }));
		return (found ?? []).map(({ address }) => address);
	},
	namesOf: async (address) => {
		const found = await orNothing(lookupService(address, 0));
		return found === null ? [] : [found.hostname];
	},
};

/** Not listening yet. accept may not be called for a while after the handshake: names may have to be looked up. */
export function makeSecureServer(
	material: TlsMaterial,
	options: SecureServerOptions,
	ports: { readonly logger: Logger; readonly accept: (socket: TLSSocket) => void },
): Server {
	const refusals = new RefusalLog(ports.logger, options.endpoint);
	let loaded = material.current();
	const server = createServer({
		...loaded.server,
		ALPNProtocols: [...options.protocols],
		requestCert: material.settings.requiresCertificate,
		// Checked below instead: Node would end the connection without a word of why.
		rejectUnauthorized: false,
		handshakeTimeout: HANDSHAKE_MILLISECONDS,
		allowHalfOpen: true,
		noDelay: true,
		keepAlive: true,
		keepAliveInitialDelay: options.keepAliveMilliseconds,
	});
	// Before Node's own listener, which begins the handshake.
	server.prependListener('connection', (socket: Socket) => {
		// Read while it is there, since Node forgets it with the connection.
		void socket.remoteAddress;
		const now = material.current();
		if (now !== loaded) {
			loaded = now;
			server.setSecureContext(now.server);
		}
	});
	server.on('secureConnection', (socket) => {
		// Stays for the connection's life: whoever takes over adds its own.
		socket.on('error', () => {});
		const refuse = (reason: string): void => {
			refusals.say({ ...whoOf(socket), reason });
			socket.destroy();
		};
		if (!material.settings.requiresCertificate) {
			ports.accept(socket);
			return;
		}
		const check = checkCaller(socket, material, loaded).catch((error) => `the client certificate cannot be read: ${String(error)}`);
		check.then((refusal) => {
			if (refusal !== null) {
				refuse(refusal);
			} else if (!socket.destroyed) {
				ports.accept(socket);
			}
		});
	});
	server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
		// A caller that goes away, as a health check of a load balancer does, is no event.
		if (error.code !== GONE) {
			refusals.say({ ...whoOf(socket), reason: PLAIN_WORDS[error.code ?? ''] ?? reasonOf(error) });
		}
		socket.destroy();
	});
	return server;
}

async function checkCaller(socket: TLSSocket, { settings }: TlsMaterial, { revoked }: LoadedTls): Promise<string | null> {
	const certificate = socket.getPeerX509Certificate();
	if (certificate === undefined) {
		return 'the client certificate is missing';
	}
	if (!socket.authorized) {
		return `the client certificate is refused: ${String(socket.authorizationError)}`;
	}
	const refusal = refusalOfChain(socket.getPeerCertificate(true), settings, revoked);
	const { remoteAddress } = socket;
	// Over a unix socket nobody has an address.
	if (refusal !== null || !settings.checksAddress || remoteAddress === undefined) {
		return refusal;
	}
	return refusalOfAddress(certificate, remoteAddress, SYSTEM_LOOKUPS);
}

function whoOf(socket: TLSSocket): { readonly remote: string; readonly serverName: string } {
	const { remoteAddress = '', remotePort, servername } = socket;
	const host = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress;
	return { remote: remotePort === undefined ? host : `${host}:${remotePort}`, serverName: typeof servername === 'string' ? servername : '' };
}

function reasonOf(error: NodeJS.ErrnoException): string {
	return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
}

/** null: the system does not know, or not in time. */
async function orNothing<T>(asked: Promise<T>): Promise<T | null> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<null>((resolve) => {
		timer = setTimeout(() => resolve(null), LOOKUP_MILLISECONDS);
	});
	try {
		return await Promise.race([asked, late]);
	} catch {
		return null;
	} finally {
		clearTimeout(timer);
	}
}
