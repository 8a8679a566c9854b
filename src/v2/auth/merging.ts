/** What grants and revocations make of a user or a role, with etcd's quirks (reference/etcd-surface.md 1.8). Used by execute.ts. */

import { byBytes } from '../../base/name-order.ts';
import type { KeyPatterns, Names, V2Role, V2User } from './auth-data.ts';
import { V2AuthError } from './auth-error.ts';
import type { PutRole, PutUser } from './changes.ts';

/** The lists come out sorted, without what was in them twice, and never null: that may be all that changes. */
export function mergeUser(old: V2User, { user, hash, grant, revoke }: PutUser): V2User | V2AuthError {
	const roles = new Set(old.roles ?? []);
	for (const role of grant ?? []) {
		if (roles.has(role)) {
			return new V2AuthError(409, `Granting duplicate role `, role, ` for user ${user}`);
		}
		roles.add(role);
	}
	for (const role of revoke ?? []) {
		if (!roles.delete(role)) {
			return new V2AuthError(409, `Revoking ungranted role `, role, ` for user ${user}`);
		}
	}
	return { user: old.user, hash: hash === '' ? old.hash : hash, roles: [...roles].sort(byBytes) };
}

/** A revocation of what was never granted is none. */
export function mergeRole(old: V2Role, { grant, revoke }: PutRole): V2Role | V2AuthError {
	const granted = grant === null ? old.permissions : grantPatterns(old.permissions, grant);
	if (granted instanceof V2AuthError) {
		return granted;
	}
	const permissions =
		revoke === null ? granted : { read: revokePatterns(granted.read, revoke.read), write: revokePatterns(granted.write, revoke.write) };
	return { role: old.role, permissions, grant: null, revoke: null };
}

function grantPatterns(have: KeyPatterns, more: KeyPatterns): KeyPatterns | V2AuthError {
	const read = grantList(have.read, more.read, 'read');
	if (read instanceof V2AuthError) {
		return read;
	}
	const write = grantList(have.write, more.write, 'write');
	return write instanceof V2AuthError ? write : { read, write };
}

function grantList(have: Names, more: Names, what: string): readonly string[] | V2AuthError {
	const patterns = new Set(have ?? []);
	for (const pattern of more ?? []) {
		if (patterns.has(pattern)) {
			return new V2AuthError(409, `Granting duplicate ${what} permission `, pattern);
		}
		patterns.add(pattern);
	}
	return [...patterns].sort(byBytes);
}

function revokePatterns(have: Names, less: Names): readonly string[] {
	const patterns = new Set(have ?? []);
	for (const pattern of less ?? []) {
		patterns.delete(pattern);
	}
	return [...patterns].sort(byBytes);
}
