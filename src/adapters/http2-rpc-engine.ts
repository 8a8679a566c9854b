/**
 * The rpc engine on node:http2: sessions on sockets that the client listener hands over, calls on their streams, and every limit that keeps
 * a hostile or broken caller from costing more than its share. Knows gRPC's framing and no service.
 */
import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { GRPC } from '../base/codes.ts';
import type { RpcMethod, RpcServices } from '../ports/rpc-engine.ts';
import { encodeGrpcMessage, isGrpcContentType, parseGrpcTimeout } from './grpc-headers.ts';
import { Http2RpcCall } from './http2-rpc-call.ts';
import { Http2RpcSession } from './http2-rpc-session.ts';
import { CallLedger } from './rpc-call-ledger.ts';

export interface RpcEngineOptions {
	/** One message of a request: max-request-bytes and room for the rest of it. */
	readonly messageBytesMax: number;
	/** max-concurrent-streams of the configuration; STREAMS_MAX bounds it. */
	readonly maxConcurrentStreams: number;
	/** A unary call's request has to be here by then. */
	readonly readMilliseconds: number;
}

/** A client with more calls waits; etcd's default of 2^32-1 would let one connection hold any amount of memory. */
const STREAMS_MAX = 16_384;
/** A stream's window: a request of the default size fits without waiting for an update; a connection's: some of them at once. */
const STREAM_WINDOW_BYTES = 2 * 2 ** 20;
const SESSION_WINDOW_BYTES = 16 * 2 ** 20;
/** Bytes of requests that are not complete yet, over all connections of this lane. */
const BUFFERED_BYTES_MAX = 256 * 2 ** 20;
const SWEEP_MILLISECONDS = 100;
const CLOSE_MILLISECONDS_MAX = 2_000;

/** See reliability.md 6.5: T8 resets, T9 headers, T10 settings, pings and memory. Session memory is in megabytes. */
const NODE_LIMITS = {
	maxSettings: 32,
	maxHeaderListPairs: 128,
	maxOutstandingPings: 10,
	maxSessionMemory: 256,
	maxSessionInvalidFrames: 100,
	maxSessionRejectedStreams: 1_000,
	streamResetBurst: 2_000,
	streamResetRate: 100,
	maxDeflateDynamicTableSize: 4_096,
};
const END_OPTIONS = { endStream: true, sendDate: false };
const HEADER_LIST_BYTES_MAX = 16 * 2 ** 10;

export class Http2RpcEngine {
	readonly #options: RpcEngineOptions;
	readonly #services: RpcServices;
	readonly #server: Http2Server;
	readonly #sessions = new Set<Http2RpcSession>();
	readonly #ledger = new CallLedger({ bufferedBytesMax: BUFFERED_BYTES_MAX });
	readonly #timer: NodeJS.Timeout;

	constructor(options: RpcEngineOptions, services: RpcServices) {
		this.#options = options;
		this.#services = services;
		this.#server = createServer({
			...NODE_LIMITS,
			settings: {
				enablePush: false,
				initialWindowSize: STREAM_WINDOW_BYTES,
				maxConcurrentStreams: Math.min(options.maxConcurrentStreams, STREAMS_MAX),
				maxHeaderListSize: HEADER_LIST_BYTES_MAX,
			},
		});
		this.#server.on('session', (session) => this.#onSession(session));
		this.#server.on('sessionError', () => {});
		this.#timer = setInterval(() => this.#sweep(performance.now()), SWEEP_MILLISECONDS);
	}

	/** Takes over a socket whose first bytes, still unread, are HTTP/2's preface. */
	accept(socket: Socket): void {
		// A caller may be gone already: what ended before node:http2 took the handle over, it would never hear of.
		socket.once('end', () => socket.destroy());
		this.#server.emit('connection', socket);
	}

	/** Connections take no new calls (GOAWAY) and end when theirs are answered. */
	stopAccepting(): void {
		for (const session of this.#sessions) {
			session.finish();
		}
	}

	/** Bounded: what has not ended by then is cut off. */
	async close(): Promise<void> {
		this.stopAccepting();
		const ended = Promise.all([...this.#sessions].map((session) => session.ended));
		const cut = setTimeout(() => {
			for (const session of this.#sessions) {
				session.destroy();
			}
		}, CLOSE_MILLISECONDS_MAX);
		await ended;
		clearTimeout(cut);
		clearInterval(this.#timer);
	}

	/** For tests and metrics. */
	get load(): { readonly sessions: number; readonly reading: number; readonly timed: number; readonly bufferedBytes: number } {
		const { reading, timed, bufferedBytes } = this.#ledger;
		return { sessions: this.#sessions.size, reading, timed, bufferedBytes };
	}

	#onSession(node: ServerHttp2Session): void {
		node.setLocalWindowSize(SESSION_WINDOW_BYTES);
		const session = new Http2RpcSession(node, this.#ledger, () => this.#sessions.delete(session));
		this.#sessions.add(session);
		node.on('stream', (stream, headers) => this.#onStream(session, stream, headers));
	}

	#onStream(session: Http2RpcSession, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
		const problem = protocolProblem(headers);
		if (problem !== null) {
			refuse(stream, problem);
			return;
		}
		const timeout = headers['grpc-timeout'];
		const patience = typeof timeout === 'string' ? parseGrpcTimeout(timeout) : Number.POSITIVE_INFINITY;
		if (patience === null) {
			refuse(stream, { httpStatus: 400, status: GRPC.internal, message: `malformed grpc-timeout: ${JSON.stringify(timeout)}` });
			return;
		}
		const found = this.#services.find(headers[':path'] ?? '');
		if (typeof found === 'string') {
			refuse(stream, { httpStatus: 200, status: GRPC.unimplemented, message: found });
		} else if (session.isClogged) {
			refuse(stream, { httpStatus: 200, status: GRPC.resourceExhausted, message: 'etcdserver: too many requests' });
		} else {
			this.#begin(session, { stream, headers, method: found }, patience);
		}
	}

	#begin(
		session: Http2RpcSession,
		request: { readonly stream: ServerHttp2Stream; readonly headers: IncomingHttpHeaders; readonly method: RpcMethod },
		patience: number,
	): void {
		const now = performance.now();
		const { messageBytesMax, readMilliseconds } = this.#options;
		const readDeadline = request.method.shape === 'stream' ? Number.POSITIVE_INFINITY : now + readMilliseconds;
		const call = new Http2RpcCall({ messageBytesMax, deadline: now + patience, readDeadline }, request, session);
		this.#ledger.opened(call);
		call.begin();
	}

	#sweep(now: number): void {
		this.#ledger.sweep(now);
		for (const session of this.#sessions) {
			session.sweep(now);
		}
	}
}

interface Refusal {
	readonly httpStatus: number;
	readonly status: number;
	readonly message: string;
}

/** What is wrong with a request before any method is looked for; texts as grpc-go's, null if it may pass. */
function protocolProblem(headers: IncomingHttpHeaders): Refusal | null {
	const contentType = headers['content-type'];
	if (!isGrpcContentType(contentType)) {
		return { httpStatus: 415, status: GRPC.invalidArgument, message: `invalid gRPC request content-type: ${JSON.stringify(contentType ?? '')}` };
	}
	if (headers[':method'] !== 'POST') {
		const message = `Received a HEADERS frame with :method ${JSON.stringify(headers[':method'])} which should be POST`;
		return { httpStatus: 405, status: GRPC.internal, message };
	}
	const encoding = headers['grpc-encoding'];
	if (encoding !== undefined && encoding !== 'identity') {
		const message = `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`;
		return { httpStatus: 200, status: GRPC.unimplemented, message };
	}
	return null;
}

/** One HEADERS frame that is the whole answer; what the caller still sends is dropped. */
function refuse(stream: ServerHttp2Stream, refusal: Refusal): void {
	stream.on('error', () => {});
	if (stream.destroyed || stream.closed) {
		return;
	}
	stream.respond(
		{
			':status': refusal.httpStatus,
			'content-type': 'application/grpc',
			'grpc-status': String(refusal.status),
			'grpc-message': encodeGrpcMessage(refusal.message),
		},
		END_OPTIONS,
	);
	stream.resume();
	stream.close();
}
