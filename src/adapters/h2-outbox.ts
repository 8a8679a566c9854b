/**
 * What one connection sends: control frames at once, answers in turns of one DATA frame each, as far as the caller's windows and the
 * socket's queue let them. All that a turn of the thread has made goes out in one write. It decides no protocol question. Used by
 * h2-connection.ts and h2-requests.ts.
 */
import type { Socket } from 'node:net';
import { assert } from '../base/assert.ts';
import { H2_SOCKET_BYTES_DEAF, H2_SOCKET_BYTES_MAX, H2_UNSENT_BYTES_MAX } from '../base/limits.ts';
import type { FrameWriter } from '../h2/frame-writer.ts';
import { H2_ERROR, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX } from '../h2/frames.ts';
import { PEER_SETTINGS_DEFAULT, type PeerSettings } from '../h2/peer-settings.ts';
import { ResponseEncoder } from '../h2/response-encoder.ts';
import type { H2Call } from './h2-call.ts';
import type { ResponseLink } from './h2-response.ts';

export interface OutboxPorts {
	readonly socket: Socket;
	/** Shared by all connections of the engine: nothing of ours may be left in it when another's turn comes. */
	readonly writer: FrameWriter;
	/** Has flush called at the end of this turn. */
	requestFlush(outbox: H2Outbox): void;
	/** A part of an answer has gone out. */
	wrote(): void;
	/** The call's answer is framed to its end. */
	sent(call: H2Call): void;
	/** Everything that waited has gone to the socket. */
	emptied(): void;
}

export class H2Outbox {
	readonly #ports: OutboxPorts;
	readonly #link: ResponseLink;
	#settings = PEER_SETTINGS_DEFAULT;
	#controls: ((writer: FrameWriter) => void)[] = [];
	/** Calls with something to say, each once, in turns. */
	#turns: H2Call[] = [];
	/** Calls that wait for the connection's window, each once. */
	readonly #starved = new Set<H2Call>();
	#unsent = 0;
	#isFlushing = false;
	#isRequested = false;

	constructor(ports: OutboxPorts) {
		this.#ports = ports;
		this.#link = {
			writer: ports.writer,
			encoder: new ResponseEncoder(),
			window: WINDOW_BYTES_DEFAULT,
		};
		ports.socket.on('drain', () => this.#drained());
	}

	/** The window that a stream begins with. */
	get initialWindow(): number {
		return this.#settings.initialWindowBytes;
	}

	/** Bytes that the caller has not taken. */
	get unsent(): number {
		return this.#unsent + this.#ports.socket.writableLength;
	}

	/** The caller asks for more than it takes: new calls are to be refused. */
	get isClogged(): boolean {
		return this.unsent > H2_UNSENT_BYTES_MAX;
	}

	/** Goes out before any answer that is not yet framed. */
	control(write: (writer: FrameWriter) => void): void {
		this.#controls.push(write);
		this.#request();
	}

	/** The call has something to say. */
	enqueue(call: H2Call): void {
		if (!call.response.isQueued) {
			call.response.isQueued = true;
			this.#turns.push(call);
			this.#request();
		}
	}

	/** The call's stream is gone. */
	forget(call: H2Call): void {
		this.#starved.delete(call);
	}

	/** So many bytes more, or fewer, wait in calls. */
	unsentChanged(bytes: number): void {
		this.#unsent += bytes;
		assert(this.#unsent >= 0, () => `${this.#unsent} bytes unsent`);
	}

	/** The caller takes more on the connection. False: more than there can be. */
	grow(increment: number): boolean {
		if (this.#link.window + increment > WINDOW_BYTES_MAX) {
			return false;
		}
		this.#link.window += increment;
		this.#request();
		return true;
	}

	/** The caller's settings have changed. False: a stream's window would be larger than there can be. */
	changeSettings(settings: PeerSettings, calls: Iterable<H2Call>): boolean {
		const more = settings.initialWindowBytes - this.#settings.initialWindowBytes;
		this.#settings = settings;
		this.#link.encoder.limitTable(settings.headerTableBytes);
		if (more === 0) {
			return true;
		}
		for (const call of calls) {
			if (call.response.window + more > WINDOW_BYTES_MAX) {
				return false;
			}
			call.response.window += more;
			this.resume(call);
		}
		return true;
	}

	/** The call's own window has grown. */
	resume(call: H2Call): void {
		if (call.response.bytes > 0 && call.response.window > 0) {
			this.enqueue(call);
		}
	}

	flush(): void {
		this.#isRequested = false;
		const { socket, writer } = this.#ports;
		if (socket.destroyed || !socket.writable) {
			this.#controls = [];
			return;
		}
		assert(writer.length === 0, 'the writer is free');
		this.#isFlushing = true;
		this.#writeControls(writer);
		this.#writeTurns(writer);
		this.#isFlushing = false;
		if (writer.length > 0) {
			const bytes = writer.take();
			socket.write(bytes);
			if (socket.writableLength === 0) {
				// The kernel has a copy: the usual case.
				writer.giveBack(bytes);
			}
		}
		if (socket.writableLength > H2_SOCKET_BYTES_DEAF) {
			// A caller that takes nothing must not make us queue more; its bytes wait in the kernel.
			socket.pause();
		}
		const isMoreToSay = this.#turns.length > 0 || (this.#starved.size > 0 && this.#link.window > 0);
		if (this.#controls.length > 0 || (isMoreToSay && !socket.writableNeedDrain)) {
			this.#request();
		} else if (this.#turns.length === 0 && this.#unsent === 0) {
			this.#ports.emptied();
		}
	}

	#writeControls(writer: FrameWriter): void {
		const controls = this.#controls;
		this.#controls = [];
		for (const write of controls) {
			write(writer);
		}
	}

	/** Until nobody has anything more to say that fits. What a service says meanwhile joins the end. */
	#writeTurns(writer: FrameWriter): void {
		const room = H2_SOCKET_BYTES_MAX - this.#ports.socket.writableLength;
		let done = 0;
		while (writer.length < room) {
			this.#wakeOne();
			if (done === this.#turns.length) {
				break;
			}
			const call = this.#turns[done] as H2Call;
			done += 1;
			this.#writeTurn(call);
		}
		if (done === this.#turns.length) {
			this.#turns.length = 0;
		} else {
			this.#turns = this.#turns.slice(done);
		}
	}

	/** Only as many as the window feeds: to wake all for each of many small increments would cost us more than it costs the caller (CVE-2019-9511). */
	#wakeOne(): void {
		if (this.#link.window > 0) {
			for (const call of this.#starved) {
				this.#starved.delete(call);
				this.#turns.push(call);
				return;
			}
		}
	}

	#writeTurn(call: H2Call): void {
		const { response } = call;
		response.isQueued = false;
		if (response.isFinished) {
			return;
		}
		const before = response.bytes;
		const written = this.#link.writer.length;
		response.write(this.#link);
		if (this.#link.writer.length > written) {
			this.#ports.wrote();
		}
		const left = response.bytes;
		this.unsentChanged(left - before);
		if (response.isFinished) {
			if (!call.isRequestRead) {
				// RFC 9113, 8.1: what the caller still sends is not wanted.
				this.#link.writer.reset(response.streamId, H2_ERROR.none);
			}
			this.#ports.sent(call);
			return;
		}
		if (left > 0 && response.window > 0) {
			response.isQueued = true;
			if (this.#link.window > 0) {
				this.#turns.push(call);
			} else {
				this.#starved.add(call);
			}
		}
		call.written();
	}

	#drained(): void {
		const { socket } = this.#ports;
		if (socket.isPaused()) {
			socket.resume();
		}
		this.#request();
	}

	#request(): void {
		if (!this.#isRequested && !this.#isFlushing) {
			this.#isRequested = true;
			this.#ports.requestFlush(this);
		}
	}
}
