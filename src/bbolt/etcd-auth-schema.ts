/**
 * What etcd keeps of access control in its database, as 3.4 and later have it: two records and two buckets.
 *
 *   auth        authEnabled: one byte, 1 if it is on; authRevision: u64 big endian
 *   authUsers   name -> authpb.User: name = 1, password = 2 (as bcrypt writes it), roles = 3, options = 4 (no_password = 1)
 *   authRoles   name -> authpb.Role: name = 1, keyPermission = 2 (permType = 1, key = 2, range_end = 3)
 *
 * Used by adapters/etcd-auth.ts. Decoders give null for bytes that are none.
 */
import { concatBytes, EMPTY_BYTES } from '../base/bytes.ts';
import { varintSize, writeVarint } from '../base/varint.ts';
import { type ProtoField, readProtoFields } from './proto-fields.ts';

export const ETCD_AUTH_ENABLED = 'authEnabled';
export const ETCD_AUTH_REVISION = 'authRevision';

export interface EtcdUser {
	readonly name: string;
	readonly password: Uint8Array;
	readonly roles: readonly string[];
	readonly noPassword: boolean;
}

export interface EtcdPermission {
	readonly type: number;
	readonly key: Uint8Array;
	readonly rangeEnd: Uint8Array;
}

export interface EtcdRole {
	readonly name: string;
	readonly permissions: readonly EtcdPermission[];
}

const USER = { name: 1, password: 2, roles: 3, options: 4 } as const;
const ROLE = { name: 1, permissions: 2 } as const;
const PERMISSION = { type: 1, key: 2, rangeEnd: 3 } as const;
const NO_PASSWORD = 1;
const DELIMITED = 2;
const TYPE_MAX = 2 ** 31 - 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The options are written even if nothing is in them: etcd takes them for granted when a password is changed. */
export function encodeEtcdUser({ name, password, roles, noPassword }: EtcdUser): Uint8Array {
	return concatBytes([
		bytesField(USER.name, encoder.encode(name)),
		bytesField(USER.password, password),
		...roles.map((role) => wholeField(USER.roles, encoder.encode(role))),
		wholeField(USER.options, noPassword ? numberField(NO_PASSWORD, 1) : EMPTY_BYTES),
	]);
}

export function decodeEtcdUser(bytes: Uint8Array): EtcdUser | null {
	const fields = readProtoFields(bytes);
	const name = fields === null ? null : textOf(fields, USER.name);
	const options = fields === null ? null : readProtoFields(bytesOf(fields, USER.options));
	if (fields === null || name === null || options === null) {
		return null;
	}
	const roles = fields.filter(({ number }) => number === USER.roles).map(({ bytes: role }) => toText(role ?? EMPTY_BYTES));
	const known = roles.filter((role) => role !== null);
	const noPassword = options.some(({ number, value }) => number === NO_PASSWORD && value !== 0n);
	return known.length === roles.length ? { name, password: bytesOf(fields, USER.password), roles: known, noPassword } : null;
}

export function encodeEtcdRole({ name, permissions }: EtcdRole): Uint8Array {
	const rows = permissions.map(({ type, key, rangeEnd }) =>
		wholeField(
			ROLE.permissions,
			concatBytes([numberField(PERMISSION.type, type), bytesField(PERMISSION.key, key), bytesField(PERMISSION.rangeEnd, rangeEnd)]),
		),
	);
	return concatBytes([bytesField(ROLE.name, encoder.encode(name)), ...rows]);
}

export function decodeEtcdRole(bytes: Uint8Array): EtcdRole | null {
	const fields = readProtoFields(bytes);
	const name = fields === null ? null : textOf(fields, ROLE.name);
	if (fields === null || name === null) {
		return null;
	}
	const rows = fields.filter(({ number }) => number === ROLE.permissions).map((field) => toPermission(field.bytes ?? EMPTY_BYTES));
	const permissions = rows.filter((row) => row !== null);
	return permissions.length === rows.length ? { name, permissions } : null;
}

function toPermission(bytes: Uint8Array): EtcdPermission | null {
	const fields = readProtoFields(bytes);
	const type = fields?.findLast(({ number }) => number === PERMISSION.type)?.value ?? 0n;
	if (fields === null || type > BigInt(TYPE_MAX)) {
		return null;
	}
	return { type: Number(type), key: bytesOf(fields, PERMISSION.key), rangeEnd: bytesOf(fields, PERMISSION.rangeEnd) };
}

function bytesOf(fields: readonly ProtoField[], number: number): Uint8Array {
	return fields.findLast((field) => field.number === number)?.bytes ?? EMPTY_BYTES;
}

function textOf(fields: readonly ProtoField[], number: number): string | null {
	return toText(bytesOf(fields, number));
}

/** null: no UTF-8, which a name in a request could not have been either. */
function toText(bytes: Uint8Array): string | null {
	try {
		return decoder.decode(bytes);
	} catch {
		return null;
	}
}

function numberField(number: number, value: number): Uint8Array {
	if (value === 0) {
		return EMPTY_BYTES;
	}
	const bytes = new Uint8Array(1 + varintSize(value));
	bytes[0] = number << 3;
	writeVarint(bytes, 1, value);
	return bytes;
}

function bytesField(number: number, value: Uint8Array): Uint8Array {
	return value.length === 0 ? EMPTY_BYTES : wholeField(number, value);
}

function wholeField(number: number, value: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(1 + varintSize(value.length) + value.length);
	bytes[0] = (number << 3) | DELIMITED;
	bytes.set(value, writeVarint(bytes, 1, value.length));
	return bytes;
}
