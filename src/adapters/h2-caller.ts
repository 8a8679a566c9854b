/** Who is at the other end of a connection, as far as the connection itself tells: read once, since Node forgets it when the connection ends. Used by h2-rpc-engine.ts. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface ConnectionCaller {
	readonly remoteAddress: string;
	readonly certificateName: string | null;
}

/** namesByCertificate: the listener has checked the certificate (tls/secure-server.ts). A name that is empty names nobody. */
export function callerOf(socket: Socket, namesByCertificate: boolean): ConnectionCaller {
	const remoteAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
	return { remoteAddress, certificateName: namesByCertificate && socket instanceof TLSSocket ? commonName(socket) : null };
}

/** Of several names in one certificate the last counts, as in Go. */
function commonName(socket: TLSSocket): string | null {
	const subject: { readonly CN?: string | readonly string[] } | undefined = socket.getPeerCertificate().subject;
	const names = subject?.CN;
	const name = typeof names === 'string' ? names : names?.at(-1);
	return name === undefined || name === '' ? null : name;
}
