/**
 * One accepted connection, upgraded and checked: reads frames, answers probes, sends nothing else. Memory is bounded by the frame cap;
 * a bad frame closes it. Opened by peer-server.ts, kept by peer-network.ts.
 */
import type { Duplex } from 'node:stream';
import { crc32 } from 'node:zlib';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { encodeFrame, FrameReader } from '../protocol/peer-frame.ts';

const PROBE_ANSWER = encodeFrame(EMPTY_BYTES, crc32);

export interface PeerInboundEvents {
	/** The bodies of whole frames, in order, probes left out. */
	frames(bodies: readonly Uint8Array[]): void;
	/** Once. reason null: an ordinary end. */
	closed(fault: string | null): void;
}

export class PeerInbound {
	readonly #socket: Duplex;
	readonly #events: PeerInboundEvents;
	readonly #reader = new FrameReader(crc32);
	#silentChecks = 0;
	#isClosed = false;

	/** head: bytes that came with the request. */
	constructor(socket: Duplex, head: Uint8Array, events: PeerInboundEvents) {
		this.#socket = socket;
		this.#events = events;
		socket.on('error', () => {});
		if (head.length > 0) {
			socket.unshift(head);
		}
		socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
		socket.on('end', () => this.#close(null));
		socket.on('close', () => this.#close(null));
	}

	/** One interval has passed; a dialer probes in each, so one that is silent for silentChecksMax is gone. */
	check(silentChecksMax: number): void {
		this.#silentChecks += 1;
		if (this.#silentChecks > silentChecksMax) {
			this.#close('no probe came in time');
		}
	}

	destroy(): void {
		this.#close(null);
	}

	#read(chunk: Uint8Array): void {
		if (this.#isClosed) {
			return;
		}
		this.#silentChecks = 0;
		const result = this.#reader.push(chunk);
		if (!result.ok) {
			this.#close(result.fault);
			return;
		}
		const bodies = result.bodies.filter((body) => body.length > 0);
		// Answers that are not read pile up nowhere: none is written while one waits.
		if (bodies.length < result.bodies.length && this.#socket.writableLength === 0) {
			this.#socket.write(PROBE_ANSWER);
		}
		if (bodies.length > 0) {
			this.#events.frames(bodies);
		}
	}

	#close(fault: string | null): void {
		this.#socket.destroy();
		if (!this.#isClosed) {
			this.#isClosed = true;
			this.#events.closed(fault);
		}
	}
}
