/**
 * The store's door to users and roles of the v2 API: a command in, the finished answer out (v2/response-codec.ts). Everything is decided here, in one
 * transaction, in etcd's order and words, so that two changes at a time cannot pass each other. Total: no body whatever makes it throw.
 */
import { unreachable } from '../../base/assert.ts';
import type { WriteView } from '../../base/engine.ts';
import { V2_AUTH_NAME_BYTES_MAX } from '../../base/limits.ts';
import { readState } from '../nodes.ts';
import { encodeResponse, type V2Context } from '../response-codec.ts';
import { GUEST_NAME, GUEST_ROLE, isEmptyPatterns, printRole, printUser, ROOT_NAME, type V2User, withRootRole } from './auth-data.ts';
import { printMessage, V2AuthError } from './auth-error.ts';
import { isV2AuthEnabled, prepare, readRole, readUser, remove, writeEnabled, writeRole, writeUser } from './auth-tree.ts';
import { decodeV2AuthCommand, type PutRole, type PutUser, type V2AuthChange } from './changes.ts';
import { mergeRole, mergeUser } from './merging.ts';
import { mayAdminister } from './rights.ts';

interface Answer {
	readonly status: number;
	/** JSON with its newline, or nothing. */
	readonly json: string;
}

const NOTHING: Answer = { status: 200, json: '' };
const NO_RIGHT: Answer = { status: 401, json: '{"message":"Insufficient credentials"}' };
const UNKNOWN: Answer = { status: 500, json: '{"message":"Internal Server Error"}' };

const encoder = new TextEncoder();

/** Runs in the store's transaction; context is the place of the command's entry in the log. */
export function executeV2Auth(view: WriteView, body: Uint8Array, context: V2Context): Uint8Array {
	const command = decodeV2AuthCommand(body);
	let answer = UNKNOWN;
	if (command !== null) {
		answer = mayAdminister(view, bytesOf(command.by)) ? answerOf(change(view, command.change)) : NO_RIGHT;
	}
	return encodeResponse({ ...answer, index: readState(view).index, context });
}

function answerOf(result: Answer | V2AuthError): Answer {
	return result instanceof V2AuthError ? { status: result.status, json: printMessage(result.message) } : result;
}

function change(view: WriteView, wanted: V2AuthChange): Answer | V2AuthError {
	switch (wanted.kind) {
		case 'enable':
			return enable(view);
		case 'disable':
			return disable(view);
		case 'put_user':
			return putUser(view, wanted);
		case 'put_role':
			return putRole(view, wanted);
		case 'delete_user':
			return deleteUser(view, bytesOf(wanted.name));
		case 'delete_role':
			return deleteRole(view, bytesOf(wanted.name));
		default:
			return unreachable(wanted);
	}
}

function enable(view: WriteView): Answer | V2AuthError {
	if (isV2AuthEnabled(view)) {
		return new V2AuthError(409, 'already enabled');
	}
	if (readUser(view, encoder.encode(ROOT_NAME)) === null) {
		return new V2AuthError(409, 'No root user available, please create one');
	}
	if (readRole(view, encoder.encode(GUEST_NAME)) === null) {
		writeRole(view, GUEST_ROLE);
	}
	writeEnabled(view, true);
	return NOTHING;
}

function disable(view: WriteView): Answer | V2AuthError {
	if (!isV2AuthEnabled(view)) {
		return new V2AuthError(409, 'already disabled');
	}
	writeEnabled(view, false);
	return NOTHING;
}

/** With roles it is a creation; with grants or revocations a change; with neither whatever there is to do. */
function putUser(view: WriteView, wanted: PutUser): Answer | V2AuthError {
	const name = encoder.encode(wanted.user);
	if (name.length > V2_AUTH_NAME_BYTES_MAX) {
		return new V2AuthError(400, `the name of a user has at most ${V2_AUTH_NAME_BYTES_MAX} bytes`);
	}
	const old = readUser(view, name);
	const merges = isFilled(wanted.grant) || isFilled(wanted.revoke);
	if (!merges && (old === null || isFilled(wanted.roles))) {
		// etcd answers 201 only where it did not know whether it would be a creation.
		return createUser(view, wanted, { old, status: isFilled(wanted.roles) ? 200 : 201 });
	}
	if (old === null) {
		return new V2AuthError(404, 'User ', name, ' does not exist.');
	}
	const user = mergeUser(old, wanted);
	if (user instanceof V2AuthError) {
		return user;
	}
	if (JSON.stringify(user) === JSON.stringify({ user: old.user, hash: old.hash, roles: old.roles })) {
		return new V2AuthError(400, 'User not updated. Use grant/revoke/password to update the user.');
	}
	writeUser(view, user);
	return { status: 200, json: `${printUser(user)}\n` };
}

function createUser(
	view: WriteView,
	wanted: PutUser,
	{ old, status }: { readonly old: V2User | null; readonly status: number },
): Answer | V2AuthError {
	if (wanted.hash === '') {
		return new V2AuthError(400, 'Cannot create user ', wanted.user, ' with an empty password');
	}
	prepare(view);
	if (old !== null) {
		return new V2AuthError(409, 'User ', wanted.user, ' already exists.');
	}
	const user = withRootRole({ user: wanted.user, hash: wanted.hash, roles: wanted.roles });
	writeUser(view, user);
	return { status, json: `${printUser(user)}\n` };
}

function deleteUser(view: WriteView, name: Uint8Array): Answer | V2AuthError {
	if (isV2AuthEnabled(view) && isNamed(name, ROOT_NAME)) {
		return new V2AuthError(403, 'Cannot delete root user while auth is enabled.');
	}
	return remove(view, 'users', name) ? NOTHING : new V2AuthError(404, 'User ', name, ' does not exist');
}

function putRole(view: WriteView, wanted: PutRole): Answer | V2AuthError {
	const name = encoder.encode(wanted.role);
	if (wanted.role === ROOT_NAME) {
		return rootRoleRefusal(name);
	}
	if (name.length > V2_AUTH_NAME_BYTES_MAX) {
		return new V2AuthError(400, `the name of a role has at most ${V2_AUTH_NAME_BYTES_MAX} bytes`);
	}
	const old = readRole(view, name);
	if (isEmptyPatterns(wanted.grant) && isEmptyPatterns(wanted.revoke)) {
		prepare(view);
		if (old !== null) {
			return new V2AuthError(409, 'Role ', name, ' already exists.');
		}
		const role = { role: wanted.role, permissions: wanted.permissions, grant: wanted.grant, revoke: wanted.revoke };
		writeRole(view, role);
		return { status: 201, json: `${printRole(role)}\n` };
	}
	if (old === null) {
		return new V2AuthError(404, 'Role ', name, ' does not exist.');
	}
	const role = mergeRole(old, wanted);
	if (role instanceof V2AuthError) {
		return role;
	}
	if (printRole(role) === printRole(old)) {
		return new V2AuthError(400, 'Role not updated. Use grant/revoke to update the role.');
	}
	writeRole(view, role);
	return { status: 200, json: `${printRole(role)}\n` };
}

function deleteRole(view: WriteView, name: Uint8Array): Answer | V2AuthError {
	if (isNamed(name, ROOT_NAME)) {
		return rootRoleRefusal(name);
	}
	return remove(view, 'roles', name) ? NOTHING : new V2AuthError(404, 'Role ', name, " doesn't exist.");
}

function rootRoleRefusal(name: Uint8Array): V2AuthError {
	return new V2AuthError(403, 'Cannot modify role ', name, ': is root role.');
}

function isFilled(names: readonly string[] | null): boolean {
	return names !== null && names.length > 0;
}

function isNamed(name: Uint8Array, text: string): boolean {
	return name.length === text.length && name.every((byte, i) => byte === text.charCodeAt(i));
}

/** Of a byte string. */
function bytesOf(text: string): Uint8Array {
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
