/**
 * The bodies of the commands of access control: etcd's own requests, and the assignment of a token, which is ours. Decoders give null for bytes that are no
 * such message. Encoders are for the lane, which replaces a password by its hash before it proposes. What is only asked is not here.
 *
 *   assignment   credential u48 | hash (32 bytes) | user
 */
import { type AuthOperation, isStorableName, type Permission, TOKEN_HASH_BYTES, type TokenAssignment } from '../auth/operations.ts';
import { assert } from '../base/assert.ts';
import { copyBytes, EMPTY_BYTES } from '../base/bytes.ts';
import { readUint48, UINT48_BYTES, writeUint48 } from '../base/uint48.ts';
import { type authpb, etcdserverpb } from './generated/messages.js';
import { ProtoWriter } from './proto-writer.ts';
import { encodeHeader, type ResponseHeader, writeHeader } from './response-header.ts';

const {
	AuthDisableRequest,
	AuthEnableRequest,
	AuthRoleAddRequest,
	AuthRoleDeleteRequest,
	AuthRoleGrantPermissionRequest,
	AuthRoleRevokePermissionRequest,
	AuthenticateResponse,
	AuthUserAddRequest,
	AuthUserChangePasswordRequest,
	AuthUserDeleteRequest,
	AuthUserGrantRoleRequest,
	AuthUserRevokeRoleRequest,
} = etcdserverpb;

type Of<Kind extends AuthOperation['kind']> = Extract<AuthOperation, { readonly kind: Kind }>;
type Decode<Kind extends AuthOperation['kind']> = (bytes: Uint8Array) => Of<Kind> | null;

const TAG_MESSAGE_1 = 0x0a;
const USER_AT = UINT48_BYTES + TOKEN_HASH_BYTES;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** One a thread: nothing in here calls out while it is being filled. */
const writer = new ProtoWriter();

export const decodeEnable: Decode<'auth_enable'> = (bytes) =>
	decoded(() => {
		AuthEnableRequest.decode(bytes);
		return { kind: 'auth_enable' };
	});

export const decodeDisable: Decode<'auth_disable'> = (bytes) =>
	decoded(() => {
		AuthDisableRequest.decode(bytes);
		return { kind: 'auth_disable' };
	});

/** A password in plain is not looked at: it has to be hashed by then. */
export const decodeUserAdd: Decode<'auth_user_add'> = (bytes) =>
	decoded(() => {
		const { name, hashedPassword, options } = AuthUserAddRequest.decode(bytes);
		return { kind: 'auth_user_add', name, hashedPassword, noPassword: options?.no_password ?? false };
	});

export function encodeUserAdd({ name, hashedPassword, noPassword }: Omit<Of<'auth_user_add'>, 'kind'>): Uint8Array {
	return AuthUserAddRequest.encode({ name, hashedPassword, options: { no_password: noPassword } }).finish();
}

export const decodeUserDelete: Decode<'auth_user_delete'> = (bytes) =>
	decoded(() => ({ kind: 'auth_user_delete', name: AuthUserDeleteRequest.decode(bytes).name }));

export const decodeChangePassword: Decode<'auth_user_change_password'> = (bytes) =>
	decoded(() => {
		const { name, hashedPassword } = AuthUserChangePasswordRequest.decode(bytes);
		return { kind: 'auth_user_change_password', name, hashedPassword };
	});

export function encodeChangePassword({ name, hashedPassword }: Omit<Of<'auth_user_change_password'>, 'kind'>): Uint8Array {
	return AuthUserChangePasswordRequest.encode({ name, hashedPassword }).finish();
}

export const decodeGrantRole: Decode<'auth_user_grant_role'> = (bytes) =>
	decoded(() => {
		const { user, role } = AuthUserGrantRoleRequest.decode(bytes);
		return { kind: 'auth_user_grant_role', user, role };
	});

export const decodeRevokeRole: Decode<'auth_user_revoke_role'> = (bytes) =>
	decoded(() => {
		const { name, role } = AuthUserRevokeRoleRequest.decode(bytes);
		return { kind: 'auth_user_revoke_role', user: name, role };
	});

export const decodeRoleAdd: Decode<'auth_role_add'> = (bytes) =>
	decoded(() => ({ kind: 'auth_role_add', name: AuthRoleAddRequest.decode(bytes).name }));

export const decodeRoleDelete: Decode<'auth_role_delete'> = (bytes) =>
	decoded(() => ({ kind: 'auth_role_delete', role: AuthRoleDeleteRequest.decode(bytes).role }));

export const decodeGrantPermission: Decode<'auth_role_grant_permission'> = (bytes) =>
	decoded(() => {
		const { name, perm } = AuthRoleGrantPermissionRequest.decode(bytes);
		return { kind: 'auth_role_grant_permission', role: name, permission: perm ? toPermission(perm) : null };
	});

export const decodeRevokePermission: Decode<'auth_role_revoke_permission'> = (bytes) =>
	decoded(() => {
		const { role, key, range_end } = AuthRoleRevokePermissionRequest.decode(bytes);
		return { kind: 'auth_role_revoke_permission', role, key, rangeEnd: range_end };
	});

export const decodeTokenAssignment: Decode<'auth_token_assign'> = (bytes) => {
	if (bytes.length <= USER_AT) {
		return null;
	}
	const hash = copyBytes(bytes.subarray(UINT48_BYTES, USER_AT));
	const user = decoder.decode(bytes.subarray(USER_AT));
	return isStorableName(user) ? { kind: 'auth_token_assign', user, credential: readUint48(bytes, 0), hash } : null;
};

export function encodeTokenAssignment({ user, credential, hash }: Omit<TokenAssignment, 'kind'>): Uint8Array {
	const name = encoder.encode(user);
	const bytes = new Uint8Array(USER_AT + name.length);
	writeUint48(bytes, 0, credential);
	bytes.set(hash, UINT48_BYTES);
	bytes.set(name, USER_AT);
	return bytes;
}

/** Every one of etcd's requests here is answered by a header alone. */
export function encodeAuthResponse(header: ResponseHeader): Uint8Array {
	writeHeader(writer, TAG_MESSAGE_1, header);
	return writer.take();
}

/** An AuthenticateResponse that has the entry's index where the token comes, of which the lane knows the rest. */
export function encodeTokenAssigned(header: ResponseHeader, index: number): Uint8Array {
	return AuthenticateResponse.encode({ header: etcdserverpb.ResponseHeader.decode(encodeHeader(header)), token: String(index) }).finish();
}

/** The index, of our own store's answer. */
export function decodeTokenAssigned(response: Uint8Array): number {
	const index = Number(AuthenticateResponse.decode(response).token);
	assert(Number.isSafeInteger(index) && index > 0, () => `a token was assigned by entry ${index}`);
	return index;
}

function toPermission({ permType, key, range_end }: authpb.Permission.$Properties): Permission {
	return { type: permType ?? 0, key: key ?? EMPTY_BYTES, rangeEnd: range_end ?? EMPTY_BYTES };
}

/** protobufjs throws for malformed bytes. */
function decoded<T>(decode: () => T): T | null {
	try {
		return decode();
	} catch {
		return null;
	}
}
