/**
 * The commands on roles, by etcd's rules and in the order of its checks (reference/etcd-surface.md 2.10). Total. 0, or the code of the refusal, which
 * has changed nothing.
 */
import { compareBytes, copyBytes, equalBytes } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import type { WriteView } from '../base/engine.ts';
import { noteChange, putRole, putUser, readAuthState, readRole, readUsers, removeRole } from './auth-tree.ts';
import { isOpenEnd } from './interval-set.ts';
import { type AuthOperation, isStorableName, type Permission, ROOT } from './operations.ts';

type Of<Kind extends AuthOperation['kind']> = Extract<AuthOperation, { readonly kind: Kind }>;
type KeyPair = Pick<Permission, 'key' | 'rangeEnd'>;

const CHANGED = { isNewRevision: true } as const;

export function executeRoleAdd(view: WriteView, { name }: Of<'auth_role_add'>): number {
	if (name === '') {
		return CODES.role_empty.code;
	}
	if (!isStorableName(name)) {
		return CODES.auth_name_too_long.code;
	}
	if (readRole(view, name) !== null) {
		return CODES.role_exists.code;
	}
	putRole(view, { name, permissions: [] });
	noteChange(view, CHANGED);
	return CODES.ok.code;
}

/** Whoever had it has it no more. */
export function executeRoleDelete(view: WriteView, { role }: Of<'auth_role_delete'>): number {
	if (role === ROOT && readAuthState(view).enabled) {
		return CODES.invalid_auth_management.code;
	}
	if (readRole(view, role) === null) {
		return CODES.role_not_found.code;
	}
	removeRole(view, role);
	for (const user of readUsers(view)) {
		if (user.roles.includes(role)) {
			putUser(view, { ...user, roles: user.roles.filter((each) => each !== role) });
		}
	}
	noteChange(view, CHANGED);
	return CODES.ok.code;
}

/** For the very same key and range end it replaces what was permitted. */
export function executeGrantPermission(view: WriteView, { role: name, permission }: Of<'auth_role_grant_permission'>): number {
	if (permission === null) {
		return CODES.permission_not_given.code;
	}
	if (!isGrantable(permission)) {
		return CODES.invalid_auth_management.code;
	}
	const role = readRole(view, name);
	if (role === null) {
		return CODES.role_not_found.code;
	}
	const { type, key, rangeEnd } = permission;
	const others = role.permissions.filter((each) => !isSamePair(each, permission));
	putRole(view, { name, permissions: [...others, { type, key: copyBytes(key), rangeEnd: copyBytes(rangeEnd) }].sort(byPair) });
	noteChange(view, CHANGED);
	return CODES.ok.code;
}

export function executeRevokePermission(view: WriteView, { role: name, ...pair }: Of<'auth_role_revoke_permission'>): number {
	const role = readRole(view, name);
	if (role === null) {
		return CODES.role_not_found.code;
	}
	const permissions = role.permissions.filter((each) => !isSamePair(each, pair));
	if (permissions.length === role.permissions.length) {
		return CODES.permission_not_granted.code;
	}
	putRole(view, { name, permissions });
	noteChange(view, CHANGED);
	return CODES.ok.code;
}

/** A key, a range that has keys in it, or all keys from one on; the empty key is none. */
function isGrantable({ key, rangeEnd }: KeyPair): boolean {
	return key.length > 0 && (rangeEnd.length === 0 || isOpenEnd(rangeEnd) || compareBytes(key, rangeEnd) < 0);
}

function isSamePair(a: KeyPair, b: KeyPair): boolean {
	return equalBytes(a.key, b.key) && equalBytes(a.rangeEnd, b.rangeEnd);
}

function byPair(a: Permission, b: Permission): number {
	return compareBytes(a.key, b.key) || compareBytes(a.rangeEnd, b.rangeEnd);
}
