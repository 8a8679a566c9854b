/**
 * One gRPC call on one HTTP/2 stream of node:http2: reads the request's messages, answers with one DATA frame and trailers, and survives
 * whatever the caller does meanwhile. It knows nothing of services; http2-rpc-engine.ts makes it.
 */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { GRPC } from '../base/codes.ts';
import type { RpcCall, RpcMethod, RpcStream, RpcStreamEvents } from '../ports/rpc-engine.ts';
import { encodeGrpcMessage } from './grpc-headers.ts';
import { GrpcMessageReader } from './grpc-message-reader.ts';

const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const RESPONSE_OPTIONS = { waitForTrailers: true, sendDate: false };
const END_OPTIONS = { endStream: true, sendDate: false };
const PREFIX_BYTES = 5;

/** What a call tells the engine, which keeps the time and the sums. */
export interface CallWatcher {
	/** The request is complete, or will never be. */
	requestRead(call: Http2RpcCall): void;
	/** Bytes that the caller has not taken yet; negative once it has, or is gone. */
	unsentChanged(bytes: number): void;
	/** Bytes of requests that are not complete; negative once they are. False: no more fit. */
	bufferedChanged(bytes: number): boolean;
	/** Something goes out. */
	answered(): void;
	closed(call: Http2RpcCall): void;
}

export class Http2RpcCall implements RpcCall, RpcStream {
	/** When the caller's patience ends, in the engine's milliseconds; infinity without a deadline. */
	readonly deadline: number;
	/** When the whole request has to be here. */
	readonly readDeadline: number;
	readonly #stream: ServerHttp2Stream;
	readonly #headers: IncomingHttpHeaders;
	readonly #method: RpcMethod;
	readonly #watcher: CallWatcher;
	readonly #reader: GrpcMessageReader;
	#events: RpcStreamEvents | null = null;
	#request: Uint8Array | null = null;
	#buffered = 0;
	#unsent = 0;
	#status: number = GRPC.ok;
	#statusMessage = '';
	#reading = true;
	#answered = false;
	#over = false;

	constructor(
		options: { readonly messageBytesMax: number; readonly deadline: number; readonly readDeadline: number },
		request: { readonly stream: ServerHttp2Stream; readonly headers: IncomingHttpHeaders; readonly method: RpcMethod },
		watcher: CallWatcher,
	) {
		this.deadline = options.deadline;
		this.readDeadline = options.readDeadline;
		this.#reader = new GrpcMessageReader(options.messageBytesMax);
		this.#stream = request.stream;
		this.#headers = request.headers;
		this.#method = request.method;
		this.#watcher = watcher;
	}

	/** Starts to read; the method hears of it in time. */
	begin(): void {
		const stream = this.#stream;
		stream.on('data', (piece: Uint8Array) => this.#onData(piece));
		stream.on('end', () => this.#onEnd());
		stream.on('close', () => this.#onClose());
		stream.on('error', ignore);
		stream.on('wantTrailers', () => this.#sendTrailers());
		if (this.#method.shape === 'stream') {
			stream.on('drain', () => this.#events?.drained());
			this.#events = this.#method.open(this);
		}
	}

	// ---- what the service sees

	get isOver(): boolean {
		// A stream that the caller has reset is destroyed some time before it says `close`; to answer on it would throw.
		return this.#over || this.#answered || this.#stream.destroyed || this.#stream.closed;
	}

	metadata(name: string): string | null {
		const value = this.#headers[name];
		return typeof value === 'string' ? value : null;
	}

	succeed(response: Uint8Array): void {
		if (this.isOver) {
			return;
		}
		this.#answered = true;
		this.#watcher.answered();
		this.#stream.respond(RESPONSE_HEADERS, RESPONSE_OPTIONS);
		this.#count(PREFIX_BYTES + response.length);
		this.#stream.end(frame(response));
	}

	fail(status: number, message: string): void {
		this.end(status, message);
	}

	send(message: Uint8Array): boolean {
		if (this.isOver) {
			return true;
		}
		this.#watcher.answered();
		if (!this.#stream.headersSent) {
			this.#stream.respond(RESPONSE_HEADERS, RESPONSE_OPTIONS);
		}
		const bytes = PREFIX_BYTES + message.length;
		this.#count(bytes);
		return this.#stream.write(frame(message), () => this.#count(this.#over ? 0 : -bytes));
	}

	end(status: number, message: string): void {
		if (this.isOver) {
			return;
		}
		this.#answered = true;
		this.#watcher.answered();
		this.#status = status;
		this.#statusMessage = message;
		if (this.#stream.headersSent) {
			this.#stream.end();
		} else {
			this.#stream.respond({ ...RESPONSE_HEADERS, ...trailers(status, message) }, END_OPTIONS);
		}
		this.#stopReading();
	}

	// ---- what the engine says

	/** The caller's deadline has passed, or its request does not come. A proposal that is in flight stays in flight. */
	expire(): void {
		this.#leave(GRPC.deadlineExceeded, 'context deadline exceeded');
	}

	// ---- details

	#onData(piece: Uint8Array): void {
		if (this.isOver || !this.#reading) {
			return;
		}
		this.#reader.push(piece);
		for (let next = this.#reader.take(); next !== null; next = this.#reader.take()) {
			if (!(next instanceof Uint8Array)) {
				this.#leave(next.status, next.message);
				return;
			}
			if (!this.#onMessage(next)) {
				return;
			}
		}
		const held = this.#reader.buffered;
		if (held !== this.#buffered && !this.#hold(held)) {
			this.#leave(GRPC.resourceExhausted, 'etcdserver: too many requests');
		}
	}

	/** False: nothing more is wanted. */
	#onMessage(bytes: Uint8Array): boolean {
		if (this.#events !== null) {
			this.#events.message(bytes);
			return !this.isOver;
		}
		if (this.#request !== null) {
			this.#leave(GRPC.internal, 'cardinality violation: received multiple request messages for a unary method');
			return false;
		}
		this.#request = bytes;
		return true;
	}

	#onEnd(): void {
		if (this.isOver || !this.#reading) {
			return;
		}
		const isTorn = this.#reader.buffered > 0;
		this.#readingDone();
		if (isTorn) {
			this.#leave(GRPC.internal, 'unexpected EOF');
		} else if (this.#events !== null) {
			this.#events.halfClosed();
		} else if (this.#request === null) {
			this.#leave(GRPC.internal, 'cardinality violation: received no request message from non-client-streaming RPC');
		} else if (this.#method.shape === 'unary') {
			const request = this.#request;
			this.#request = null;
			this.#method.handle(request, this);
		}
	}

	#onClose(): void {
		this.#readingDone();
		this.#count(-this.#unsent);
		if (!this.#over) {
			this.#over = true;
			if (!this.#answered) {
				this.#events?.canceled();
			}
			this.#watcher.closed(this);
		}
	}

	/** Ends the call from this side, and tells a streaming service so. */
	#leave(status: number, message: string): void {
		if (!this.isOver) {
			this.end(status, message);
			this.#events?.canceled();
		}
	}

	/** What still comes is dropped, so that the connection's window is not held; the stream closes once the answer is out. */
	#stopReading(): void {
		if (!this.#stream.readableEnded) {
			this.#readingDone();
			this.#stream.close(constants.NGHTTP2_NO_ERROR);
		}
	}

	#readingDone(): void {
		if (this.#reading) {
			this.#reading = false;
			this.#hold(0);
			this.#watcher.requestRead(this);
		}
	}

	#hold(bytes: number): boolean {
		const more = bytes - this.#buffered;
		this.#buffered = bytes;
		return more === 0 || this.#watcher.bufferedChanged(more);
	}

	#count(bytes: number): void {
		if (bytes !== 0) {
			this.#unsent += bytes;
			this.#watcher.unsentChanged(bytes);
		}
	}

	#sendTrailers(): void {
		if (!this.#stream.destroyed && !this.#stream.closed) {
			this.#stream.sendTrailers(trailers(this.#status, this.#statusMessage));
		}
	}
}

function trailers(status: number, message: string): Record<string, string> {
	return message === '' ? { 'grpc-status': String(status) } : { 'grpc-status': String(status), 'grpc-message': encodeGrpcMessage(message) };
}

function frame(message: Uint8Array): Uint8Array {
	const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
	bytes[0] = 0;
	bytes.writeUInt32BE(message.length, 1);
	bytes.set(message, PREFIX_BYTES);
	return bytes;
}

/** A stream that breaks is told of by its close. */
const ignore = (): void => {};
