/**
 * Users and roles of the v2 API, and how they are printed: as etcd's Go prints them, since clients read it, and since whether a change changes
 * anything is a comparison of what would be printed (a list that is null is not an empty one). Reference/etcd-surface.md 1.8.
 */
import { goJsonString } from '../go-json.ts';

export const ROOT_NAME = 'root';
export const GUEST_NAME = 'guest';

/** null: none was ever given. */
export type Names = readonly string[] | null;

export interface KeyPatterns {
	readonly read: Names;
	readonly write: Names;
}

export interface V2User {
	readonly user: string;
	/** As bcrypt made it. */
	readonly hash: string;
	readonly roles: Names;
}

export interface V2Role {
	readonly role: string;
	readonly permissions: KeyPatterns;
	/** What was sent along at its creation and grants nothing: etcd shows it until the role changes. null: nothing was. */
	readonly grant: KeyPatterns | null;
	readonly revoke: KeyPatterns | null;
}

export const EVERYTHING: KeyPatterns = { read: ['/*'], write: ['/*'] };

/** It is always there, and nobody can change it. */
export const ROOT_ROLE: V2Role = { role: ROOT_NAME, permissions: EVERYTHING, grant: null, revoke: null };
/** What those may do who say nothing of who they are, unless somebody has said otherwise before access control is switched on. */
export const GUEST_ROLE: V2Role = { ...ROOT_ROLE, role: GUEST_NAME };

const encoder = new TextEncoder();

export function isEmptyPatterns(patterns: KeyPatterns | null): boolean {
	return patterns === null || ((patterns.read ?? []).length === 0 && (patterns.write ?? []).length === 0);
}

/** User root has role root, whatever is stored. */
export function withRootRole(user: V2User): V2User {
	const roles = user.roles ?? [];
	return user.user !== ROOT_NAME || roles.includes(ROOT_NAME) ? user : { ...user, roles: [...roles, ROOT_NAME] };
}

export function printString(text: string): string {
	return goJsonString(encoder.encode(text));
}

export function printUser({ user, roles }: V2User): string {
	return `{"user":${printString(user)},"roles":${printNames(roles)}}`;
}

/** With the whole roles; a user without any has no such field. */
export function printUserWithRoles(user: string, roles: readonly V2Role[]): string {
	const list = roles.length === 0 ? '' : `,"roles":[${roles.map(printRole).join(',')}]`;
	return `{"user":${printString(user)}${list}}`;
}

export function printRole({ role, permissions, grant, revoke }: V2Role): string {
	const granted = grant === null ? '' : `,"grant":${printPatterns(grant)}`;
	const revoked = revoke === null ? '' : `,"revoke":${printPatterns(revoke)}`;
	return `{"role":${printString(role)},"permissions":${printPatterns(permissions)}${granted}${revoked}}`;
}

function printPatterns({ read, write }: KeyPatterns): string {
	return `{"kv":{"read":${printNames(read)},"write":${printNames(write)}}}`;
}

function printNames(names: Names): string {
	return names === null ? 'null' : `[${names.map(printString).join(',')}]`;
}
