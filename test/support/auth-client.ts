/**
 * One endpoint as callers with tokens see it: unary calls by path, logins, changes of users and roles by root, watches. Everything it gets is bytes or a status,
 * so that a refusal is a result and no exception. Used by the cluster tests of access control.
 */
import assert from 'node:assert/strict';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type authpb, etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { WatchStreamClient } from './watch-stream.ts';

export interface Outcome {
	/** 0: it was done. */
	readonly status: number;
	readonly message: string;
	readonly bytes: Uint8Array;
}

export const READ_WRITE = 2;
const EMPTY = new Uint8Array(0);
const WITHIN_MS = 10_000;
const AUTH = '/etcdserverpb.Auth/';
const encoder = new TextEncoder();
const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

export class AuthClient {
	readonly #client: Client;

	constructor(clientUrl: string) {
		this.#client = new Client(new URL(clientUrl).host, credentials.createInsecure());
	}

	call(path: string, request: Uint8Array, token: string | null = null, name = 'token'): Promise<Outcome> {
		const metadata = new Metadata();
		if (token !== null) {
			metadata.set(name, token);
		}
		return new Promise((resolve) => {
			const answer = (error: ServiceError | null, bytes: Buffer = Buffer.from(EMPTY)): void =>
				resolve({ status: error?.code ?? 0, message: error?.details ?? '', bytes });
			this.#client.makeUnaryRequest(path, same, same, request, metadata, { deadline: Date.now() + WITHIN_MS }, answer);
		});
	}

	put(key: string, token: string | null): Promise<Outcome> {
		return this.call('/etcdserverpb.KV/Put', pb.PutRequest.encode({ key: encoder.encode(key), value: encoder.encode('v') }).finish(), token);
	}

	/** Linearizable. */
	get(key: string, token: string | null): Promise<Outcome> {
		return this.call('/etcdserverpb.KV/Range', pb.RangeRequest.encode({ key: encoder.encode(key) }).finish(), token);
	}

	authenticate(name: string, password: string): Promise<Outcome> {
		return this.call(`${AUTH}Authenticate`, pb.AuthenticateRequest.encode({ name, password }).finish());
	}

	/** A token; a refusal fails the test. */
	async login(name: string, password: string): Promise<string> {
		return pb.AuthenticateResponse.decode(done(await this.authenticate(name, password), `login of ${name}`)).token;
	}

	/** A method of the Auth service; a refusal fails the test. */
	async change(method: string, request: Uint8Array, token: string | null = null): Promise<void> {
		done(await this.call(AUTH + method, request, token), method);
	}

	/** A user whose one role of the same name may read and write what begins with the prefix. */
	async addOwner(name: string, password: string, prefix: string, token: string | null = null): Promise<void> {
		await this.change('RoleAdd', pb.AuthRoleAddRequest.encode({ name }).finish(), token);
		await this.change('RoleGrantPermission', pb.AuthRoleGrantPermissionRequest.encode({ name, perm: prefixPermission(prefix) }).finish(), token);
		await this.change('UserAdd', pb.AuthUserAddRequest.encode({ name, password }).finish(), token);
		await this.change('UserGrantRole', pb.AuthUserGrantRoleRequest.encode({ user: name, role: name }).finish(), token);
	}

	/** Makes root, switches access control on, and gives root's token. */
	async enable(password: string): Promise<string> {
		await this.change('UserAdd', pb.AuthUserAddRequest.encode({ name: 'root', password }).finish());
		await this.change('UserGrantRole', pb.AuthUserGrantRoleRequest.encode({ user: 'root', role: 'root' }).finish());
		await this.change('AuthEnable', EMPTY);
		return this.login('root', password);
	}

	watch(token: string): WatchStreamClient {
		return new WatchStreamClient(this.#client, { token });
	}

	close(): void {
		this.#client.close();
	}
}

export function prefixPermission(prefix: string): authpb.IPermission {
	return { permType: READ_WRITE, key: encoder.encode(prefix), range_end: prefixEnd(prefix) };
}

/** The last character is no 0xff. */
export function prefixEnd(prefix: string): Uint8Array {
	const end = encoder.encode(prefix);
	end[end.length - 1] = (end.at(-1) ?? 0) + 1;
	return end;
}

function done({ status, message, bytes }: Outcome, what: string): Uint8Array {
	assert.equal(status, 0, `${what}: ${message}`);
	return bytes;
}
