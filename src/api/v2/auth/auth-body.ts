/**
 * The JSON that is sent about a user or a role, read as Go's encoding/json reads it into etcd's structures: names of fields in any case, unknown ones passed
 * over, null for "not given", and whatever follows the first value not looked at. Used by auth-route.ts.
 */
import type { KeyPatterns, Names } from '../../../v2/auth/auth-data.ts';

export interface UserBody {
	readonly user: string;
	readonly password: string;
	readonly roles: Names;
	readonly grant: Names;
	readonly revoke: Names;
}

export interface RoleBody {
	readonly role: string;
	readonly permissions: KeyPatterns;
	readonly grant: KeyPatterns | null;
	readonly revoke: KeyPatterns | null;
}

const NO_PATTERNS: KeyPatterns = { read: null, write: null };
/** Thrown and caught in this file only. */
class BadBody {}

/** body: a byte string. null: it is no such JSON. */
export function parseUserBody(body: string): UserBody | null {
	return reading(body, (fields) => ({
		user: text(fields.get('user')),
		password: text(fields.get('password')),
		roles: names(fields.get('roles')),
		grant: names(fields.get('grant')),
		revoke: names(fields.get('revoke')),
	}));
}

export function parseRoleBody(body: string): RoleBody | null {
	return reading(body, (fields) => ({
		role: text(fields.get('role')),
		permissions: patterns(fields.get('permissions')) ?? NO_PATTERNS,
		grant: patterns(fields.get('grant')),
		revoke: patterns(fields.get('revoke')),
	}));
}

type Fields = ReadonlyMap<string, unknown>;

function reading<T>(body: string, read: (fields: Fields) => T): T | null {
	try {
		return read(fieldsOf(JSON.parse(firstValue(Buffer.from(body, 'latin1').toString('utf8')))));
	} catch (thrown) {
		if (thrown instanceof BadBody || thrown instanceof SyntaxError) {
			return null;
		}
		throw thrown;
	}
}

/** What a stream of JSON begins with: an object, whose end is found by its brackets, or all that there is. */
function firstValue(stream: string): string {
	let depth = 0;
	let inString = false;
	for (let at = 0; at < stream.length; at++) {
		const character = stream[at];
		if (inString) {
			if (character === '\\') {
				at += 1;
			} else if (character === '"') {
				inString = false;
			}
		} else if (character === '"') {
			inString = true;
		} else if (character === '{' || character === '[') {
			depth += 1;
		} else if (character === '}' || character === ']') {
			depth -= 1;
			if (depth === 0) {
				return stream.slice(0, at + 1);
			}
		}
	}
	return stream;
}

function fieldsOf(value: unknown): Fields {
	if (value === null || value === undefined) {
		return new Map();
	}
	if (typeof value !== 'object' || Array.isArray(value)) {
		throw new BadBody();
	}
	// Null leaves what was there before it.
	return new Map(
		Object.entries(value)
			.filter(([, each]) => each !== null)
			.map(([name, each]) => [name.toLowerCase(), each]),
	);
}

function patterns(value: unknown): KeyPatterns | null {
	if (value === undefined) {
		return null;
	}
	const kv = fieldsOf(fieldsOf(value).get('kv'));
	return { read: names(kv.get('read')), write: names(kv.get('write')) };
}

function names(value: unknown): Names {
	if (value === undefined) {
		return null;
	}
	if (!Array.isArray(value)) {
		throw new BadBody();
	}
	return value.map((each: unknown) => text(each ?? undefined));
}

/** Go's strings have no halves of characters. */
function text(value: unknown): string {
	if (value === undefined) {
		return '';
	}
	if (typeof value !== 'string') {
		throw new BadBody();
	}
	return Buffer.from(value, 'utf8').toString('utf8');
}
