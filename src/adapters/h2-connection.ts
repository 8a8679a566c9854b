/**
 * One HTTP/2 connection of a gRPC caller, on a socket whose first bytes are the preface: its opening, its clocks, its end.
 *
 *   open --finish()--> leaving --all answered--> ended        (GOAWAY twice: RFC 9113, 6.8)
 *     \--- a rule broken, calls canceled ---------> ended     (GOAWAY with the code)
 *
 * What its frames mean is in h2-frames.ts, streams are in h2-requests.ts, what goes out in h2-outbox.ts. Made by h2-rpc-engine.ts.
 */
import type { Socket } from 'node:net';
import { H2_CONNECTION_WINDOW_BYTES, H2_HEADER_LIST_BYTES_MAX, H2_STREAM_WINDOW_BYTES } from '../base/limits.ts';
import { FloodGuard } from '../h2/flood-guard.ts';
import { FrameReader } from '../h2/frame-reader.ts';
import type { FrameWriter } from '../h2/frame-writer.ts';
import { FRAME, H2_ERROR, H2ConnectionError, SETTING, STREAM_ID_MAX, WINDOW_BYTES_DEFAULT } from '../h2/frames.ts';
import type { RpcServices } from '../ports/rpc-engine.ts';
import type { H2Access } from './h2-access.ts';
import type { ConnectionCaller } from './h2-caller.ts';
import { H2Frames } from './h2-frames.ts';
import { H2Outbox } from './h2-outbox.ts';
import { H2Requests, type RequestsOptions } from './h2-requests.ts';
import type { LargeAnswersOf } from './large-answers.ts';
import type { CallLedger } from './rpc-call-ledger.ts';
import type { Reader } from './slow-readers.ts';

export interface ConnectionOptions extends RequestsOptions {
	/** The caller has to send its settings, and to acknowledge ours, by then. */
	readonly handshakeMilliseconds: number;
	readonly keepAlive: KeepAlive;
}

/** The flags --grpc-keepalive-*: how often a caller may ping; after what silence it is pinged (0: never), and after how much more it is cut off. */
export interface KeepAlive {
	readonly minTimeMs: number;
	readonly intervalMs: number;
	readonly timeoutMs: number;
}

export interface ConnectionPorts {
	readonly socket: Socket;
	readonly services: RpcServices;
	readonly ledger: CallLedger;
	readonly writer: FrameWriter;
	readonly access: H2Access;
	readonly caller: ConnectionCaller;
	readonly largeAnswers: LargeAnswersOf;
	requestFlush(outbox: H2Outbox): void;
	now(): number;
	/** The socket is closed. */
	gone(): void;
	/** The caller has broken a rule, and is cut off. */
	broken(): void;
}

/** For a caller to read why the connection ends, before the socket is cut. */
const LINGER_MILLISECONDS = 1_000;
/** For the way to the caller and back, after which no request can be on its way unawares. */
const LEAVE_MILLISECONDS = 1_000;
const LEAVE_PING = new TextEncoder().encode('goodbye!');
/** Begins otherwise than the one above. */
const KEEP_ALIVE_PING = new TextEncoder().encode('alive?!?');
const NO_TEXT = new Uint8Array(0);
const PING_BYTES = 8;

export class H2Connection implements Reader {
	/** Resolves when the connection is gone. */
	readonly ended: Promise<void>;
	readonly #ports: ConnectionPorts;
	readonly #reader = new FrameReader();
	readonly #outbox: H2Outbox;
	readonly #requests: H2Requests;
	readonly #frames: H2Frames;
	readonly #floods: FloodGuard;
	readonly #keepAlive: KeepAlive;
	#heardAt: number;
	/** When the caller was asked whether it is there; null: it was heard since. */
	#askedAt: number | null = null;
	#state: 'open' | 'leaving' | 'ended' = 'open';
	/** When the socket is cut, whatever there is; in `leaving`, when the ping's answer is no longer waited for. */
	#deadline: number;

	constructor(options: ConnectionOptions, ports: ConnectionPorts) {
		const { socket, services, ledger, writer, access, caller, largeAnswers } = ports;
		this.#ports = ports;
		this.#keepAlive = options.keepAlive;
		this.#floods = new FloodGuard(options.keepAlive.minTimeMs);
		this.#floods.now = ports.now();
		this.#heardAt = this.#floods.now;
		this.#deadline = this.#floods.now + options.handshakeMilliseconds;
		this.#outbox = new H2Outbox({
			socket,
			writer,
			requestFlush: ports.requestFlush,
			// As grpc-go counts: each part of a large answer is one more reason for its caller to measure the way.
			wrote: () => this.#floods.answered(),
			sent: (call) => this.#requests.sent(call),
			emptied: () => this.#maybeEnd(),
		});
		this.#requests = new H2Requests(options, { services, ledger, outbox: this.#outbox, floods: this.#floods, access, caller, largeAnswers });
		this.#frames = new H2Frames({
			requests: this.#requests,
			outbox: this.#outbox,
			floods: this.#floods,
			pingAnswered: (first) => this.#pingAnswered(first),
		});
		this.ended = new Promise((resolve) => {
			socket.once('close', () => {
				this.#state = 'ended';
				this.#requests.cancelAll();
				ports.gone();
				resolve();
			});
		});
		socket.on('error', () => socket.destroy());
		// A caller that has closed its side does not wait for answers.
		socket.on('end', () => socket.destroy());
		this.#outbox.control((out) => {
			out.settings([
				[SETTING.maxConcurrentStreams, options.streamsMax],
				[SETTING.initialWindowSize, H2_STREAM_WINDOW_BYTES],
				[SETTING.maxHeaderListSize, H2_HEADER_LIST_BYTES_MAX],
			]);
			out.windowUpdate(0, H2_CONNECTION_WINDOW_BYTES - WINDOW_BYTES_DEFAULT);
		});
		socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
	}

	get socket(): Socket {
		return this.#ports.socket;
	}

	/** Bytes of answers that the caller has not taken. */
	get unsent(): number {
		return this.#outbox.unsent;
	}

	get isInTheWay(): boolean {
		return this.#requests.isInTheWay;
	}

	/** Takes no new calls, and ends when those that are begun are answered. */
	finish(): void {
		if (this.#state !== 'open') {
			return;
		}
		this.#state = 'leaving';
		this.#deadline = this.#ports.now() + LEAVE_MILLISECONDS;
		this.#outbox.control((out) => {
			out.goaway(STREAM_ID_MAX, H2_ERROR.none, NO_TEXT);
			out.head(FRAME.ping, 0, 0, PING_BYTES);
			out.bytes(LEAVE_PING);
		});
	}

	destroy(): void {
		this.#ports.socket.destroy();
	}

	/** Looks at the clocks. */
	sweep(now: number): void {
		this.#keepAlong(now);
		const isLate = now > this.#deadline;
		if (this.#state === 'leaving' && isLate) {
			this.#refuseMore();
		} else if (isLate && (this.#state === 'ended' || !this.#frames.isAcknowledged)) {
			this.destroy();
		} else {
			this.#maybeEnd();
		}
	}

	#receive(chunk: Uint8Array): void {
		if (this.#state === 'ended') {
			return;
		}
		this.#floods.now = this.#ports.now();
		this.#heardAt = this.#floods.now;
		this.#askedAt = null;
		try {
			this.#reader.read(chunk, this.#frames);
		} catch (error) {
			if (!(error instanceof H2ConnectionError)) {
				throw error;
			}
			this.#break(error);
		}
		this.#requests.settle();
	}

	/** A caller whose host is gone leaves its connection behind, and its watchers: it is asked, and cut off if nothing comes (grpc-go's keepalive). */
	#keepAlong(now: number): void {
		const { intervalMs, timeoutMs } = this.#keepAlive;
		if (this.#askedAt !== null && now - this.#askedAt > timeoutMs) {
			this.destroy();
		} else if (this.#askedAt === null && this.#state === 'open' && intervalMs > 0 && now - this.#heardAt >= intervalMs) {
			this.#askedAt = now;
			this.#outbox.control((out) => {
				out.head(FRAME.ping, 0, 0, PING_BYTES);
				out.bytes(KEEP_ALIVE_PING);
			});
		}
	}

	// ---- the end

	#pingAnswered(first: number): void {
		if (this.#state === 'leaving' && first === LEAVE_PING[0]) {
			this.#refuseMore();
		}
	}

	/** The second GOAWAY: whatever the caller sent before it read the first is in by now. */
	#refuseMore(): void {
		this.#deadline = Number.POSITIVE_INFINITY;
		const lastId = this.#requests.refuseMore();
		this.#outbox.control((writer) => writer.goaway(lastId, H2_ERROR.none, NO_TEXT));
	}

	/** All that was to be said in `leaving` is said. */
	#maybeEnd(): void {
		if (this.#state === 'leaving' && this.#requests.size === 0 && this.#outbox.unsent === 0 && this.#deadline === Number.POSITIVE_INFINITY) {
			this.#end();
		}
	}

	#break(error: H2ConnectionError): void {
		const { lastId } = this.#requests;
		this.#ports.broken();
		this.#requests.cancelAll();
		this.#outbox.control((writer) => writer.goaway(lastId, error.code, new TextEncoder().encode(error.message)));
		this.#outbox.flush();
		this.#end();
	}

	/** What the caller still sends is read and dropped: to close on unread bytes would take the last words from it. */
	#end(): void {
		this.#state = 'ended';
		this.#deadline = this.#ports.now() + LINGER_MILLISECONDS;
		this.#ports.socket.end();
		this.#ports.socket.resume();
	}
}
