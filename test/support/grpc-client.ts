/**
 * Unary gRPC calls over node:http2, made from the protocol's description alone, so that a test shares nothing with the server but the messages.
 * One endpoint, no retry: an error says whether the request may have had an effect.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { ClientTls } from './client-tls.ts';
import { waitingFor } from './waits.ts';

export interface Method<Request, Response> {
	readonly path: string;
	encode(request: Request): Uint8Array;
	decode(bytes: Uint8Array): Response;
}

const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;
/** With these a server says that a request was refused before it could do anything: invalid argument, not found, failed precondition, out of range, unimplemented. */
const WITHOUT_EFFECT: ReadonlySet<number> = new Set([3, 5, 9, 11, 12]);
/** Beyond the server's deadline, for its answer to arrive. */
const GRACE_MS = 500;

export class RpcError extends Error {
	override readonly name = 'RpcError';
	readonly grpcStatus: number;
	/** unknown: the request may have been carried out, or may yet be. */
	readonly outcome: 'refused' | 'unknown';

	constructor(grpcStatus: number, message: string) {
		super(message);
		this.grpcStatus = grpcStatus;
		this.outcome = WITHOUT_EFFECT.has(grpcStatus) ? 'refused' : 'unknown';
	}
}

export interface GrpcClientOptions {
	/** Sent with every call. */
	readonly headers?: Readonly<Record<string, string>>;
	/** Where it calls from; default: as the system chooses. */
	readonly localAddress?: string;
}

export class GrpcClient {
	readonly endpoint: string;
	readonly #tls: ClientTls | null;
	readonly #options: GrpcClientOptions;
	#session: ClientHttp2Session | null = null;

	/** endpoint: http://host:port, or https://host:port with certificates. */
	constructor(endpoint: string, tls: ClientTls | null = null, options: GrpcClientOptions = {}) {
		this.endpoint = endpoint;
		this.#tls = tls;
		this.#options = options;
	}

	call<Request, Response>(method: Method<Request, Response>, request: Request, deadlineMs: number): Promise<Response> {
		return waitingFor(`an answer of ${this.endpoint} to ${method.path} within ${deadlineMs} ms`, this.#call(method, request, deadlineMs));
	}

	#call<Request, Response>(method: Method<Request, Response>, request: Request, deadlineMs: number): Promise<Response> {
		return new Promise((resolve, reject) => {
			let stream: ClientHttp2Stream;
			try {
				stream = this.#connected().request({
					':method': 'POST',
					':path': method.path,
					'content-type': 'application/grpc',
					te: 'trailers',
					'grpc-timeout': `${deadlineMs}m`,
					...this.#options.headers,
				});
			} catch (error) {
				reject(new RpcError(UNAVAILABLE, `${this.endpoint}: ${String(error)}`));
				return;
			}
			const answer = new Answer();
			// Not by way of 'close': a stream whose session cannot write is closed when it can again, which may be never.
			const timer = setTimeout(() => {
				const late = new RpcError(DEADLINE_EXCEEDED, `${this.endpoint}: no answer within ${deadlineMs} ms`);
				answer.status ??= late;
				reject(late);
				stream.close();
			}, deadlineMs + GRACE_MS);
			stream.on('response', (headers) => answer.take(headers));
			stream.on('trailers', (headers) => answer.take(headers));
			stream.on('data', (part: Buffer) => answer.parts.push(part));
			stream.on('error', (error) => {
				answer.status ??= new RpcError(UNAVAILABLE, `${this.endpoint}: ${error.message}`);
			});
			stream.once('close', () => {
				clearTimeout(timer);
				const result = answer.finish(this.endpoint);
				if (result instanceof RpcError) {
					reject(result);
				} else {
					resolve(method.decode(result));
				}
			});
			stream.end(frame(method.encode(request)));
		});
	}

	close(): void {
		this.#session?.destroy();
		this.#session = null;
	}

	/** A session that lives; a new one after the last has ended. */
	#connected(): ClientHttp2Session {
		if (this.#session === null || this.#session.closed || this.#session.destroyed) {
			const { localAddress } = this.#options;
			const session = connect(this.endpoint, { ...this.#tls, ...(localAddress === undefined ? {} : { localAddress }) });
			const drop = (): void => {
				if (this.#session === session) {
					this.#session = null;
				}
			};
			// Its streams fail with it, and tell their callers.
			session.on('error', drop);
			session.on('close', drop);
			session.on('goaway', drop);
			this.#session = session;
		}
		return this.#session;
	}
}

/** What has arrived of one answer: headers, body, trailers. */
class Answer {
	readonly parts: Buffer[] = [];
	status: RpcError | 'ok' | null = null;

	take(headers: Readonly<Record<string, unknown>>): void {
		const status = headers['grpc-status'];
		if (status === undefined) {
			return;
		}
		const message = headers['grpc-message'];
		this.status ??= Number(status) === 0 ? 'ok' : new RpcError(Number(status), decodeURIComponent(String(message ?? '')));
	}

	finish(endpoint: string): Uint8Array | RpcError {
		if (this.status === null) {
			return new RpcError(UNAVAILABLE, `${endpoint}: the connection ended without a status`);
		}
		if (this.status !== 'ok') {
			return this.status;
		}
		const body = Buffer.concat(this.parts);
		if (body.length < 5 || body[0] !== 0 || body.readUInt32BE(1) !== body.length - 5) {
			return new RpcError(UNAVAILABLE, `${endpoint}: an answer of ${body.length} bytes is not one whole message`);
		}
		return body.subarray(5);
	}
}

function frame(message: Uint8Array): Buffer {
	const bytes = Buffer.alloc(5 + message.length);
	bytes.writeUInt32BE(message.length, 1);
	bytes.set(message, 5);
	return bytes;
}
