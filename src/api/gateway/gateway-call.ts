/**
 * One call of the gateway: JSON in, the handler that gRPC calls as well, JSON out. It is the carrier that ports/rpc-engine.ts speaks of, as adapters/h2-call.ts
 * is for HTTP/2. What it is written to is a sink's business. Made by gateway-route.ts and websocket-bridge.ts.
 */
import { GRPC } from '../../base/codes.ts';
import type { AnswerLoad, AnswerWay } from '../../ports/answer-load.ts';
import type { RpcCall, RpcMethod, RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import type { Caller } from './caller.ts';
import { type BytesEncoding, messageFromJson } from './from-json.ts';
import type { GatewayMethod } from './methods.ts';
import type { PiecesWriter } from './pieces-writer.ts';
import type { Sink } from './sinks.ts';
import { messageToJson } from './to-json.ts';

export interface CallOptions {
	readonly method: GatewayMethod;
	readonly encoding: BytesEncoding;
	/** Of one message, as gRPC bounds it. */
	readonly messageBytesMax: number;
}

export interface CallPorts {
	readonly caller: Caller;
	readonly sink: Sink;
	/** For an answer in pieces, which only bodies have; null: it is put together. */
	readonly pieces: PiecesWriter | null;
	/** What its connection has not taken is much. */
	readonly isClogged: () => boolean;
	/** Of its connection. */
	readonly load: AnswerLoad;
	readonly way: AnswerWay;
}

const MILLISECONDS_A_SECOND = 1_000;

export class GatewayCall implements RpcCall, RpcStream {
	readonly connection: object;
	readonly remoteAddress: string;
	readonly certificateName = null;
	readonly #options: CallOptions;
	readonly #ports: CallPorts;
	readonly #begunAt = performance.now();
	#method: RpcMethod | null = null;
	#events: RpcStreamEvents | null = null;
	#timer: NodeJS.Timeout | null = null;
	#isOver = false;

	constructor(options: CallOptions, ports: CallPorts) {
		this.#options = options;
		this.#ports = ports;
		this.connection = ports.caller.connection;
		this.remoteAddress = ports.caller.remoteAddress;
	}

	// ---- what the service sees

	get isOver(): boolean {
		return this.#isOver;
	}

	get isClogged(): boolean {
		return this.#ports.isClogged();
	}

	get isLoaded(): boolean {
		return this.#ports.load.isFull;
	}

	metadata(name: string): string | null {
		return this.#ports.caller.metadata(name);
	}

	succeed(response: Uint8Array): void {
		if (!this.#isOver) {
			this.#method?.meter?.sent(response.length);
			this.#finish(GRPC.ok);
			this.#ports.sink.message(this.#print(response), response);
		}
	}

	succeedInPieces(pieces: readonly Uint8Array[]): void {
		if (this.#isOver) {
			return;
		}
		const { pieces: writer, load, way } = this.#ports;
		const wholeBytes = pieces.reduce((bytes, piece) => bytes + piece.length, 0);
		load.carry(wholeBytes, way);
		if (writer === null) {
			this.succeed(Buffer.concat(pieces));
		} else {
			this.#method?.meter?.sent(wholeBytes);
			this.#finish(GRPC.ok);
			writer.write(pieces);
		}
	}

	fail(status: number, message: string): void {
		this.end(status, message);
	}

	/** Of a method that is unary to its caller the one message is the answer. */
	send(message: Uint8Array): boolean {
		if (this.#isOver) {
			return true;
		}
		this.#method?.meter?.sent(message.length);
		return this.#ports.sink.message(this.#print(message), message);
	}

	end(status: number, message: string): void {
		if (!this.#isOver) {
			this.#finish(status);
			this.#ports.sink.end({ status, message });
		}
	}

	// ---- what its connection says

	begin(method: RpcMethod): void {
		const { patience } = this.#ports.caller;
		this.#method = method;
		method.meter?.begin(this.metadata('client-api-version') ?? 'unknown');
		if (patience === 'malformed') {
			this.fail(GRPC.invalidArgument, `invalid grpc-timeout: ${this.metadata('grpcgateway-grpc-timeout') ?? ''}`);
			return;
		}
		if (patience !== null) {
			this.#expireAfter(patience);
		}
		if (method.shape === 'stream' && !this.#isOver) {
			this.#events = method.open(this);
		}
	}

	/** A message of the request, as text. */
	message(json: string): void {
		if (this.#isOver) {
			return;
		}
		const { method, encoding, messageBytesMax } = this.#options;
		const request = messageFromJson(method.request, json, encoding);
		if (request.kind === 'mistake') {
			this.refuse(GRPC.invalidArgument, request.text);
		} else if (request.bytes.length > messageBytesMax) {
			this.refuse(GRPC.resourceExhausted, tooLarge(request.bytes.length, messageBytesMax));
		} else {
			this.hand(request.bytes);
		}
	}

	/** A message of the request as it stands on gRPC's wire. */
	hand(bytes: Uint8Array): void {
		this.#method?.meter?.received(bytes.length);
		if (this.#method?.shape === 'unary') {
			this.#method.handle(bytes, this);
		} else {
			this.#events?.message(bytes);
		}
	}

	/** The caller sends no more. */
	halfClosed(): void {
		if (!this.#isOver) {
			this.#events?.halfClosed();
		}
	}

	drained(): void {
		if (!this.#isOver) {
			this.#events?.drained();
		}
	}

	/** Ended from this side. A proposal that is in flight stays in flight. */
	refuse(status: number, message: string): void {
		if (!this.#isOver) {
			this.end(status, message);
			this.#events?.canceled();
		}
	}

	/** The caller is gone. */
	gone(): void {
		if (!this.#isOver) {
			this.#finish(GRPC.canceled);
			this.#events?.canceled();
		}
	}

	/** Timers are of whole milliseconds: for less nothing is begun. */
	#expireAfter(milliseconds: number): void {
		const expire = (): void => this.refuse(GRPC.deadlineExceeded, 'context deadline exceeded');
		if (milliseconds < 1) {
			expire();
		} else {
			this.#timer = setTimeout(expire, milliseconds);
		}
	}

	#print(response: Uint8Array): string {
		return messageToJson(this.#options.method.response, response, this.#options.encoding);
	}

	#finish(status: number): void {
		this.#isOver = true;
		if (this.#timer !== null) {
			clearTimeout(this.#timer);
		}
		this.#method?.meter?.end(status, (performance.now() - this.#begunAt) / MILLISECONDS_A_SECOND);
	}
}

/** In grpc-go's words. */
export function tooLarge(bytes: number, bytesMax: number): string {
	return `grpc: received message larger than max (${bytes} vs. ${bytesMax})`;
}
