/** What is answered to somebody who looks at users and roles of the v2 API (reference/etcd-surface.md 1.8). Pure functions of a view; called by api/v2/auth. */
import type { ReadView } from '../../base/engine.ts';
import { byBytes } from '../../base/name-order.ts';
import { printRole, printUserWithRoles, ROOT_NAME, ROOT_ROLE, type V2Role } from './auth-data.ts';
import { printMessage, V2AuthError } from './auth-error.ts';
import { isV2AuthEnabled, listNames, readRole, readUser } from './auth-tree.ts';

export interface Looked {
	readonly status: number;
	/** With its newline, unless it is a refusal. */
	readonly json: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function lookAtEnabled(view: ReadView): Looked {
	return { status: 200, json: `{"enabled":${isV2AuthEnabled(view)}}\n` };
}

/** Each with those of his roles that there are. */
export function listUsers(view: ReadView): Looked {
	const users = listNames(view, 'users').map((name) => {
		const roles = (readUser(view, name)?.roles ?? []).map((role) => findRole(view, role));
		return printUserWithRoles(
			decoder.decode(name),
			roles.filter((role) => role !== null),
		);
	});
	return { status: 200, json: `{"users":${users.length === 0 ? 'null' : `[${users.join(',')}]`}}\n` };
}

/** Role root among them, in its place. */
export function listRoles(view: ReadView): Looked {
	const names = [...listNames(view, 'roles').map((name) => decoder.decode(name)), ROOT_NAME];
	const printed = [...names].sort(byBytes).map((name) => printRole(findRole(view, name) ?? ROOT_ROLE));
	return { status: 200, json: `{"roles":[${printed.join(',')}]}\n` };
}

/** One of his roles that there is not fails it all, as in etcd. */
export function lookAtUser(view: ReadView, name: Uint8Array): Looked {
	const user = readUser(view, name);
	if (user === null) {
		return refused(new V2AuthError(404, 'User ', name, ' does not exist.'));
	}
	const roles: V2Role[] = [];
	for (const each of user.roles ?? []) {
		const role = findRole(view, each);
		if (role === null) {
			return refused(new V2AuthError(404, 'Role ', each, ' does not exist.'));
		}
		roles.push(role);
	}
	return { status: 200, json: `${printUserWithRoles(user.user, roles)}\n` };
}

export function lookAtRole(view: ReadView, name: Uint8Array): Looked {
	const role = decoder.decode(name) === ROOT_NAME ? ROOT_ROLE : readRole(view, name);
	return role === null ? refused(new V2AuthError(404, 'Role ', name, ' does not exist.')) : { status: 200, json: `${printRole(role)}\n` };
}

function findRole(view: ReadView, name: string): V2Role | null {
	return name === ROOT_NAME ? ROOT_ROLE : readRole(view, encoder.encode(name));
}

function refused({ status, message }: V2AuthError): Looked {
	return { status, json: printMessage(message) };
}
