/**
 * Changes of users and roles of the v2 API as they travel in a command (COMMAND_KIND.v2_auth): version u8 (1), then JSON. Built by api/v2/auth, which
 * has checked what needs no store; read by execute.ts. Passwords are hashed before, so that the log never sees one.
 */
import type { KeyPatterns, Names } from './auth-data.ts';

export interface PutUser {
	readonly kind: 'put_user';
	readonly user: string;
	/** Empty: no password was given. */
	readonly hash: string;
	readonly roles: Names;
	readonly grant: Names;
	readonly revoke: Names;
}

export interface PutRole {
	readonly kind: 'put_role';
	readonly role: string;
	readonly permissions: KeyPatterns;
	readonly grant: KeyPatterns | null;
	readonly revoke: KeyPatterns | null;
}

export type V2AuthChange =
	| { readonly kind: 'enable' | 'disable' }
	| PutUser
	| PutRole
	/** name: a byte string (JS characters 0 to 255), as it came in the path. */
	| { readonly kind: 'delete_user' | 'delete_role'; readonly name: string };

export interface V2AuthCommand {
	/** Who asks, as a byte string; empty: a guest. */
	readonly by: string;
	readonly change: V2AuthChange;
}

const VERSION = 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeV2AuthCommand(command: V2AuthCommand): Uint8Array {
	const text = encoder.encode(JSON.stringify(command));
	const bytes = new Uint8Array(1 + text.length);
	bytes[0] = VERSION;
	bytes.set(text, 1);
	return bytes;
}

/** null for bytes that this version does not understand. */
export function decodeV2AuthCommand(bytes: Uint8Array): V2AuthCommand | null {
	if (bytes[0] !== VERSION) {
		return null;
	}
	let parsed: unknown;
	try {
		parsed = JSON.parse(decoder.decode(bytes.subarray(1)));
	} catch {
		return null;
	}
	return isObject(parsed) && isByteString(parsed['by']) && isChange(parsed['change']) ? { by: parsed['by'], change: parsed['change'] } : null;
}

function isChange(value: unknown): value is V2AuthChange {
	if (!isObject(value)) {
		return false;
	}
	switch (value['kind']) {
		case 'enable':
		case 'disable':
			return true;
		case 'delete_user':
		case 'delete_role':
			return isByteString(value['name']);
		case 'put_user':
			return isText(value['user']) && typeof value['hash'] === 'string' && [value['roles'], value['grant'], value['revoke']].every(isNames);
		case 'put_role':
			return (
				isText(value['role']) &&
				isPatterns(value['permissions']) &&
				[value['grant'], value['revoke']].every((each) => each === null || isPatterns(each))
			);
		default:
			return false;
	}
}

function isPatterns(value: unknown): boolean {
	return isObject(value) && isNames(value['read']) && isNames(value['write']);
}

function isNames(value: unknown): boolean {
	return value === null || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
}

function isText(value: unknown): boolean {
	return typeof value === 'string' && value !== '';
}

function isByteString(value: unknown): value is string {
	return typeof value === 'string' && !/[^\0-\xff]/.test(value);
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
