/**
 * One HTTP/2 connection of a gRPC caller, on a socket whose first bytes are the preface: its opening, its own frames, its end.
 *
 *   open --finish()--> leaving --all answered--> ended        (GOAWAY twice: RFC 9113, 6.8)
 *     \--- a rule broken, calls canceled ---------> ended     (GOAWAY with the code)
 *
 * Streams are in h2-requests.ts, what goes out in h2-outbox.ts. Made by h2-rpc-engine.ts.
 */
import type { Socket } from 'node:net';
import { H2_CONNECTION_WINDOW_BYTES, H2_HEADER_LIST_BYTES_MAX, H2_STREAM_WINDOW_BYTES } from '../base/limits.ts';
import { FloodGuard } from '../h2/flood-guard.ts';
import { type FrameHead, FrameReader, type FrameSink } from '../h2/frame-reader.ts';
import type { FrameWriter } from '../h2/frame-writer.ts';
import { FLAG, FRAME, H2_ERROR, H2ConnectionError, readUint31, SETTING, STREAM_ID_MAX, WINDOW_BYTES_DEFAULT } from '../h2/frames.ts';
import { HeaderAssembly } from '../h2/header-assembly.ts';
import { changeSettings, PEER_SETTINGS_DEFAULT } from '../h2/peer-settings.ts';
import { ReceiveWindow } from '../h2/receive-window.ts';
import type { RpcServices } from '../ports/rpc-engine.ts';
import { H2Outbox } from './h2-outbox.ts';
import { H2Requests, type RequestsOptions } from './h2-requests.ts';
import type { CallLedger } from './rpc-call-ledger.ts';

export interface ConnectionOptions extends RequestsOptions {
	/** The caller has to send its settings, and to acknowledge ours, by then. */
	readonly handshakeMilliseconds: number;
}

export interface ConnectionPorts {
	readonly socket: Socket;
	readonly services: RpcServices;
	readonly ledger: CallLedger;
	readonly writer: FrameWriter;
	requestFlush(outbox: H2Outbox): void;
	now(): number;
	/** The socket is closed. */
	gone(): void;
}

/** A connection with answers to take that takes nothing for so long is cut off. */
const STALL_MILLISECONDS_MAX = 60_000;
/** For a caller to read why the connection ends, before the socket is cut. */
const LINGER_MILLISECONDS = 1_000;
/** For the way to the caller and back, after which no request can be on its way unawares. */
const LEAVE_MILLISECONDS = 1_000;
const LEAVE_PING = new TextEncoder().encode('goodbye!');
const NO_TEXT = new Uint8Array(0);
const PING_BYTES = 8;
const PRIORITY_BYTES = 5;

export class H2Connection implements FrameSink {
	/** Resolves when the connection is gone. */
	readonly ended: Promise<void>;
	readonly #ports: ConnectionPorts;
	readonly #reader = new FrameReader();
	readonly #outbox: H2Outbox;
	readonly #requests: H2Requests;
	readonly #floods = new FloodGuard();
	readonly #window = new ReceiveWindow(H2_CONNECTION_WINDOW_BYTES);
	#settings = PEER_SETTINGS_DEFAULT;
	#assembly: HeaderAssembly | null = null;
	#state: 'open' | 'leaving' | 'ended' = 'open';
	#hasSettings = false;
	#isAcknowledged = false;
	/** When the socket is cut, whatever there is; in `leaving`, when the ping's answer is no longer waited for. */
	#deadline: number;
	#movedAt: number | null = null;
	#bytesWritten = 0;

	constructor(options: ConnectionOptions, ports: ConnectionPorts) {
		const { socket, services, ledger, writer } = ports;
		this.#ports = ports;
		this.#floods.now = ports.now();
		this.#deadline = this.#floods.now + options.handshakeMilliseconds;
		this.#outbox = new H2Outbox({
			socket,
			writer,
			requestFlush: ports.requestFlush,
			sent: (call) => this.#requests.sent(call),
			emptied: () => this.#maybeEnd(),
		});
		this.#requests = new H2Requests(options, { services, ledger, outbox: this.#outbox, floods: this.#floods });
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
		const isLate = now > this.#deadline;
		if (this.#state === 'leaving' && isLate) {
			this.#refuseMore();
		} else if (isLate && (this.#state === 'ended' || !this.#isAcknowledged)) {
			this.destroy();
		} else {
			this.#maybeEnd();
			this.#sweepStall(now);
		}
	}

	// ---- frames

	frame(head: FrameHead, bytes: Uint8Array, lo: number, hi: number): boolean {
		const { type, streamId } = head;
		if (this.#assembly !== null && (type !== FRAME.continuation || streamId !== this.#assembly.streamId)) {
			throw new H2ConnectionError(H2_ERROR.protocol, 'a header block that is interrupted');
		}
		if (!this.#hasSettings && type !== FRAME.settings) {
			throw new H2ConnectionError(H2_ERROR.protocol, 'the first frame is not SETTINGS');
		}
		switch (type) {
			case FRAME.data:
				this.#onData(head, bytes, lo, hi);
				break;
			case FRAME.headers:
				this.#onHeaders(head, bytes, lo, hi);
				break;
			case FRAME.continuation:
				this.#onContinuation(head, bytes, lo, hi);
				break;
			case FRAME.rstStream:
				expectLength(hi - lo, 4, 'RST_STREAM');
				this.#requests.reset(streamId);
				break;
			case FRAME.settings:
				this.#onSettings(head, bytes, lo, hi);
				break;
			case FRAME.ping:
				this.#onPing(head, bytes, lo, hi);
				break;
			case FRAME.windowUpdate:
				expectLength(hi - lo, 4, 'WINDOW_UPDATE');
				this.#onWindowUpdate(streamId, readUint31(bytes, lo));
				break;
			case FRAME.pushPromise:
				throw new H2ConnectionError(H2_ERROR.protocol, 'PUSH_PROMISE from a client');
			default:
				this.#onIdleFrame(head, hi - lo);
		}
		return this.#state !== 'ended';
	}

	#receive(chunk: Uint8Array): void {
		if (this.#state === 'ended') {
			return;
		}
		this.#floods.now = this.#ports.now();
		try {
			this.#reader.read(chunk, this);
		} catch (error) {
			if (!(error instanceof H2ConnectionError)) {
				throw error;
			}
			this.#break(error);
		}
		this.#requests.settle();
	}

	#onData({ streamId, flags }: FrameHead, bytes: Uint8Array, lo: number, hi: number): void {
		expectStream(streamId, 'DATA');
		if (!this.#window.take(hi - lo)) {
			throw new H2ConnectionError(H2_ERROR.flowControl, 'more data than the connection may carry');
		}
		const increment = this.#window.refill();
		if (increment > 0) {
			this.#outbox.control((writer) => writer.windowUpdate(0, increment));
		}
		const padding = paddingOf(flags, bytes, lo, hi);
		const start = padding === 0 ? lo : lo + 1;
		this.#requests.data(streamId, flags, bytes, start, padding === 0 ? hi : hi - padding + 1, hi - lo);
	}

	#onHeaders({ streamId, flags }: FrameHead, bytes: Uint8Array, lo: number, hi: number): void {
		expectStream(streamId, 'HEADERS');
		const padding = paddingOf(flags, bytes, lo, hi);
		const start = lo + (padding === 0 ? 0 : 1) + ((flags & FLAG.priority) === 0 ? 0 : PRIORITY_BYTES);
		const end = padding === 0 ? hi : hi - padding + 1;
		if (start > end) {
			throw new H2ConnectionError(H2_ERROR.frameSize, 'HEADERS too short for its flags');
		}
		if ((flags & FLAG.endHeaders) === 0) {
			this.#assembly = new HeaderAssembly(streamId, flags);
			this.#assembly.push(bytes.subarray(start, end));
		} else {
			this.#requests.headers(streamId, flags, bytes, start, end);
		}
	}

	#onContinuation({ flags }: FrameHead, bytes: Uint8Array, lo: number, hi: number): void {
		const assembly = this.#assembly;
		if (assembly === null) {
			throw new H2ConnectionError(H2_ERROR.protocol, 'CONTINUATION of nothing');
		}
		assembly.push(bytes.subarray(lo, hi));
		if ((flags & FLAG.endHeaders) !== 0) {
			const { block } = assembly;
			this.#assembly = null;
			this.#requests.headers(assembly.streamId, assembly.flags, block, 0, block.length);
		}
	}

	#onSettings({ streamId, flags }: FrameHead, bytes: Uint8Array, lo: number, hi: number): void {
		expectConnection(streamId, 'SETTINGS');
		this.#floods.control();
		if ((flags & FLAG.ack) !== 0) {
			expectLength(hi - lo, 0, 'an acknowledgement of SETTINGS');
			if (!this.#hasSettings) {
				throw new H2ConnectionError(H2_ERROR.protocol, 'an acknowledgement before SETTINGS');
			}
			this.#isAcknowledged = true;
			return;
		}
		this.#hasSettings = true;
		this.#settings = changeSettings(this.#settings, bytes, lo, hi);
		if (!this.#outbox.changeSettings(this.#settings, this.#requests.calls)) {
			throw new H2ConnectionError(H2_ERROR.flowControl, 'a window larger than there can be');
		}
		this.#outbox.control((writer) => writer.head(FRAME.settings, FLAG.ack, 0, 0));
	}

	#onPing({ streamId, flags }: FrameHead, bytes: Uint8Array, lo: number, hi: number): void {
		expectConnection(streamId, 'PING');
		expectLength(hi - lo, PING_BYTES, 'PING');
		if ((flags & FLAG.ack) !== 0) {
			this.#floods.control();
			if (this.#state === 'leaving') {
				this.#refuseMore();
			}
			return;
		}
		this.#outbox.control((writer) => {
			writer.head(FRAME.ping, FLAG.ack, 0, PING_BYTES);
			writer.bytes(bytes, lo, hi);
		});
		this.#floods.ping();
	}

	#onWindowUpdate(streamId: number, increment: number): void {
		if (streamId !== 0) {
			this.#requests.windowUpdate(streamId, increment);
		} else if (increment === 0) {
			throw new H2ConnectionError(H2_ERROR.protocol, 'WINDOW_UPDATE of 0');
		} else if (!this.#outbox.grow(increment)) {
			throw new H2ConnectionError(H2_ERROR.flowControl, 'a window larger than there can be');
		}
	}

	/** GOAWAY, PRIORITY and what this version of the protocol does not know: nothing is done, which must not be asked for too often. */
	#onIdleFrame({ type, streamId }: FrameHead, length: number): void {
		this.#floods.control();
		if (type === FRAME.goaway) {
			expectConnection(streamId, 'GOAWAY');
		} else if (type === FRAME.priority) {
			expectStream(streamId, 'PRIORITY');
			expectLength(length, PRIORITY_BYTES, 'PRIORITY');
		}
	}

	// ---- the end

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

	#sweepStall(now: number): void {
		const { bytesWritten } = this.#ports.socket;
		if (this.#outbox.unsent === 0) {
			this.#movedAt = null;
		} else if (this.#movedAt === null || bytesWritten !== this.#bytesWritten) {
			this.#movedAt = now;
			this.#bytesWritten = bytesWritten;
		} else if (now - this.#movedAt > STALL_MILLISECONDS_MAX) {
			this.destroy();
		}
	}
}

/** The pad length's own byte included; 0: not padded. */
function paddingOf(flags: number, bytes: Uint8Array, lo: number, hi: number): number {
	if ((flags & FLAG.padded) === 0) {
		return 0;
	}
	const padding = 1 + (lo < hi ? (bytes[lo] as number) : 0);
	if (lo === hi || padding > hi - lo) {
		throw new H2ConnectionError(H2_ERROR.protocol, 'more padding than frame');
	}
	return padding;
}

function expectLength(length: number, expected: number, what: string): void {
	if (length !== expected) {
		throw new H2ConnectionError(H2_ERROR.frameSize, `${what} of ${length} bytes`);
	}
}

function expectStream(streamId: number, what: string): void {
	if (streamId === 0) {
		throw new H2ConnectionError(H2_ERROR.protocol, `${what} on stream 0`);
	}
}

function expectConnection(streamId: number, what: string): void {
	if (streamId !== 0) {
		throw new H2ConnectionError(H2_ERROR.protocol, `${what} on stream ${streamId}`);
	}
}
