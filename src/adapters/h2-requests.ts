/**
 * The streams of one connection: from HEADERS, DATA and RST_STREAM to calls, with the rules and limits of both HTTP/2 and gRPC on the way.
 * Not the connection's own frames: h2-connection.ts, which makes it.
 */
import { assert } from '../base/assert.ts';
import { GRPC } from '../base/codes.ts';
import { H2_ABANDONED_MAX, H2_CRUMB_BYTES } from '../base/limits.ts';
import type { FloodGuard } from '../h2/flood-guard.ts';
import { FLAG, H2_ERROR, H2ConnectionError, WINDOW_BYTES_MAX } from '../h2/frames.ts';
import { areTrailers, type RequestHead } from '../h2/request-head.ts';
import { RequestHeads } from '../h2/request-heads.ts';
import type { RpcServices } from '../ports/rpc-engine.ts';
import { findRefusal, readPatience } from './grpc-request.ts';
import type { H2Access } from './h2-access.ts';
import { type CallHost, H2Call } from './h2-call.ts';
import type { ConnectionCaller } from './h2-caller.ts';
import type { H2Outbox } from './h2-outbox.ts';
import type { LargeAnswersOf } from './large-answers.ts';
import type { CallLedger } from './rpc-call-ledger.ts';

export interface RequestsOptions {
	/** One message of a request. */
	readonly messageBytesMax: number;
	/** Streams at a time. */
	readonly streamsMax: number;
	/** A unary call's request has to be here by then. */
	readonly readMilliseconds: number;
}

export interface RequestsPorts {
	readonly services: RpcServices;
	readonly ledger: CallLedger;
	readonly outbox: H2Outbox;
	readonly floods: FloodGuard;
	readonly access: H2Access;
	readonly caller: ConnectionCaller;
	readonly largeAnswers: LargeAnswersOf;
}

export class H2Requests implements CallHost {
	readonly #options: RequestsOptions;
	readonly #ports: RequestsPorts;
	readonly #heads = new RequestHeads();
	readonly #calls = new Map<number, H2Call>();
	/** Streams that we have ended and the caller may not know of yet: their frames are dropped. Oldest first. */
	readonly #abandoned = new Set<number>();
	/** Begun by the bytes that are being looked at: their clocks start only if these bytes do not complete them. */
	#fresh: H2Call[] = [];
	/** Answers in pieces that are on their way. */
	#inPieces = 0;
	#lastId = 0;
	/** No stream beyond is served: GOAWAY has said so. */
	#idMax = WINDOW_BYTES_MAX;

	constructor(options: RequestsOptions, ports: RequestsPorts) {
		this.#options = options;
		this.#ports = ports;
	}

	get size(): number {
		return this.#calls.size;
	}

	get calls(): Iterable<H2Call> {
		return this.#calls.values();
	}

	get lastId(): number {
		return this.#lastId;
	}

	/** A whole header block at [lo, hi) of bytes. */
	headers(streamId: number, flags: number, bytes: Uint8Array, lo: number, hi: number): void {
		const isEnd = (flags & FLAG.endStream) !== 0;
		if (streamId % 2 === 0) {
			throw new H2ConnectionError(H2_ERROR.protocol, `HEADERS on stream ${streamId}`);
		}
		if (streamId <= this.#lastId) {
			this.#trailers(streamId, isEnd, bytes, lo, hi);
			return;
		}
		this.#lastId = streamId;
		const head = this.#heads.read(bytes, lo, hi);
		if (streamId > this.#idMax) {
			this.#ports.floods.control();
		} else if (head === 'malformed') {
			this.fault(streamId, H2_ERROR.protocol);
		} else if (head === 'too_large') {
			this.fault(streamId, H2_ERROR.enhanceYourCalm);
			this.#ports.floods.bomb();
		} else if (this.#calls.size >= this.#options.streamsMax) {
			this.fault(streamId, H2_ERROR.refusedStream);
		} else {
			this.#open(streamId, head, isEnd);
		}
	}

	/** Data at [lo, hi) of bytes, padding taken off, of a frame whose whole payload counts for the windows. */
	data(streamId: number, flags: number, bytes: Uint8Array, lo: number, hi: number, payloadBytes: number): void {
		const isEnd = (flags & FLAG.endStream) !== 0;
		if (hi - lo < H2_CRUMB_BYTES && !isEnd) {
			this.#ports.floods.crumb();
		}
		const call = this.#calls.get(streamId);
		if (call === undefined || call.isRequestRead) {
			this.#onLate(streamId);
			return;
		}
		if (!call.receiveWindow.take(payloadBytes)) {
			this.fault(streamId, H2_ERROR.flowControl);
			return;
		}
		const increment = isEnd ? 0 : call.receiveWindow.refill();
		if (increment > 0) {
			this.#ports.outbox.control((writer) => writer.windowUpdate(streamId, increment));
		}
		if (!call.receive(bytes, lo, hi, isEnd)) {
			this.fault(streamId, H2_ERROR.protocol);
		}
	}

	reset(streamId: number): void {
		this.#assertBegun(streamId);
		this.#ports.floods.reset();
		const call = this.#calls.get(streamId);
		if (call !== undefined) {
			this.#remove(call);
			call.cancel();
		}
	}

	windowUpdate(streamId: number, increment: number): void {
		this.#assertBegun(streamId);
		const call = this.#calls.get(streamId);
		if (call === undefined) {
			this.#ports.floods.control();
			return;
		}
		const window = call.response.window + increment;
		if (increment === 0 || window > WINDOW_BYTES_MAX) {
			this.fault(streamId, increment === 0 ? H2_ERROR.protocol : H2_ERROR.flowControl);
			return;
		}
		call.response.window = window;
		this.#ports.outbox.resume(call);
	}

	/** The stream ends here, by a reset of ours that counts against the caller. */
	fault(streamId: number, code: number): void {
		this.#ports.outbox.control((writer) => writer.reset(streamId, code));
		this.#abandon(streamId);
		const call = this.#calls.get(streamId);
		if (call !== undefined) {
			this.#remove(call);
			call.cancel();
		}
		this.#ports.floods.reset();
	}

	/** All the bytes that came at once have been looked at. */
	settle(): void {
		const fresh = this.#fresh;
		if (fresh.length > 0) {
			this.#fresh = [];
			for (const call of fresh) {
				this.#ports.ledger.opened(call);
			}
		}
	}

	/** No stream after those begun is served. Gives the id of the last one. */
	refuseMore(): number {
		this.#idMax = this.#lastId;
		return this.#lastId;
	}

	/** The connection is gone. */
	cancelAll(): void {
		this.#fresh = [];
		for (const call of this.#calls.values()) {
			this.#remove(call);
			call.cancel();
		}
		assert(this.#calls.size === 0, 'nothing outlives its connection');
	}

	/** The call's answer is framed to its end. */
	sent(call: H2Call): void {
		if (!call.isRequestRead) {
			this.#abandon(call.streamId);
		}
		this.#remove(call);
		call.closed();
	}

	// ---- what calls say

	enqueue(call: H2Call): void {
		this.#ports.outbox.enqueue(call);
	}

	get isClogged(): boolean {
		return this.#ports.outbox.isClogged;
	}

	get isLoaded(): boolean {
		return this.#inPieces > 0 || this.#ports.largeAnswers.isFull;
	}

	/** Others of its address wait for what it takes. */
	get isInTheWay(): boolean {
		return this.#inPieces > 0 && this.#ports.largeAnswers.isInTheWay;
	}

	get connection(): object {
		return this;
	}

	get remoteAddress(): string {
		return this.#ports.caller.remoteAddress;
	}

	get certificateName(): string | null {
		return this.#ports.caller.certificateName;
	}

	piecesChanged(answers: 1 | -1, bytes: number): void {
		this.#inPieces += answers;
		this.#ports.largeAnswers.change(answers * bytes);
	}

	unsentChanged(bytes: number): void {
		this.#ports.outbox.unsentChanged(bytes);
	}

	bufferedChanged(bytes: number): boolean {
		return this.#ports.ledger.bufferedChanged(bytes);
	}

	requestRead(call: H2Call): void {
		this.#ports.ledger.requestRead(call);
	}

	// ---- details

	#open(streamId: number, head: RequestHead, isEnd: boolean): void {
		const { now } = this.#ports.floods;
		const method = this.#ports.services.find(head.path);
		const patience = readPatience(head);
		const isUnary = typeof method !== 'string' && method.shape === 'unary';
		const call = new H2Call(
			{
				streamId,
				sendWindow: this.#ports.outbox.initialWindow,
				messageBytesMax: this.#options.messageBytesMax,
				deadline: now + (patience ?? Number.POSITIVE_INFINITY),
				readDeadline: isUnary ? now + this.#options.readMilliseconds : Number.POSITIVE_INFINITY,
				contentLength: head.contentLength,
				openedAt: now,
			},
			head.fields,
			this,
		);
		this.#calls.set(streamId, call);
		const refusal = findRefusal(head) ?? this.#ports.access(head);
		if (refusal !== null) {
			call.refuse(refusal);
		} else if (typeof method === 'string') {
			call.end(GRPC.unimplemented, method);
		} else if (this.#ports.outbox.isClogged) {
			call.end(GRPC.resourceExhausted, 'etcdserver: too many requests');
		} else {
			this.#fresh.push(call);
			call.begin(method);
		}
		if (isEnd && !call.receive(NO_DATA, 0, 0, true)) {
			this.fault(streamId, H2_ERROR.protocol);
		}
	}

	/** A second header block on a stream: a request's trailers, which say nothing to us. */
	#trailers(streamId: number, isEnd: boolean, bytes: Uint8Array, lo: number, hi: number): void {
		const fields = this.#heads.readFields(bytes, lo, hi);
		const call = this.#calls.get(streamId);
		if (call === undefined && !this.#isExpectedLate(streamId)) {
			// RFC 9113, 5.1.1 and 5.1: an id that was passed over, or a stream that both sides have ended.
			throw new H2ConnectionError(H2_ERROR.streamClosed, `HEADERS on stream ${streamId}, which is closed`);
		}
		if (call === undefined || call.isRequestRead) {
			this.#onLate(streamId);
		} else if (!isEnd || fields === null || !areTrailers(fields) || !call.receive(NO_DATA, 0, 0, true)) {
			this.fault(streamId, H2_ERROR.protocol);
		}
	}

	/** A frame of a request that is over. */
	#onLate(streamId: number): void {
		this.#assertBegun(streamId);
		if (this.#isExpectedLate(streamId)) {
			this.#ports.floods.crumb();
		} else {
			this.fault(streamId, H2_ERROR.streamClosed);
		}
	}

	/** The caller may not know yet that the stream is over. */
	#isExpectedLate(streamId: number): boolean {
		return this.#abandoned.has(streamId) || streamId > this.#idMax;
	}

	#assertBegun(streamId: number): void {
		if (streamId > this.#lastId || streamId % 2 === 0) {
			throw new H2ConnectionError(H2_ERROR.protocol, `a frame of stream ${streamId}, which is not open`);
		}
	}

	#abandon(streamId: number): void {
		this.#abandoned.add(streamId);
		if (this.#abandoned.size > H2_ABANDONED_MAX) {
			const [oldest] = this.#abandoned;
			this.#abandoned.delete(oldest ?? streamId);
		}
	}

	#remove(call: H2Call): void {
		this.#calls.delete(call.streamId);
		this.#ports.ledger.closed(call);
		this.#ports.outbox.forget(call);
	}
}

const NO_DATA = new Uint8Array(0);
