/**
 * Who may do what to the keys of the v2 API (reference/etcd-surface.md 1.8), as one view of the store has it. Asked at the serving door with what a
 * lane sees, and again when a write is applied. Used by api/v2/auth and v2/execute.ts.
 */
import type { ReadView } from '../../base/engine.ts';
import { GUEST_NAME, type KeyPatterns, ROOT_NAME, type V2Role } from './auth-data.ts';
import { isV2AuthEnabled, readRole, readUser } from './auth-tree.ts';

/** Nobody in particular: no user has an empty name. */
export const GUEST: Uint8Array = new Uint8Array(0);

export interface KeyAccess {
	/** What follows /v2/keys, as it came, a slash at its end included. */
	readonly path: Uint8Array;
	/** Needs a pattern that ends with an asterisk. */
	readonly recursive: boolean;
	readonly write: boolean;
}

const ASTERISK = 0x2a;
const encoder = new TextEncoder();

export function mayAccess(view: ReadView, user: Uint8Array, access: KeyAccess): boolean {
	if (!isV2AuthEnabled(view)) {
		return true;
	}
	if (user.length === 0) {
		const guest = readRole(view, encoder.encode(GUEST_NAME));
		// As in etcd: of a guest it is not asked whether he wants the whole subtree.
		return guest !== null && matches(guest.permissions, { ...access, recursive: false });
	}
	for (const name of readUser(view, user)?.roles ?? []) {
		if (name === ROOT_NAME || isGrantedBy(readRole(view, encoder.encode(name)), access)) {
			return true;
		}
	}
	return false;
}

/** Whether he may do what only root may. */
export function mayAdminister(view: ReadView, user: Uint8Array): boolean {
	return !isV2AuthEnabled(view) || (user.length > 0 && (readUser(view, user)?.roles ?? []).includes(ROOT_NAME));
}

function isGrantedBy(role: V2Role | null, access: KeyAccess): boolean {
	return role !== null && matches(role.permissions, access);
}

function matches(permissions: KeyPatterns, { path, recursive, write }: KeyAccess): boolean {
	const patterns = (write ? permissions.write : permissions.read) ?? [];
	return patterns.some((text) => {
		const pattern = encoder.encode(text);
		if (pattern.at(-1) === ASTERISK) {
			return beginsWith(path, pattern.subarray(0, -1));
		}
		// An empty pattern, which ends a request of etcd's by a panic, is for nothing: not even for the root, which has an empty path.
		return !recursive && pattern.length > 0 && pattern.length === path.length && beginsWith(path, pattern);
	});
}

function beginsWith(path: Uint8Array, prefix: Uint8Array): boolean {
	return path.length >= prefix.length && prefix.every((byte, i) => byte === path[i]);
}
