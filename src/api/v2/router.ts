/** The v2 API's front door: everything below /v2 on the client port. Registered in api/http; one per lane, on the lane's thread. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lane } from '../../ports/lane.ts';
import type { HttpRoute } from '../http/router.ts';
import type { MemberChanges } from '../members/member-changes.ts';
import { handleAuth } from './auth/auth-route.ts';
import type { V2Door, V2Passwords } from './auth/door.ts';
import { handleKeys, type V2Options } from './keys.ts';
import { locate } from './location.ts';
import { handleMachines, handleMembers } from './members.ts';
import { send, sendNotFound } from './reply.ts';

export type { V2Options } from './keys.ts';

export interface V2Ports {
	readonly lane: Lane;
	readonly changes: MemberChanges;
	readonly door: V2Door;
	/** For the passwords that users are given. */
	readonly passwords: V2Passwords;
}

const KEYS = '/v2/keys';
const MEMBERS = '/v2/members';
const AUTH = '/v2/auth';

/** The row for the client port's table of routes (api/http/router.ts). */
export function v2Route(ports: V2Ports, options: V2Options): HttpRoute {
	return { path: '/v2/', handle: (request, response) => handleV2(request, response, ports, options) };
}

export function handleV2(request: IncomingMessage, response: ServerResponse, ports: V2Ports, options: V2Options): void {
	const { lane, changes, door, passwords } = ports;
	const location = locate(request.url ?? '/');
	if (location.kind === 'malformed') {
		request.resume();
		send(response, 400, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }, '400 Bad Request');
	} else if (location.kind === 'redirect') {
		request.resume();
		redirect(request, response, location.to);
	} else if (isBelow(location.path, KEYS)) {
		handleKeys({ request, response, lane, door, options, path: location.path.slice(KEYS.length), query: location.query });
	} else if (isBelow(location.path, MEMBERS)) {
		handleMembers({ request, response, lane, door, changes, rest: location.path.slice(MEMBERS.length).replace(/^\//, '') });
	} else if (isBelow(location.path, AUTH)) {
		handleAuth({ request, response, lane, door, passwords, rest: location.path.slice(AUTH.length) });
	} else if (location.path === '/v2/machines') {
		handleMachines(request, response, lane);
	} else {
		request.resume();
		sendNotFound(response);
	}
}

function isBelow(path: string, root: string): boolean {
	return path === root || path.startsWith(`${root}/`);
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

/** As Go's mux does for a path that is not clean; only a GET gets the body. */
function redirect(request: IncomingMessage, response: ServerResponse, to: string): void {
	const body = `<a href="${to.replace(/[&<>"']/g, (character) => HTML[character] as string)}">Moved Permanently</a>.\n\n`;
	if (request.method === 'GET' || request.method === 'HEAD') {
		send(response, 301, { Location: to, 'Content-Type': 'text/html; charset=utf-8' }, body);
	} else {
		send(response, 301, { Location: to }, '');
	}
}
