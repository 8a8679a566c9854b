/**
 * Upgrades to WebSockets on the client port: the same rules as for any request come first (reliability.md T20), and any other upgrade stays a plain request, as
 * curl's offer of h2c. Used by client-http1.ts and client-front-end.ts.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { TakeUpgrade } from '../api/gateway/websocket-bridge.ts';
import { guardAccess, type Handle } from '../api/http/access-guard.ts';
import type { AccessRules } from '../api/http/access-rules.ts';

export function guardUpgrades(access: AccessRules, take: TakeUpgrade, refused: (request: IncomingMessage, why: string) => void): TakeUpgrade {
	return (request, response, head) => {
		const handle: Handle = (passed, answer) => take(passed, answer, head);
		guardAccess(access, handle, refused)(request, response);
	};
}

export function isWebSocketUpgrade({ headers, method }: IncomingMessage): boolean {
	return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/** What node:http hands over without a response. The connection ends with the answer, if it is not taken over. */
export function responseFor(request: IncomingMessage): ServerResponse {
	const { socket } = request;
	const response = new ServerResponse(request);
	response.shouldKeepAlive = false;
	response.assignSocket(socket);
	response.once('finish', () => socket.end());
	return response;
}
