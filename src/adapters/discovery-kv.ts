/**
 * The three calls that discovery by the v3 protocol makes of an etcd: read a key or a prefix, create a key, log in. One endpoint after the other is tried.
 * Used by cli/discovery/v3-registry.ts.
 */
import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { FatalError } from '../base/fatal.ts';
import { etcdserverpb } from '../rpc/generated/messages.js';
import { longFromNumber } from '../rpc/long-id.ts';
import { callUnary, type GrpcAnswer, type GrpcTls } from './grpc-caller.ts';

const { RangeRequest, RangeResponse, TxnRequest, TxnResponse, AuthenticateRequest, AuthenticateResponse } = etcdserverpb;

export interface DiscoveryKvOptions {
	readonly endpoints: readonly string[];
	readonly dialMs: number;
	readonly requestMs: number;
	readonly skipVerify: boolean;
	/** Paths; empty: not given. */
	readonly cert: string;
	readonly key: string;
	readonly ca: string;
	readonly user: string;
	readonly password: string;
}

export interface KvRow {
	readonly key: string;
	readonly value: string;
	readonly createRevision: number;
}

export type KvOutcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

const UNAUTHENTICATED = 16;
const PREFIX_END = 0x30;

export class DiscoveryKv {
	readonly #options: DiscoveryKvOptions;
	readonly #tls: GrpcTls;
	#token: string | null = null;

	/** Throws FatalError bad_config for files that cannot be read. */
	constructor(options: DiscoveryKvOptions) {
		this.#options = options;
		const isSecure = options.endpoints.some((endpoint) => endpoint.startsWith('https:'));
		const system = isSecure ? [...getCACertificates('default'), ...getCACertificates('system')] : [];
		const ca = readPem('--discovery-cacert', options.ca);
		this.#tls = {
			cert: readPem('--discovery-cert', options.cert),
			key: readPem('--discovery-key', options.key),
			ca: ca === null ? system : [ca],
			skipVerify: options.skipVerify,
		};
	}

	/** key alone; or, if it ends with a slash, all that begins with it. */
	async read(key: string): Promise<KvOutcome<readonly KvRow[]>> {
		const start = Buffer.from(key, 'utf8');
		// A slash is the byte before the digit 0.
		const end = key.endsWith('/') ? Buffer.from([...start.subarray(0, -1), PREFIX_END]) : new Uint8Array();
		const answer = await this.#call('/etcdserverpb.KV/Range', RangeRequest.encode({ key: start, range_end: end }).finish());
		return readAs(answer, (bytes) =>
			RangeResponse.decode(bytes).kvs.map((row) => ({
				key: textOf(row.key),
				value: textOf(row.value),
				createRevision: Number(row.create_revision ?? 0),
			})),
		);
	}

	/** Whether the key was made: false if it was there. */
	async create(key: string, value: string): Promise<KvOutcome<boolean>> {
		const bytes = { key: Buffer.from(key, 'utf8'), value: Buffer.from(value, 'utf8') };
		const request = TxnRequest.encode({
			compare: [{ key: bytes.key, target: CREATE, result: EQUAL, create_revision: longFromNumber(0) }],
			success: [{ request_put: bytes }],
		});
		const answer = await this.#call('/etcdserverpb.KV/Txn', request.finish());
		return readAs(answer, (message) => TxnResponse.decode(message).succeeded === true);
	}

	async #call(path: string, message: Uint8Array): Promise<GrpcAnswer> {
		let answer: GrpcAnswer = { ok: false, status: UNAUTHENTICATED, reason: 'not asked' };
		for (const endpoint of this.#options.endpoints) {
			answer = await this.#callAt(endpoint, path, message);
			if (!answer.ok && answer.status === UNAUTHENTICATED) {
				this.#token = null;
			}
			if (answer.ok) {
				return answer;
			}
			answer = { ...answer, reason: `${endpoint}: ${answer.reason}` };
		}
		return answer;
	}

	async #callAt(endpoint: string, path: string, message: Uint8Array): Promise<GrpcAnswer> {
		const { user, password } = this.#options;
		if (user !== '' && this.#token === null) {
			const login = await this.#send(endpoint, AUTHENTICATE_PATH, AuthenticateRequest.encode({ name: user, password }).finish());
			if (!login.ok) {
				return login;
			}
			this.#token = AuthenticateResponse.decode(login.message).token ?? '';
		}
		return this.#send(endpoint, path, message);
	}

	#send(endpoint: string, path: string, message: Uint8Array): Promise<GrpcAnswer> {
		const { dialMs, requestMs } = this.#options;
		const metadata: Readonly<Record<string, string>> = this.#token === null ? {} : { token: this.#token };
		return callUnary({ endpoint, path, message, metadata, dialMilliseconds: dialMs, requestMilliseconds: requestMs, tls: this.#tls });
	}
}

const AUTHENTICATE_PATH = '/etcdserverpb.Auth/Authenticate';
const { CREATE } = etcdserverpb.Compare.CompareTarget;
const { EQUAL } = etcdserverpb.Compare.CompareResult;

function readPem(option: string, path: string): string | null {
	if (path === '') {
		return null;
	}
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new FatalError(
			'bad_config',
			`${option}: ${JSON.stringify(path)} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
		);
	}
}

/** Malformed bytes are the service's fault, and no reason to end. */
function readAs<T>(answer: GrpcAnswer, read: (bytes: Uint8Array) => T): KvOutcome<T> {
	if (!answer.ok) {
		return { ok: false, reason: answer.reason };
	}
	try {
		return { ok: true, value: read(answer.message) };
	} catch {
		return { ok: false, reason: 'its answer is not that of an etcd' };
	}
}

function textOf(bytes: Uint8Array | null | undefined): string {
	return Buffer.from(bytes ?? []).toString('utf8');
}
