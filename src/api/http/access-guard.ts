/** Stands before every route of HTTP/1.1: refuses what access-rules.ts refuses, adds etcd's CORS headers, and answers OPTIONS (reference/etcd-surface.md 3.5). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { AccessRules, Claims, Way } from './access-rules.ts';
import { sendText } from './router.ts';

export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const METHODS = 'POST, GET, OPTIONS, PUT, DELETE';
const HEADERS = 'accept, content-type, authorization';

/** refused is told of each request that is. */
export function guardAccess(rules: AccessRules, handle: Handle, refused: (request: IncomingMessage, why: string) => void): Handle {
	return (request, response) => {
		const claims = claimsOf(request);
		const refusal = rules.hostRefusal(claims.host, wayOf(request.socket)) ?? rules.originRefusal(claims);
		if (refusal !== null) {
			refused(request, refusal.text);
			request.resume();
			sendText(response, refusal.status, `${refusal.text}\n`, { Connection: 'close' });
			return;
		}
		const allowed = rules.corsOrigin(claims.origin);
		if (allowed !== null) {
			addHeaders(response, allowed);
		}
		if (request.method === 'OPTIONS') {
			request.resume();
			response.writeHead(200, { 'Content-Length': 0 }).end();
		} else {
			handle(request, response);
		}
	};
}

export function wayOf(socket: { readonly localAddress?: string | undefined }): Way {
	const address = (socket.localAddress ?? '').replace(/^::ffff:/, '');
	return { isPlain: !(socket instanceof TLSSocket), isLoopback: address === '::1' || address.startsWith('127.') };
}

/** Of a header that is there twice node:http gives the first, or all of them as one text, which no rule takes for good. */
function claimsOf({ method = 'GET', headers }: IncomingMessage): Claims {
	const read = (name: string): string | null => {
		const value = headers[name];
		return value === undefined ? null : String(value);
	};
	return {
		method,
		host: read('host'),
		origin: read('origin'),
		fetchSite: read('sec-fetch-site'),
		fetchMode: read('sec-fetch-mode'),
		fetchDest: read('sec-fetch-dest'),
	};
}

function addHeaders(response: ServerResponse, origin: string): void {
	response.setHeader('Access-Control-Allow-Methods', METHODS);
	response.setHeader('Access-Control-Allow-Origin', origin);
	response.setHeader('Access-Control-Allow-Headers', HEADERS);
	if (origin !== '*') {
		response.setHeader('Vary', 'Origin');
	}
}
