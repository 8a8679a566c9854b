/**
 * The commands on users, by etcd's rules and in the order of its checks (reference/etcd-surface.md 2.10). Total. 0, or the code of the refusal, which
 * has changed nothing.
 */
import { CODES } from '../base/codes.ts';
import type { WriteView } from '../base/engine.ts';
import { byBytes } from '../base/name-order.ts';
import { nextCredential, noteChange, putUser, readAuthState, readRole, readUser, removeUser } from './auth-tree.ts';
import { decodeBase64 } from './base64.ts';
import { type AuthOperation, isStorableName, ROOT } from './operations.ts';
import { dropTokensOf } from './token-tree.ts';

type Of<Kind extends AuthOperation['kind']> = Extract<AuthOperation, { readonly kind: Kind }>;

const NO_HASH = new Uint8Array(0);
const CHANGED = { isNewRevision: true } as const;

export function executeUserAdd(view: WriteView, { name, hashedPassword, noPassword }: Of<'auth_user_add'>): number {
	if (name === '') {
		return CODES.user_empty.code;
	}
	if (!isStorableName(name)) {
		return CODES.auth_name_too_long.code;
	}
	if (readUser(view, name) !== null) {
		return CODES.user_exists.code;
	}
	const passwordHash = noPassword ? NO_HASH : decodeBase64(hashedPassword);
	if (passwordHash === null) {
		return CODES.no_password_user.code;
	}
	putUser(view, { name, passwordHash, noPassword, roles: [], credential: nextCredential(view) });
	noteChange(view, CHANGED);
	return CODES.ok.code;
}

export function executeUserDelete(view: WriteView, { name }: Of<'auth_user_delete'>): number {
	if (name === ROOT && readAuthState(view).enabled) {
		return CODES.invalid_auth_management.code;
	}
	if (readUser(view, name) === null) {
		return CODES.user_not_found.code;
	}
	removeUser(view, name);
	dropTokensOf(view, name);
	noteChange(view, CHANGED);
	return CODES.ok.code;
}

/** To a user without a password it gives none; his tokens go all the same, as in etcd. */
export function executeChangePassword(view: WriteView, { name, hashedPassword }: Of<'auth_user_change_password'>): number {
	const user = readUser(view, name);
	if (user === null) {
		return CODES.user_not_found.code;
	}
	const passwordHash = user.noPassword ? NO_HASH : decodeBase64(hashedPassword);
	if (passwordHash === null) {
		return CODES.no_password_user.code;
	}
	putUser(view, { ...user, passwordHash, credential: nextCredential(view) });
	dropTokensOf(view, name);
	noteChange(view, CHANGED);
	return CODES.ok.code;
}

/** The role root need not be there. What the user has already is granted without a word. */
export function executeGrantRole(view: WriteView, { user: name, role }: Of<'auth_user_grant_role'>): number {
	const user = readUser(view, name);
	if (user === null) {
		return CODES.user_not_found.code;
	}
	if (role !== ROOT && readRole(view, role) === null) {
		return CODES.role_not_found.code;
	}
	if (!user.roles.includes(role)) {
		putUser(view, { ...user, roles: [...user.roles, role].sort(byBytes) });
		noteChange(view, CHANGED);
	}
	return CODES.ok.code;
}

export function executeRevokeRole(view: WriteView, { user: name, role }: Of<'auth_user_revoke_role'>): number {
	if (name === ROOT && role === ROOT && readAuthState(view).enabled) {
		return CODES.invalid_auth_management.code;
	}
	const user = readUser(view, name);
	if (user === null) {
		return CODES.user_not_found.code;
	}
	if (!user.roles.includes(role)) {
		return CODES.role_not_granted.code;
	}
	putUser(view, { ...user, roles: user.roles.filter((each) => each !== role) });
	noteChange(view, CHANGED);
	return CODES.ok.code;
}
