/** Who is at the other end of a connection, as far as the connection itself tells: read once, since Node forgets it when the connection ends. Used by h2-rpc-engine.ts. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { addressOf, commonNameOf } from '../api/http/connection-caller.ts';

export interface ConnectionCaller {
	readonly remoteAddress: string;
	readonly certificateName: string | null;
}

/** namesByCertificate: the listener has checked the certificate (tls/secure-server.ts). A name that is empty names nobody. */
export function callerOf(socket: Socket, namesByCertificate: boolean): ConnectionCaller {
	const certificateName = namesByCertificate && socket instanceof TLSSocket ? commonNameOf(socket.getPeerCertificate()) : null;
	return { remoteAddress: addressOf(socket), certificateName };
}
