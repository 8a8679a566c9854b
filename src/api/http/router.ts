/**
 * HTTP/1.1 on the client port: finds the route of a path. What does not match is answered as Go's mux answers.
 * Routes are registered in adapters/client-front-end.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identity } from '../../auth/identity.ts';

export interface HttpRoute {
	/** `/version`: exactly that; `/v2/`: everything below, and `/v2` itself. */
	readonly path: string;
	/** who: whom access control let in (api/access/http-guard.ts); default: nobody, as while it is off and where the path has rules of its own. */
	readonly handle: (request: IncomingMessage, response: ServerResponse, who?: Identity) => void;
}

/** The path is matched as sent, undecoded: what is not spelled as the route is, is not found (reliability.md T22). */
export function createHttpHandler(routes: readonly HttpRoute[]): (request: IncomingMessage, response: ServerResponse) => void {
	return (request, response) => {
		const path = pathOf(request.url ?? '/');
		const route = routes.find((candidate) => matches(candidate.path, path));
		if (route === undefined) {
			request.resume();
			sendNotFound(response);
		} else {
			route.handle(request, response);
		}
	};
}

export function pathOf(url: string): string {
	const end = url.indexOf('?');
	return end === -1 ? url : url.slice(0, end);
}

/** The parameters of a URL; a repeated one several times. */
export function parametersOf(url: string): URLSearchParams {
	const start = url.indexOf('?');
	return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}

export function sendJson(response: ServerResponse, status: number, body: string): void {
	const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), 'X-Content-Type-Options': 'nosniff' };
	response.writeHead(status, headers).end(body);
}

export function sendText(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
	const all = {
		'Content-Type': 'text/plain; charset=utf-8',
		'X-Content-Type-Options': 'nosniff',
		'Content-Length': Buffer.byteLength(text),
		...headers,
	};
	response.writeHead(status, all).end(text);
}

/** False after a 405: the method is not the one. */
export function allowOnly(method: string, request: IncomingMessage, response: ServerResponse): boolean {
	request.resume();
	if (request.method === method) {
		return true;
	}
	sendText(response, 405, 'Method Not Allowed\n', { Allow: method });
	return false;
}

function sendNotFound(response: ServerResponse): void {
	sendText(response, 404, '404 page not found\n');
}

function matches(route: string, path: string): boolean {
	return route.endsWith('/') ? path.startsWith(route) || path === route.slice(0, -1) : path === route;
}
