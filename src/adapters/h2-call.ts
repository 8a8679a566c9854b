/**
 * One gRPC call on one HTTP/2 stream: puts the request together, takes the service's answer, and survives whatever the caller does meanwhile.
 * It knows nothing of services, frames or other calls' windows; h2-requests.ts makes it.
 */
import { GRPC } from '../base/codes.ts';
import { H2_STREAM_UNSENT_BYTES_MAX, H2_STREAM_WINDOW_BYTES } from '../base/limits.ts';
import type { HeaderField } from '../h2/header-field.ts';
import { ReceiveWindow } from '../h2/receive-window.ts';
import type { RpcCall, RpcMethod, RpcStream, RpcStreamEvents } from '../ports/rpc-engine.ts';
import { GrpcMessageReader, wholeMessage } from './grpc-message-reader.ts';
import { AnswerPieces } from './h2-pieces.ts';
import { H2Response, type ResponseEnd } from './h2-response.ts';

/** What a call tells its connection. */
export interface CallHost {
	/** There is something to send. */
	enqueue(call: H2Call): void;
	/** Bytes that wait to be sent; negative: given up. */
	unsentChanged(bytes: number): void;
	/** Bytes of requests that are not complete; negative once they are. False: no more fit. */
	bufferedChanged(bytes: number): boolean;
	/** The request is complete, or no more of it is wanted. */
	requestRead(call: H2Call): void;
	readonly isClogged: boolean;
	/** An answer in pieces of so many bytes begins, or is over. */
	piecesChanged(answers: 1 | -1, bytes: number): void;
	readonly isLoaded: boolean;
	readonly connection: object;
	readonly remoteAddress: string;
	readonly certificateName: string | null;
}

export interface CallOptions {
	readonly streamId: number;
	readonly sendWindow: number;
	readonly messageBytesMax: number;
	/** When the caller's patience ends, in the engine's milliseconds; infinity without a deadline. */
	readonly deadline: number;
	/** When the whole request has to be here. */
	readonly readDeadline: number;
	readonly contentLength: number | null;
	/** When it was opened, in the engine's milliseconds. */
	readonly openedAt: number;
}

const MILLISECONDS_A_SECOND = 1_000;

export class H2Call implements RpcCall, RpcStream {
	readonly streamId: number;
	readonly deadline: number;
	readonly readDeadline: number;
	readonly response: H2Response;
	readonly receiveWindow = new ReceiveWindow(H2_STREAM_WINDOW_BYTES);
	readonly #options: CallOptions;
	readonly #fields: readonly HeaderField[];
	readonly #host: CallHost;
	#method: RpcMethod | null = null;
	#events: RpcStreamEvents | null = null;
	/** Only for a request that comes in pieces. */
	#reader: GrpcMessageReader | null = null;
	#request: Uint8Array | null = null;
	/** As the method got it, for as long as it may be told of as slow. */
	#handled: Uint8Array | null = null;
	#buffered = 0;
	#received = 0;
	/** END_STREAM was seen. */
	#isRead = false;
	#isReading = true;
	#isAnswered = false;
	#isOver = false;
	#isHeldUp = false;
	/** The rest of an answer in pieces, which is not among what waits in the response yet. */
	#pieces: AnswerPieces | null = null;

	constructor(options: CallOptions, fields: readonly HeaderField[], host: CallHost) {
		this.streamId = options.streamId;
		this.deadline = options.deadline;
		this.readDeadline = options.readDeadline;
		this.#options = options;
		this.#fields = fields;
		this.#host = host;
		this.response = new H2Response(options.streamId, options.sendWindow);
	}

	/** The caller has sent END_STREAM. */
	get isRequestRead(): boolean {
		return this.#isRead;
	}

	get isReading(): boolean {
		return this.#isReading;
	}

	// ---- what the service sees

	get isOver(): boolean {
		return this.#isOver || this.#isAnswered;
	}

	get isClogged(): boolean {
		return this.#host.isClogged;
	}

	get isLoaded(): boolean {
		return this.#host.isLoaded;
	}

	get connection(): object {
		return this.#host.connection;
	}

	get remoteAddress(): string {
		return this.#host.remoteAddress;
	}

	get certificateName(): string | null {
		return this.#host.certificateName;
	}

	/** The first of that name, as etcd takes it. */
	metadata(name: string): string | null {
		return this.#fields.find((field) => field.name === name)?.value ?? null;
	}

	succeed(response: Uint8Array): void {
		if (!this.isOver) {
			this.#push(response);
			this.#finish(null);
		}
	}

	succeedInPieces(pieces: readonly Uint8Array[]): void {
		if (!this.isOver) {
			this.#isAnswered = true;
			this.#pieces = new AnswerPieces(pieces);
			this.#method?.meter?.sent(this.#pieces.wholeBytes);
			this.#count(GRPC.ok);
			this.#host.piecesChanged(1, this.#pieces.wholeBytes);
			this.#feed(this.#pieces);
		}
	}

	fail(status: number, message: string): void {
		this.end(status, message);
	}

	send(message: Uint8Array): boolean {
		if (this.isOver) {
			return true;
		}
		this.#push(message);
		this.#host.enqueue(this);
		this.#isHeldUp = this.response.bytes > H2_STREAM_UNSENT_BYTES_MAX;
		return !this.#isHeldUp;
	}

	end(status: number, message: string): void {
		this.refuse({ httpStatus: 200, status, message });
	}

	// ---- what the connection says

	refuse(end: ResponseEnd): void {
		if (!this.isOver) {
			this.#finish(end.status === GRPC.ok && end.message === '' ? null : end);
			this.#stopReading();
		}
	}

	begin(method: RpcMethod): void {
		this.#method = method;
		method.meter?.begin(this.metadata('client-api-version') ?? 'unknown');
		if (method.shape === 'stream') {
			this.#events = method.open(this);
		}
	}

	/** Data at [lo, hi) of bytes, which stay as they are. False: they are not what content-length has said. */
	receive(bytes: Uint8Array, lo: number, hi: number, isEnd: boolean): boolean {
		if (this.#isRead) {
			return true;
		}
		this.#received += hi - lo;
		this.#isRead = isEnd;
		const { contentLength } = this.#options;
		if (contentLength !== null && (this.#received > contentLength || (isEnd && this.#received < contentLength))) {
			return false;
		}
		if (this.isOver || !this.#isReading) {
			return true;
		}
		if (isEnd && this.#takeWhole(bytes, lo, hi)) {
			return true;
		}
		if (hi > lo) {
			this.#takePiece(bytes.subarray(lo, hi));
		}
		if (isEnd) {
			this.#endOfRequest();
		}
		return true;
	}

	/** The caller's deadline has passed, or its request does not come. A proposal that is in flight stays in flight. */
	expire(): void {
		this.#leave(GRPC.deadlineExceeded, 'context deadline exceeded');
	}

	/** The stream is gone: reset by either side, or with its connection. */
	cancel(): void {
		if (this.#isOver) {
			return;
		}
		const wasAnswered = this.#isAnswered;
		if (!wasAnswered) {
			this.#count(GRPC.canceled);
		}
		this.closed();
		this.#host.unsentChanged(-this.response.bytes);
		this.response.drop();
		if (!wasAnswered) {
			this.#events?.canceled();
		}
	}

	/** Nothing more happens here. */
	closed(): void {
		this.#isOver = true;
		this.#dropPieces();
		this.#stopReading();
	}

	/** Some of what waited has gone out. */
	written(): void {
		if (this.#pieces !== null) {
			this.#feed(this.#pieces);
		}
		if (this.#isHeldUp && 2 * this.response.bytes <= H2_STREAM_UNSENT_BYTES_MAX) {
			this.#isHeldUp = false;
			if (!this.isOver) {
				this.#events?.drained();
			}
		}
	}

	// ---- details

	/** One message, all of the request, in one frame: the usual unary call. False: it is something else. */
	#takeWhole(bytes: Uint8Array, lo: number, hi: number): boolean {
		const method = this.#method;
		if (this.#reader !== null || method?.shape !== 'unary') {
			return false;
		}
		const request = wholeMessage(bytes, lo, hi);
		if (request === null || request.length > this.#options.messageBytesMax) {
			return false;
		}
		this.#stopReading();
		method.meter?.received(request.length);
		this.#handled = request;
		method.handle(request, this);
		return true;
	}

	#takePiece(piece: Uint8Array): void {
		this.#reader ??= new GrpcMessageReader(this.#options.messageBytesMax);
		const reader = this.#reader;
		reader.push(piece);
		for (let next = reader.take(); next !== null; next = reader.take()) {
			if (!(next instanceof Uint8Array)) {
				this.#leave(next.status, next.message);
				return;
			}
			if (!this.#onMessage(next)) {
				return;
			}
		}
		if (!this.#hold(reader.buffered + (this.#request?.length ?? 0))) {
			this.#leave(GRPC.resourceExhausted, 'etcdserver: too many requests');
		}
	}

	/** False: nothing more is wanted. */
	#onMessage(bytes: Uint8Array): boolean {
		this.#method?.meter?.received(bytes.length);
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

	#endOfRequest(): void {
		if (this.isOver) {
			return;
		}
		const isTorn = (this.#reader?.buffered ?? 0) > 0;
		const request = this.#request;
		const method = this.#method;
		this.#stopReading();
		if (isTorn) {
			this.#leave(GRPC.internal, 'unexpected EOF');
		} else if (this.#events !== null) {
			this.#events.halfClosed();
		} else if (request === null) {
			this.#leave(GRPC.internal, 'cardinality violation: received no request message from non-client-streaming RPC');
		} else if (method?.shape === 'unary') {
			this.#handled = request;
			method.handle(request, this);
		}
	}

	/** Ends the call from this side, and tells a streaming service so. */
	#leave(status: number, message: string): void {
		if (!this.isOver) {
			this.end(status, message);
			this.#events?.canceled();
		}
	}

	#push(message: Uint8Array): void {
		const before = this.response.bytes;
		this.#method?.meter?.sent(message.length);
		this.response.push(message);
		this.#host.unsentChanged(this.response.bytes - before);
	}

	/** As many of the pieces as may wait at a time. */
	#feed(pieces: AnswerPieces): void {
		if (this.response.bytes >= H2_STREAM_UNSENT_BYTES_MAX) {
			return;
		}
		do {
			const piece = pieces.take();
			if (piece === null) {
				this.#dropPieces();
				this.response.finish(null);
				break;
			}
			const before = this.response.bytes;
			this.response.pushPart(piece, pieces.wholeBytes);
			this.#host.unsentChanged(this.response.bytes - before);
		} while (this.response.bytes < H2_STREAM_UNSENT_BYTES_MAX);
		this.#host.enqueue(this);
	}

	#dropPieces(): void {
		if (this.#pieces !== null) {
			const { wholeBytes } = this.#pieces;
			this.#pieces = null;
			this.#host.piecesChanged(-1, wholeBytes);
		}
	}

	#finish(end: ResponseEnd | null): void {
		this.#isAnswered = true;
		this.#count(end?.status ?? GRPC.ok);
		this.response.finish(end);
		this.#host.enqueue(this);
	}

	/** Once: the call has its end. */
	#count(status: number): void {
		const meter = this.#method?.meter;
		if (meter === undefined) {
			return;
		}
		const seconds = (performance.now() - this.#options.openedAt) / MILLISECONDS_A_SECOND;
		meter.end(status, seconds);
		if (this.#handled !== null && meter.isLookedAt(seconds)) {
			const { remoteAddress, response } = this;
			const call = { seconds, status, responseBytes: response.bytes, remoteAddress, metadata: (name: string) => this.metadata(name) };
			meter.watch?.ended(meter, this.#handled, call);
		}
		this.#handled = null;
	}

	/** What was held of the request is let go; what still comes is dropped. */
	#stopReading(): void {
		if (this.#isReading) {
			this.#isReading = false;
			this.#reader = null;
			this.#request = null;
			this.#hold(0);
			this.#host.requestRead(this);
		}
	}

	#hold(bytes: number): boolean {
		const more = bytes - this.#buffered;
		this.#buffered = bytes;
		return more === 0 || this.#host.bufferedChanged(more);
	}
}
