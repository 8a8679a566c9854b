/**
 * One unary gRPC call to another system's etcd API, over node:http2: a connection for each call, no retry. Not for the hot path: members speak to each
 * other by frames of their own, and clients come to h2-rpc-engine.ts. Used by discovery-kv.ts.
 */
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';

export interface GrpcTls {
	/** PEM; null: not given. */
	readonly cert: string | null;
	readonly key: string | null;
	readonly ca: readonly string[];
	readonly skipVerify: boolean;
}

export interface GrpcCall {
	/** http(s)://host:port */
	readonly endpoint: string;
	/** /package.Service/Method */
	readonly path: string;
	readonly message: Uint8Array;
	readonly metadata: Readonly<Record<string, string>>;
	readonly dialMilliseconds: number;
	readonly requestMilliseconds: number;
	readonly tls: GrpcTls;
}

/** status -1: no answer that is gRPC's. */
export type GrpcAnswer =
	| { readonly ok: true; readonly message: Uint8Array }
	| { readonly ok: false; readonly status: number; readonly reason: string };

const NO_STATUS = -1;
const PREFIX_BYTES = 5;
const ANSWER_BYTES_MAX = 16 * 2 ** 20;

export async function callUnary(call: GrpcCall): Promise<GrpcAnswer> {
	let session: ClientHttp2Session | null = null;
	try {
		session = await openSession(call);
		return await exchange(session, call);
	} catch (error) {
		return { ok: false, status: NO_STATUS, reason: error instanceof Error ? error.message || String(error) : String(error) };
	} finally {
		session?.destroy();
	}
}

function openSession({ endpoint, dialMilliseconds, tls }: GrpcCall): Promise<ClientHttp2Session> {
	return new Promise((resolve, reject) => {
		const { cert, key, ca, skipVerify } = tls;
		const identity = cert === null || key === null ? {} : { cert, key };
		const session = connect(endpoint, { ...(endpoint.startsWith('https:') ? { ...identity, ca: [...ca], rejectUnauthorized: !skipVerify } : {}) });
		const timer = setTimeout(() => session.destroy(new Error(`no connection within ${dialMilliseconds} ms`)), dialMilliseconds);
		session.once('connect', () => {
			clearTimeout(timer);
			resolve(session);
		});
		// Stays: an error after the answer is nobody's.
		session.on('error', (error) => {
			clearTimeout(timer);
			reject(error);
		});
	});
}

function exchange(session: ClientHttp2Session, { path, message, metadata, requestMilliseconds }: GrpcCall): Promise<GrpcAnswer> {
	return new Promise((resolve) => {
		const stream = session.request({
			':method': 'POST',
			':path': path,
			'content-type': 'application/grpc',
			te: 'trailers',
			'grpc-timeout': `${Math.min(requestMilliseconds, 99_999_999)}m`,
			...metadata,
		});
		let status: { readonly code: number; readonly reason: string } | null = null;
		let problem = 'the connection ended without a status';
		let bytes = 0;
		const parts: Buffer[] = [];
		const take = (headers: IncomingHttpHeaders): void => {
			const code = headers['grpc-status'];
			if (code !== undefined) {
				status ??= { code: Number(code), reason: decodeText(String(headers['grpc-message'] ?? '')) };
			}
		};
		const timer = setTimeout(() => {
			problem = `no answer within ${requestMilliseconds} ms`;
			stream.close();
		}, requestMilliseconds);
		stream.on('response', take);
		stream.on('trailers', take);
		stream.on('data', (part: Buffer) => {
			bytes += part.length;
			if (bytes > ANSWER_BYTES_MAX) {
				problem = `the answer has more than ${ANSWER_BYTES_MAX} bytes`;
				stream.close();
			} else {
				parts.push(part);
			}
		});
		stream.on('error', (error) => {
			problem = error.message;
		});
		stream.once('close', () => {
			clearTimeout(timer);
			resolve(status === null ? { ok: false, status: NO_STATUS, reason: problem } : toAnswer(status, Buffer.concat(parts)));
		});
		stream.end(frame(message));
	});
}

function toAnswer({ code, reason }: { readonly code: number; readonly reason: string }, body: Buffer): GrpcAnswer {
	if (code !== 0) {
		return { ok: false, status: code, reason };
	}
	const isWhole = body.length >= PREFIX_BYTES && body[0] === 0 && body.readUInt32BE(1) === body.length - PREFIX_BYTES;
	return isWhole
		? { ok: true, message: body.subarray(PREFIX_BYTES) }
		: { ok: false, status: NO_STATUS, reason: `an answer of ${body.length} bytes is not one whole message` };
}

function frame(message: Uint8Array): Buffer {
	const bytes = Buffer.alloc(PREFIX_BYTES + message.length);
	bytes.writeUInt32BE(message.length, 1);
	bytes.set(message, PREFIX_BYTES);
	return bytes;
}

function decodeText(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
