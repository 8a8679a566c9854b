/**
 * etcdserverpb.Auth (reference/etcd-surface.md 2.10). Changes are proposals: their rules are the store's (auth/execute.ts). What is asked is answered from this
 * lane's image of users and roles, after a linearizable read, where etcd goes through the log. Logging in is login.ts. A password is in no proposal: its hash is.
 */
import { checkRoot } from '../../auth/check-user.ts';
import type { Identity } from '../../auth/identity.ts';
import { PERMISSION, type Permission, ROOT } from '../../auth/operations.ts';
import { CODES, GRPC } from '../../base/codes.ts';
import { currentRevision } from '../../mvcc/store-state.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { COMMAND_KIND, type CommandKind } from '../../protocol/command.ts';
import * as codec from '../../rpc/auth-codec.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { longFromNumber } from '../../rpc/long-id.ts';
import type { Access } from '../access/access.ts';
import { isTooLongToHash } from '../access/bcrypt-limit.ts';
import type { ServedMethod } from '../access/served-method.ts';
import type { AuthSight } from '../access/tokens.ts';
import { decoded } from './decoded.ts';
import { Login } from './login.ts';
import { failMalformed, failWithCode, headerMessage, type ServiceContext } from './service-context.ts';

const {
	AuthRoleGetRequest,
	AuthRoleGetResponse,
	AuthRoleListResponse,
	AuthStatusResponse,
	AuthUserAddRequest,
	AuthUserChangePasswordRequest,
	AuthUserGetRequest,
	AuthUserGetResponse,
	AuthUserListResponse,
} = etcdserverpb;

/** In the words of Go's bcrypt. */
const PASSWORD_TOO_LONG = 'bcrypt: password length exceeds 72 bytes';
/** What the role root may, though nobody has granted it. */
const ROOT_PERMISSION: Permission = { type: PERMISSION.readWrite, key: new Uint8Array(0), rangeEnd: new Uint8Array(1) };

interface AuthContext extends ServiceContext {
	readonly access: Access;
}

export function authMethods(ports: ServiceContext, access: Access): ReadonlyMap<string, ServedMethod> {
	const context: AuthContext = { ...ports, access };
	const login = new Login(ports, access);
	return new Map<string, ServedMethod>([
		['AuthEnable', change(context, COMMAND_KIND.auth_enable, codec.decodeEnable)],
		['AuthDisable', change(context, COMMAND_KIND.auth_disable, codec.decodeDisable)],
		['AuthStatus', { shape: 'unary', handle: (_request, call) => status(context, call) }],
		['Authenticate', { shape: 'unary', handle: (request, call) => login.authenticate(request, call) }],
		['UserAdd', { shape: 'unary', handle: (request, call, who) => userAdd(context, request, call, who) }],
		['UserGet', { shape: 'unary', handle: (request, call, who) => userGet(context, request, call, who) }],
		['UserList', { shape: 'unary', handle: (_request, call) => userList(context, call) }],
		['UserDelete', change(context, COMMAND_KIND.auth_user_delete, codec.decodeUserDelete)],
		['UserChangePassword', { shape: 'unary', handle: (request, call, who) => changePassword(context, request, call, who) }],
		['UserGrantRole', change(context, COMMAND_KIND.auth_user_grant_role, codec.decodeGrantRole)],
		['UserRevokeRole', change(context, COMMAND_KIND.auth_user_revoke_role, codec.decodeRevokeRole)],
		['RoleAdd', change(context, COMMAND_KIND.auth_role_add, codec.decodeRoleAdd)],
		['RoleGet', { shape: 'unary', handle: (request, call, who) => roleGet(context, request, call, who) }],
		['RoleList', { shape: 'unary', handle: (_request, call) => roleList(context, call) }],
		['RoleDelete', change(context, COMMAND_KIND.auth_role_delete, codec.decodeRoleDelete)],
		['RoleGrantPermission', change(context, COMMAND_KIND.auth_role_grant_permission, codec.decodeGrantPermission)],
		['RoleRevokePermission', change(context, COMMAND_KIND.auth_role_revoke_permission, codec.decodeRevokePermission)],
	]);
}

/** The client's own bytes are the command, once they can be decoded. */
function change(context: AuthContext, kind: CommandKind, decode: (bytes: Uint8Array) => object | null): ServedMethod {
	return {
		shape: 'unary',
		handle: (request, call, who) => {
			if (decode(request) === null) {
				failMalformed(call);
			} else {
				propose(context, { kind, body: request, who }, call);
			}
		},
	};
}

interface Change {
	readonly kind: CommandKind;
	readonly body: Uint8Array;
	readonly who: Identity;
}

function propose({ lane, options }: AuthContext, { kind, body, who }: Change, call: RpcCall): void {
	if (body.length > options.maxRequestBytes) {
		failWithCode(call, CODES.request_too_large.code);
		return;
	}
	const answer = (code: number, response: Uint8Array): void => {
		if (code === CODES.ok.code) {
			call.succeed(response);
		} else {
			failWithCode(call, code);
		}
	};
	lane.propose(kind, body, answer, who);
}

function userAdd(context: AuthContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const asked = decoded(() => AuthUserAddRequest.decode(request));
	if (asked === null) {
		failMalformed(call);
		return;
	}
	const { name, password } = asked;
	const add = (hashedPassword: string, noPassword: boolean): void => {
		propose(context, { kind: COMMAND_KIND.auth_user_add, body: codec.encodeUserAdd({ name, hashedPassword, noPassword }), who }, call);
	};
	if (asked.options?.no_password === true) {
		add('', true);
	} else {
		hash(context, password, call, (hashed) => add(hashed, false));
	}
}

function changePassword(context: AuthContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const asked = decoded(() => AuthUserChangePasswordRequest.decode(request));
	if (asked === null) {
		failMalformed(call);
		return;
	}
	const { name, password } = asked;
	hash(context, password, call, (hashedPassword) => {
		const body = codec.encodeChangePassword({ name, hashedPassword });
		propose(context, { kind: COMMAND_KIND.auth_user_change_password, body, who }, call);
	});
}

/** done gets it in base64, as it travels in etcd's commands. */
function hash({ access }: AuthContext, password: string, call: RpcCall, done: (hashed: string) => void): void {
	if (isTooLongToHash(password)) {
		call.fail(GRPC.unknown, PASSWORD_TOO_LONG);
		return;
	}
	access.credentials.hash(password, (result) => {
		if (typeof result === 'number') {
			failWithCode(call, result);
		} else {
			done(Buffer.from(result, 'latin1').toString('base64'));
		}
	});
}

/** Reads what all who were answered before have seen, and answers with it, or fails with a code. */
function read({ lane, access }: AuthContext, call: RpcCall, work: (sight: AuthSight) => Uint8Array | number): void {
	lane.awaitLinearizable((code) => {
		if (call.isOver) {
			return;
		}
		const result = code === CODES.ok.code ? access.look(work) : code;
		if (typeof result === 'number') {
			failWithCode(call, result);
		} else {
			call.succeed(result);
		}
	});
}

function header(context: AuthContext, { view }: AuthSight): etcdserverpb.ResponseHeader {
	return headerMessage(context, currentRevision(view));
}

function status(context: AuthContext, call: RpcCall): void {
	read(context, call, (sight) => {
		const { enabled, revision } = sight.table;
		return AuthStatusResponse.encode({ header: header(context, sight), enabled, authRevision: longFromNumber(revision) }).finish();
	});
}

function userGet(context: AuthContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const asked = decoded(() => AuthUserGetRequest.decode(request));
	if (asked === null) {
		failMalformed(call);
		return;
	}
	read(context, call, (sight) => {
		const code = checkRoot(sight.table, who);
		if (code !== CODES.ok.code && asked.name !== who.user) {
			return code;
		}
		const user = sight.table.user(asked.name);
		const response = { header: header(context, sight), roles: [...(user?.roles ?? [])] };
		return user === null ? CODES.user_not_found.code : AuthUserGetResponse.encode(response).finish();
	});
}

function userList(context: AuthContext, call: RpcCall): void {
	read(context, call, (sight) => {
		const users = sight.table.users().map(({ name }) => name);
		return AuthUserListResponse.encode({ header: header(context, sight), users }).finish();
	});
}

function roleGet(context: AuthContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const asked = decoded(() => AuthRoleGetRequest.decode(request));
	if (asked === null) {
		failMalformed(call);
		return;
	}
	read(context, call, (sight) => {
		const code = checkRoot(sight.table, who);
		if (code !== CODES.ok.code && sight.table.user(who.user)?.roles.includes(asked.role) !== true) {
			return code;
		}
		const role = sight.table.role(asked.role);
		if (role === null) {
			return CODES.role_not_found.code;
		}
		const permissions = role.name === ROOT ? [ROOT_PERMISSION] : role.permissions;
		const perm = permissions.map(({ type, key, rangeEnd }) => ({ permType: type, key, range_end: rangeEnd }));
		return AuthRoleGetResponse.encode({ header: header(context, sight), perm }).finish();
	});
}

function roleList(context: AuthContext, call: RpcCall): void {
	read(context, call, (sight) => {
		const roles = sight.table.roles().map(({ name }) => name);
		return AuthRoleListResponse.encode({ header: header(context, sight), roles }).finish();
	});
}
