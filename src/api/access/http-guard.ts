/**
 * Stands before the routes of HTTP/1.1 that show or change something of this member: while access control is on they want a user, known by his password
 * (HTTP Basic, which browsers ask for) or by a token (Bearer). A certificate counts for nothing here: a browser shows it to whatever page wants it. The
 * rules are in rules.ts. Used by client-front-end.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkKnown, checkRoot } from '../../auth/check-user.ts';
import { ANONYMOUS, type Identity } from '../../auth/identity.ts';
import { must } from '../../base/assert.ts';
import { CODES, codeRow } from '../../base/codes.ts';
import { parseBasic } from '../http/basic-credentials.ts';
import { addressOf } from '../http/connection-caller.ts';
import { type HttpRoute, pathOf, sendText } from '../http/router.ts';
import type { Access } from './access.ts';
import { type HttpRule, httpRuleOf } from './rules.ts';

const BEARER = /^Bearer (.+)$/i;
const UNAUTHORIZED: ReadonlySet<number> = new Set([CODES.user_empty.code, CODES.invalid_auth_token.code, CODES.auth_failed.code]);
const decoder = new TextDecoder();

/** Throws for a route that has no rule. */
export function guardRoutes(access: Access, routes: readonly HttpRoute[]): readonly HttpRoute[] {
	return routes.map((route) => {
		const rule = must(httpRuleOf(route.path), `the route ${route.path} has no row in api/access/rules.ts`);
		return rule === 'open' || rule === 'delegated' ? route : { path: route.path, handle: guardedHandle(access, rule, route.handle) };
	});
}

function guardedHandle(access: Access, rule: Exclude<HttpRule, 'open' | 'delegated'>, handle: HttpRoute['handle']): HttpRoute['handle'] {
	return (request, response) => {
		const from = addressOf(request.socket);
		const serve = (found: Identity | number): void => {
			const code =
				typeof found === 'number' ? found : access.look(({ table }) => (rule === 'root' ? checkRoot(table, found) : checkKnown(table, found)));
			note(access, { request, from, found }, code);
			if (response.destroyed) {
				return;
			}
			if (code === CODES.ok.code && typeof found !== 'number') {
				handle(request, response, found);
			} else {
				refuse(request, response, code);
			}
		};
		// Of who has hung up meanwhile too: guesses are noted, whether he waits for the answer or not.
		identify(access, request, serve);
	};
}

/** At once while access control is off. */
function identify(access: Access, request: IncomingMessage, done: (found: Identity | number) => void): void {
	const header = request.headers.authorization ?? '';
	if (!access.look(({ table }) => table.enabled)) {
		done(ANONYMOUS);
		return;
	}
	const token = BEARER.exec(header)?.[1];
	if (token !== undefined) {
		access.callers.identifyToken(token, done);
		return;
	}
	const basic = readBasic(header);
	if (basic === null) {
		done(CODES.user_empty.code);
		return;
	}
	const { user, revision } = access.look(({ table }) => ({ user: table.user(basic.name), revision: table.revision }));
	const storedHash = user === null || user.noPassword ? '' : decoder.decode(user.passwordHash);
	access.credentials.verify({ ...basic, storedHash, remoteAddress: addressOf(request.socket) }, (code) => {
		done(code === CODES.ok.code ? { user: basic.name, revision } : code);
	});
}

/** Names of v3 are text, and none is empty. */
function readBasic(header: string): { readonly name: string; readonly password: string } | null {
	const basic = parseBasic(header);
	return basic === null || basic.name.length === 0 ? null : { name: basic.name.toString('utf8'), password: basic.password };
}

function refuse(request: IncomingMessage, response: ServerResponse, code: number): void {
	const text = `${(codeRow(code) ?? CODES.permission_denied).text}\n`;
	request.resume();
	if (UNAUTHORIZED.has(code)) {
		sendText(response, 401, text, { 'WWW-Authenticate': 'Basic realm="quorate", charset="UTF-8"' });
	} else {
		sendText(response, code === CODES.too_many_requests.code ? 429 : 403, text);
	}
}

interface Asked {
	readonly request: IncomingMessage;
	readonly from: string;
	readonly found: Identity | number;
}

function note({ audit }: Access, { request, from, found }: Asked, code: number): void {
	const user = typeof found === 'number' ? '' : found.user;
	const claimed = readBasic(request.headers.authorization ?? '')?.name;
	const refusal = code === CODES.ok.code ? '' : (codeRow(code) ?? CODES.permission_denied).text;
	// Without the query: it may hold anything.
	const what = `${request.method ?? 'GET'} ${pathOf(request.url ?? '/')}`;
	audit?.note({
		user,
		...(claimed === undefined ? {} : { claimed }),
		from,
		what,
		keys: [],
		allowed: code === CODES.ok.code,
		refusal,
	});
}
