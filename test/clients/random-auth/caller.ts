/** One endpoint of either system, and whoever calls it: a request of steps.ts with a token or none, and in text what came back. */
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import Long from 'long';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { answerText, type Codec, OWN, type Plain, RPCS, type Rpc, toMessage } from '../random-v3/system.ts';
import type { AnyRequest, AuthRequest, MemberRequest, StreamRequest } from './steps.ts';

export interface Answer {
	/** `status 7: ...`, or the message. */
	readonly text: string;
	/** Of its header; 0: it had none. */
	readonly revision: number;
	/** A login's. */
	readonly token: string;
	/** Bytes of the keys that the lease asked for has. */
	readonly keys: readonly Uint8Array[];
}

type PlainKind = (AuthRequest | MemberRequest)['kind'] | 'authenticate';

const DEADLINE_MS = 10_000;
const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

function rpc(path: string, request: unknown, response: unknown): Rpc {
	return [path, request as Codec, response as Codec];
}

const MORE: { readonly [K in PlainKind]: Rpc } = {
	auth_enable: rpc('Auth/AuthEnable', pb.AuthEnableRequest, pb.AuthEnableResponse),
	auth_disable: rpc('Auth/AuthDisable', pb.AuthDisableRequest, pb.AuthDisableResponse),
	authenticate: rpc('Auth/Authenticate', pb.AuthenticateRequest, pb.AuthenticateResponse),
	user_add: rpc('Auth/UserAdd', pb.AuthUserAddRequest, pb.AuthUserAddResponse),
	user_change_password: rpc('Auth/UserChangePassword', pb.AuthUserChangePasswordRequest, pb.AuthUserChangePasswordResponse),
	user_delete: rpc('Auth/UserDelete', pb.AuthUserDeleteRequest, pb.AuthUserDeleteResponse),
	user_get: rpc('Auth/UserGet', pb.AuthUserGetRequest, pb.AuthUserGetResponse),
	user_list: rpc('Auth/UserList', pb.AuthUserListRequest, pb.AuthUserListResponse),
	user_grant_role: rpc('Auth/UserGrantRole', pb.AuthUserGrantRoleRequest, pb.AuthUserGrantRoleResponse),
	user_revoke_role: rpc('Auth/UserRevokeRole', pb.AuthUserRevokeRoleRequest, pb.AuthUserRevokeRoleResponse),
	role_add: rpc('Auth/RoleAdd', pb.AuthRoleAddRequest, pb.AuthRoleAddResponse),
	role_delete: rpc('Auth/RoleDelete', pb.AuthRoleDeleteRequest, pb.AuthRoleDeleteResponse),
	role_get: rpc('Auth/RoleGet', pb.AuthRoleGetRequest, pb.AuthRoleGetResponse),
	role_list: rpc('Auth/RoleList', pb.AuthRoleListRequest, pb.AuthRoleListResponse),
	role_grant_permission: rpc('Auth/RoleGrantPermission', pb.AuthRoleGrantPermissionRequest, pb.AuthRoleGrantPermissionResponse),
	role_revoke_permission: rpc('Auth/RoleRevokePermission', pb.AuthRoleRevokePermissionRequest, pb.AuthRoleRevokePermissionResponse),
	member_list: rpc('Cluster/MemberList', pb.MemberListRequest, pb.MemberListResponse),
	status: rpc('Maintenance/Status', pb.StatusRequest, pb.StatusResponse),
	alarm_list: rpc('Maintenance/Alarm', pb.AlarmRequest, pb.AlarmResponse),
};
/** What they tell is each system's own, so that they compare by whether they tell it. */
const DECISION_ALONE: ReadonlySet<string> = new Set(['member_list', 'status', 'alarm_list', 'authenticate']);

export class Caller {
	readonly #client: Client;

	constructor(endpoint: string) {
		this.#client = new Client(new URL(endpoint).host, credentials.createInsecure());
	}

	/** at: the revision that the request's own are relative to. password: that a login brings. */
	async ask(request: AnyRequest, token: string | null, at: number, password = ''): Promise<Answer> {
		if (request.kind === 'watch' || request.kind === 'lease_keep_alive') {
			return said(await this.#first(request, token));
		}
		if (request.kind in RPCS) {
			const plain = request as Parameters<typeof answerText>[0];
			return this.call(RPCS[plain.kind], toMessage(plain, at), token, (response) => answerText(plain, response));
		}
		const more = request as AuthRequest | MemberRequest | { readonly kind: 'authenticate'; readonly name: string };
		return this.call(MORE[more.kind], messageOf(more, password), token, (response) => textOf(more.kind, response));
	}

	call([path, request, response]: Rpc, message: Plain, token: string | null, text: (response: Plain) => string): Promise<Answer> {
		const bytes = request.encode(message as never).finish();
		const options = { deadline: Date.now() + DEADLINE_MS };
		return new Promise((resolve) => {
			this.#client.makeUnaryRequest(`/etcdserverpb.${path}`, same, same, bytes, metadataOf(token), options, (error, found?: Buffer) => {
				if (error !== null || found === undefined) {
					resolve(said(error === null ? 'no answer' : `status ${error.code}: ${error.details}`));
					return;
				}
				const plain = response.decode(found) as Plain & { readonly header?: { readonly revision?: Long }; readonly keys?: readonly Uint8Array[] };
				const revision = Number(plain.header?.revision ?? 0);
				resolve({ text: text(plain), revision, token: String(plain['token'] ?? ''), keys: plain.keys ?? [] });
			});
		});
	}

	/** How far the member asked has come is what the cluster had when it was asked; or the refusal. */
	async catchUp(): Promise<string> {
		const { text } = await this.call(rpc('Auth/AuthStatus', pb.AuthStatusRequest, pb.AuthStatusResponse), {}, null, () => 'ok');
		return text;
	}

	/** Of all that members have in common (Maintenance.Hash). */
	async hash(token: string | null): Promise<string> {
		const { text } = await this.call(rpc('Maintenance/Hash', pb.HashRequest, pb.HashResponse), {}, token, ({ hash }) => `hash ${String(hash)}`);
		return text;
	}

	close(): void {
		this.#client.close();
	}

	/** The first message of a stream that says one thing. */
	#first(request: StreamRequest, token: string | null): Promise<string> {
		const isWatch = request.kind === 'watch';
		const path = isWatch ? 'Watch/Watch' : 'Lease/LeaseKeepAlive';
		const options = { deadline: Date.now() + DEADLINE_MS };
		const stream = this.#client.makeBidiStreamRequest(`/etcdserverpb.${path}`, same, same, metadataOf(token), options);
		return new Promise((resolve) => {
			stream.on('data', (bytes: Buffer) => {
				resolve(isWatch ? watchText(bytes) : keepAliveText(bytes));
				stream.cancel();
			});
			stream.on('error', ({ code, details }: ServiceError) => resolve(`status ${code}: ${details}`));
			stream.on('end', () => resolve('the end'));
			stream.write(isWatch ? createBytes(request) : pb.LeaseKeepAliveRequest.encode({ ID: Long.fromNumber(request.id) }).finish());
		});
	}
}

function said(text: string): Answer {
	return { text, revision: 0, token: '', keys: [] };
}

function metadataOf(token: string | null): Metadata {
	const metadata = new Metadata();
	if (token !== null) {
		metadata.set('token', token);
	}
	return metadata;
}

function textOf(kind: PlainKind, response: Plain): string {
	if (DECISION_ALONE.has(kind)) {
		return 'ok';
	}
	return JSON.stringify(response, (key, value) => (OWN.has(key) ? undefined : Long.isLong(value) ? value.toString() : value));
}

function messageOf(request: AuthRequest | MemberRequest | { readonly kind: 'authenticate'; readonly name: string }, password: string): Plain {
	switch (request.kind) {
		case 'authenticate':
			return { name: request.name, password };
		case 'user_add':
			return { name: request.name, password: request.password ?? '', options: { no_password: request.password === null } };
		case 'user_grant_role':
			return { user: request.name, role: request.role };
		case 'role_add':
			return { name: request.role };
		case 'role_grant_permission':
			return { name: request.role, perm: { permType: request.type, key: latin1(request.key), range_end: latin1(request.rangeEnd) } };
		case 'role_revoke_permission':
			return { role: request.role, key: latin1(request.key), range_end: latin1(request.rangeEnd) };
		default: {
			const { kind, ...message } = request;
			return message;
		}
	}
}

function createBytes({ key, rangeEnd }: StreamRequest & { readonly kind: 'watch' }): Uint8Array {
	return pb.WatchRequest.encode({ create_request: { key: latin1(key), range_end: latin1(rangeEnd) } }).finish();
}

function watchText(bytes: Buffer): string {
	const { created, canceled, cancel_reason } = pb.WatchResponse.decode(bytes);
	return canceled ? `canceled: ${cancel_reason}` : `created: ${created}`;
}

function keepAliveText(bytes: Buffer): string {
	const { ID, TTL } = pb.LeaseKeepAliveResponse.decode(bytes);
	return `renewed ${ID} for ${TTL}`;
}

export function latin1(text: string): Uint8Array {
	return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
