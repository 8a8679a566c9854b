/**
 * The files of the page, as `npm run build` has made them (src/dashboard), at /dashboard/ and, where etcd 0.4 had its own, /mod/dashboard/.
 * Nothing is loaded from elsewhere, and the browser is told so.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowOnly, type HttpRoute, pathOf, sendText } from '../http/router.ts';

export interface PageFile {
	readonly type: string;
	readonly etag: string;
	readonly bytes: Uint8Array;
	readonly gzipped: Uint8Array;
}

const POLICY =
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** files: by name; the page itself is page.html. Empty: nothing was built. */
export function pageRoutes(files: ReadonlyMap<string, PageFile>): readonly HttpRoute[] {
	return ['/mod/dashboard/', '/dashboard/'].map((path) => ({
		path,
		handle: (request, response) => {
			const asked = pathOf(request.url ?? '/');
			if (asked === path.slice(0, -1)) {
				if (allowGet(request, response)) {
					response.writeHead(302, { Location: path, 'Content-Length': 0 }).end();
				}
			} else {
				const name = asked.slice(path.length);
				sendFile(request, response, files.get(name === '' ? 'page.html' : name), files.size > 0);
			}
		},
	}));
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: PageFile | undefined, isBuilt: boolean): void {
	if (!allowGet(request, response)) {
		return;
	}
	if (file === undefined) {
		sendText(response, isBuilt ? 404 : 503, isBuilt ? '404 page not found\n' : 'the dashboard is not built: npm run build\n');
		return;
	}
	const headers = {
		'Content-Type': file.type,
		'Content-Security-Policy': POLICY,
		'X-Content-Type-Options': 'nosniff',
		'Referrer-Policy': 'no-referrer',
		'Cache-Control': 'no-cache',
		Vary: 'Accept-Encoding',
		ETag: file.etag,
	};
	if (request.headers['if-none-match'] === file.etag) {
		response.writeHead(304, headers).end();
		return;
	}
	const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
	const body = takesGzip ? file.gzipped : file.bytes;
	response.writeHead(200, { ...headers, ...(takesGzip ? { 'Content-Encoding': 'gzip' } : {}), 'Content-Length': body.length });
	response.end(request.method === 'HEAD' ? undefined : body);
}

function allowGet(request: IncomingMessage, response: ServerResponse): boolean {
	return request.method === 'HEAD' || allowOnly('GET', request, response);
}
