/**
 * Users, roles, what a role permits, and the commands that change them: plain records, as reference/etcd-surface.md 2.10 has them. Decoded by
 * rpc/auth-codec.ts, executed by execute-*.ts, kept by auth-tree.ts.
 */

/** Whoever has this role may do everything; this user has to have it before access control can be enabled. */
export const ROOT = 'root';

/** authpb.Permission.Type; an unknown number permits nothing. */
export const PERMISSION = { read: 0, write: 1, readWrite: 2 } as const;

export interface Permission {
	readonly type: number;
	readonly key: Uint8Array;
	/** As in a range request: empty for the one key, a zero byte for all from the key on. */
	readonly rangeEnd: Uint8Array;
}

export interface User {
	readonly name: string;
	/** As bcrypt writes it; empty: no password fits. */
	readonly passwordHash: Uint8Array;
	/** Known by a certificate alone. */
	readonly noPassword: boolean;
	/** In the order of their bytes. */
	readonly roles: readonly string[];
	/** Another number with each password that the user was given, and with each user of this name: what was verified under one says nothing under another. */
	readonly credential: number;
}

export interface Role {
	readonly name: string;
	/** In the order of their keys, then of their ends. */
	readonly permissions: readonly Permission[];
}

export type AuthOperation =
	| { readonly kind: 'auth_enable' }
	| { readonly kind: 'auth_disable' }
	/** hashedPassword: base64 of what bcrypt writes. A password itself is in no command. */
	| { readonly kind: 'auth_user_add'; readonly name: string; readonly hashedPassword: string; readonly noPassword: boolean }
	| { readonly kind: 'auth_user_delete'; readonly name: string }
	| { readonly kind: 'auth_user_change_password'; readonly name: string; readonly hashedPassword: string }
	| { readonly kind: 'auth_user_grant_role'; readonly user: string; readonly role: string }
	| { readonly kind: 'auth_user_revoke_role'; readonly user: string; readonly role: string }
	| { readonly kind: 'auth_role_add'; readonly name: string }
	| { readonly kind: 'auth_role_delete'; readonly role: string }
	| { readonly kind: 'auth_role_grant_permission'; readonly role: string; readonly permission: Permission | null }
	| { readonly kind: 'auth_role_revoke_permission'; readonly role: string; readonly key: Uint8Array; readonly rangeEnd: Uint8Array }
	| TokenAssignment;

/** A simple token, known by its SHA-256: the token itself is in no log and on no disk. */
export interface TokenAssignment {
	readonly kind: 'auth_token_assign';
	readonly user: string;
	/** User.credential that the password was verified under: must still be the user's. */
	readonly credential: number;
	/** TOKEN_HASH_BYTES. */
	readonly hash: Uint8Array;
}

export const TOKEN_HASH_BYTES = 32;
/** Names beyond are refused: they are keys of the store's engine, and travel in every command's envelope. In UTF-8. */
export const AUTH_NAME_BYTES_MAX = 1_024;

const encoder = new TextEncoder();

export function isStorableName(name: string): boolean {
	return name.length <= AUTH_NAME_BYTES_MAX && encoder.encode(name).length <= AUTH_NAME_BYTES_MAX;
}
