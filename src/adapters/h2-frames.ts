/**
 * What each frame that arrives on a connection means, by the rules of RFC 9113, section 6. A rule that is broken is thrown as an
 * H2ConnectionError, for h2-connection.ts to end the connection; faults of one stream end that one, in h2-requests.ts.
 */
import { H2_CONNECTION_WINDOW_BYTES } from '../base/limits.ts';
import type { FloodGuard } from '../h2/flood-guard.ts';
import type { FrameHead, FrameSink } from '../h2/frame-reader.ts';
import { FLAG, FRAME, H2_ERROR, H2ConnectionError, readUint31 } from '../h2/frames.ts';
import { HeaderAssembly } from '../h2/header-assembly.ts';
import { changeSettings, PEER_SETTINGS_DEFAULT } from '../h2/peer-settings.ts';
import { ReceiveWindow } from '../h2/receive-window.ts';
import type { H2Outbox } from './h2-outbox.ts';
import type { H2Requests } from './h2-requests.ts';

export interface FramesPorts {
	readonly requests: H2Requests;
	readonly outbox: H2Outbox;
	readonly floods: FloodGuard;
	/** first: of the ping's eight bytes, by which we know which of ours it is. */
	pingAnswered(first: number): void;
}

const PING_BYTES = 8;
const PRIORITY_BYTES = 5;

export class H2Frames implements FrameSink {
	readonly #ports: FramesPorts;
	readonly #window = new ReceiveWindow(H2_CONNECTION_WINDOW_BYTES);
	#settings = PEER_SETTINGS_DEFAULT;
	/** Between HEADERS and its last CONTINUATION. */
	#assembly: HeaderAssembly | null = null;
	#hasSettings = false;
	#isAcknowledged = false;

	constructor(ports: FramesPorts) {
		this.#ports = ports;
	}

	/** The caller has sent its settings and acknowledged ours. */
	get isAcknowledged(): boolean {
		return this.#isAcknowledged;
	}

	frame(head: FrameHead, bytes: Uint8Array, lo: number, hi: number): void {
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
				this.#ports.requests.reset(streamId);
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
	}

	#onData({ streamId, flags }: FrameHead, bytes: Uint8Array, lo: number, hi: number): void {
		expectStream(streamId, 'DATA');
		if (!this.#window.take(hi - lo)) {
			throw new H2ConnectionError(H2_ERROR.flowControl, 'more data than the connection may carry');
		}
		const increment = this.#window.refill();
		if (increment > 0) {
			this.#ports.outbox.control((writer) => writer.windowUpdate(0, increment));
		}
		const padding = paddingOf(flags, bytes, lo, hi);
		const start = padding === 0 ? lo : lo + 1;
		this.#ports.requests.data(streamId, flags, bytes, start, padding === 0 ? hi : hi - padding + 1, hi - lo);
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
			this.#ports.requests.headers(streamId, flags, bytes, start, end);
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
			this.#ports.requests.headers(assembly.streamId, assembly.flags, block, 0, block.length);
		}
	}

	#onSettings({ streamId, flags }: FrameHead, bytes: Uint8Array, lo: number, hi: number): void {
		expectConnection(streamId, 'SETTINGS');
		this.#ports.floods.control();
		if ((flags & FLAG.ack) !== 0) {
			expectLength(hi - lo, 0, 'an acknowledgement of SETTINGS');
			if (!this.#hasSettings) {
				throw new H2ConnectionError(H2_ERROR.protocol, 'an acknowledgement before SETTINGS');
			}
			this.#isAcknowledged = true;
			return;
		}
		this.#hasSettings = true;
		const windowBytes = this.#settings.initialWindowBytes;
		this.#settings = changeSettings(this.#settings, bytes, lo, hi);
		if (this.#settings.initialWindowBytes !== windowBytes) {
			this.#ports.floods.resized(this.#ports.requests.size);
		}
		if (!this.#ports.outbox.changeSettings(this.#settings, this.#ports.requests.calls)) {
			throw new H2ConnectionError(H2_ERROR.flowControl, 'a window larger than there can be');
		}
		this.#ports.outbox.control((writer) => writer.head(FRAME.settings, FLAG.ack, 0, 0));
	}

	#onPing({ streamId, flags }: FrameHead, bytes: Uint8Array, lo: number, hi: number): void {
		expectConnection(streamId, 'PING');
		expectLength(hi - lo, PING_BYTES, 'PING');
		if ((flags & FLAG.ack) !== 0) {
			this.#ports.floods.control();
			this.#ports.pingAnswered(bytes[lo] as number);
			return;
		}
		this.#ports.outbox.control((writer) => {
			writer.head(FRAME.ping, FLAG.ack, 0, PING_BYTES);
			writer.bytes(bytes, lo, hi);
		});
		this.#ports.floods.ping(this.#ports.requests.size);
	}

	#onWindowUpdate(streamId: number, increment: number): void {
		if (streamId !== 0) {
			this.#ports.requests.windowUpdate(streamId, increment);
		} else if (increment === 0) {
			throw new H2ConnectionError(H2_ERROR.protocol, 'WINDOW_UPDATE of 0');
		} else if (!this.#ports.outbox.grow(increment)) {
			throw new H2ConnectionError(H2_ERROR.flowControl, 'a window larger than there can be');
		}
	}

	/** GOAWAY, PRIORITY and what this version of the protocol does not know: nothing is done, which must not be asked for too often. */
	#onIdleFrame({ type, streamId }: FrameHead, length: number): void {
		this.#ports.floods.control();
		if (type === FRAME.goaway) {
			expectConnection(streamId, 'GOAWAY');
		} else if (type === FRAME.priority) {
			expectStream(streamId, 'PRIORITY');
			expectLength(length, PRIORITY_BYTES, 'PRIORITY');
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
