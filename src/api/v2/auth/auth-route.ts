/**
 * /v2/auth/users, /v2/auth/roles and /v2/auth/enable (reference/etcd-surface.md 1.8). Looking is done at this lane's snapshot of the store; changes are
 * proposed at any member and decided where they are applied (v2/auth/execute.ts): here is only what needs no store. Called by router.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assert } from '../../../base/assert.ts';
import { CODES, codeRow } from '../../../base/codes.ts';
import { V2_AUTH_BODY_BYTES_MAX, V2_AUTH_NAME_BYTES_MAX } from '../../../base/limits.ts';
import type { Lane } from '../../../ports/lane.ts';
import { COMMAND_KIND } from '../../../protocol/command.ts';
import { isEmptyPatterns } from '../../../v2/auth/auth-data.ts';
import { encodeV2AuthCommand, type V2AuthChange } from '../../../v2/auth/changes.ts';
import { type Looked, listRoles, listUsers, lookAtEnabled, lookAtRole, lookAtUser } from '../../../v2/auth/looks.ts';
import { decodeV2Response } from '../../../v2/response-codec.ts';
import { isTooLongToHash } from '../../access/bcrypt-limit.ts';
import { readBody } from '../body.ts';
import { readClusterId } from '../cluster-view.ts';
import { send, sendMessage, sendNotAllowed, sendNotFound } from '../reply.ts';
import { parseRoleBody, parseUserBody } from './auth-body.ts';
import type { V2Door, V2Passwords } from './door.ts';
import { refuseMessage } from './refusals.ts';

export interface AuthRequest {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly lane: Lane;
	readonly door: V2Door;
	readonly passwords: V2Passwords;
	/** What follows /v2/auth, as a byte string. */
	readonly rest: string;
}

/** One that may be answered. */
interface Asked extends AuthRequest {
	readonly clusterId: string;
	/** Who asks. */
	readonly user: Uint8Array;
}

const LIST_METHODS = ['GET'];
const METHODS = ['GET', 'PUT', 'DELETE'];
const BAD_JSON = 'Invalid JSON in request body.';

export function handleAuth(asked: AuthRequest): void {
	const { request, response, rest } = asked;
	if (rest === '/enable') {
		// Whether it is on is told to everybody.
		admitted(asked, METHODS, request.method !== 'GET', handleEnable);
		return;
	}
	const [, kind = '', ...names] = rest.replace(/\/$/, '').split('/');
	if (kind !== 'users' && kind !== 'roles') {
		request.resume();
		sendNotFound(response);
	} else if (names.length === 0) {
		admitted(asked, LIST_METHODS, true, (each) => answerLook(each, each.lane.reader.read(kind === 'users' ? listUsers : listRoles)));
	} else if (names.length > 1) {
		request.resume();
		send(response, 400, { 'Content-Type': 'application/json' }, '{"message":"Invalid path"}');
	} else {
		const [name = ''] = names;
		admitted(asked, METHODS, true, (each) => (kind === 'users' ? handleUser(each, name) : handleRole(each, name)));
	}
}

function admitted(asked: AuthRequest, methods: readonly string[], needsRoot: boolean, work: (asked: Asked) => void): void {
	const { request, response, lane, door } = asked;
	if (!methods.includes(request.method ?? '')) {
		request.resume();
		sendNotAllowed(response, methods);
		return;
	}
	const clusterId = lane.reader.read(readClusterId);
	if (!needsRoot) {
		work({ ...asked, clusterId, user: new Uint8Array(0) });
		return;
	}
	door.admit(request, response, 'root', (admission) => {
		if (admission.ok) {
			work({ ...asked, clusterId, user: admission.user });
		} else {
			refuseMessage(request, response, clusterId, admission);
		}
	});
}

function handleEnable(asked: Asked): void {
	const { request, lane } = asked;
	request.resume();
	if (request.method === 'GET') {
		answerLook(asked, lane.reader.read(lookAtEnabled));
	} else {
		propose(asked, { kind: request.method === 'PUT' ? 'enable' : 'disable' });
	}
}

function handleUser(asked: Asked, name: string): void {
	const { request, lane } = asked;
	if (request.method === 'GET') {
		request.resume();
		answerLook(
			asked,
			lane.reader.read((view) => lookAtUser(view, Buffer.from(name, 'latin1'))),
		);
	} else if (request.method === 'DELETE') {
		request.resume();
		propose(asked, { kind: 'delete_user', name });
	} else {
		readBody(request, V2_AUTH_BODY_BYTES_MAX, (body) => putUser(asked, name, body));
	}
}

function putUser(asked: Asked, name: string, json: string | null): void {
	const body = json === null ? null : parseUserBody(json);
	if (body === null) {
		refuse(asked, BAD_JSON);
		return;
	}
	const { user, password, roles, grant, revoke } = body;
	if (!isNamed(user, name)) {
		refuse(asked, 'User JSON name does not match the name in the URL');
	} else if ((grant ?? []).length + (revoke ?? []).length > 0 && (roles ?? []).length > 0) {
		refuse(asked, 'User JSON contains both roles and grant/revoke');
	} else if (password === '') {
		propose(asked, { kind: 'put_user', user, hash: '', roles, grant, revoke });
	} else if (isTooLongToHash(password)) {
		refuse(asked, 'bcrypt: password length exceeds 72 bytes');
	} else {
		asked.passwords.hash(password, (hash) => {
			if (typeof hash === 'string') {
				propose(asked, { kind: 'put_user', user, hash, roles, grant, revoke });
			} else {
				refuseMessage(asked.request, asked.response, asked.clusterId, { ok: false, busy: true });
			}
		});
	}
}

function handleRole(asked: Asked, name: string): void {
	const { request, lane } = asked;
	if (request.method === 'GET') {
		request.resume();
		answerLook(
			asked,
			lane.reader.read((view) => lookAtRole(view, Buffer.from(name, 'latin1'))),
		);
	} else if (request.method === 'DELETE') {
		request.resume();
		propose(asked, { kind: 'delete_role', name });
	} else {
		readBody(request, V2_AUTH_BODY_BYTES_MAX, (body) => putRole(asked, name, body));
	}
}

function putRole(asked: Asked, name: string, json: string | null): void {
	const body = json === null ? null : parseRoleBody(json);
	if (body === null) {
		refuse(asked, BAD_JSON);
	} else if (!isNamed(body.role, name)) {
		refuse(asked, 'Role JSON name does not match the name in the URL');
	} else if (!(isEmptyPatterns(body.grant) && isEmptyPatterns(body.revoke)) && !isEmptyPatterns(body.permissions)) {
		refuse(asked, 'Role JSON contains both permissions and grant/revoke');
	} else {
		propose(asked, { kind: 'put_role', ...body });
	}
}

function isNamed(text: string, name: string): boolean {
	return Buffer.from(text, 'utf8').equals(Buffer.from(name, 'latin1'));
}

function refuse({ response, clusterId }: Asked, message: string): void {
	sendMessage(response, clusterId, 400, message);
}

function propose(asked: Asked, change: V2AuthChange): void {
	const { lane, response, clusterId, user } = asked;
	assert(user.length <= V2_AUTH_NAME_BYTES_MAX, 'the door has found the user in the store');
	const body = encodeV2AuthCommand({ by: Buffer.from(user).toString('latin1'), change });
	lane.propose(COMMAND_KIND.v2_auth, body, (code, answer) => {
		if (code === CODES.ok.code) {
			const { status, body: json } = decodeV2Response(answer);
			send(response, status, headersOf(clusterId), json);
		} else {
			// As etcd does with what is no fault of the request, but with the reason.
			sendMessage(response, clusterId, 500, codeRow(code)?.text ?? 'Internal Server Error');
		}
	});
}

function answerLook({ request, response, clusterId }: Asked, { status, json }: Looked): void {
	request.resume();
	send(response, status, headersOf(clusterId), json);
}

function headersOf(clusterId: string): Readonly<Record<string, string>> {
	return { 'Content-Type': 'application/json', 'X-Etcd-Cluster-Id': clusterId };
}
