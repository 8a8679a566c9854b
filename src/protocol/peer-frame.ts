/**
 * The outer frame on a peer connection: what separates one envelope from the next and guards it. Not the envelope: peer-codec.ts.
 * Used by adapters/peer-link.ts (writing) and adapters/peer-inbound.ts (reading).
 *
 *   0        4          5            8         12
 *   | length | version  | "qrt"      | CRC-32  | bytes ...
 *
 * length counts the bytes after the header; the checksum covers the first 8 bytes of the header and the bytes. An empty frame is a probe.
 */
import { assert } from '../base/assert.ts';
import { copyBytes, EMPTY_BYTES } from '../base/bytes.ts';
import { PEER_FRAME_BYTES_MAX } from '../base/limits.ts';

export const PEER_FRAME_VERSION = 1;
export const PEER_FRAME_HEADER_BYTES = 12;
export const PEER_FRAME_BODY_BYTES_MAX = PEER_FRAME_BYTES_MAX - PEER_FRAME_HEADER_BYTES;

const CHECKED_HEADER_BYTES = 8;
/** Version 1 and "qrt": the second word of every header. */
const MARK = ((PEER_FRAME_VERSION << 24) | 0x717274) >>> 0;

/** CRC-32 of bytes, continued from seed (0 to begin): zlib.crc32 in production. */
export type Checksum = (bytes: Uint8Array, seed: number) => number;

/** Writes the header for body at the start of target, which need not hold the body. */
export function writeFrameHeader(target: Uint8Array, body: Uint8Array, checksum: Checksum): void {
	assert(target.length >= PEER_FRAME_HEADER_BYTES, 'no room for a peer frame header');
	assert(body.length <= PEER_FRAME_BODY_BYTES_MAX, () => `peer frame of ${body.length} bytes exceeds ${PEER_FRAME_BODY_BYTES_MAX}`);
	const view = new DataView(target.buffer, target.byteOffset, PEER_FRAME_HEADER_BYTES);
	view.setUint32(0, body.length);
	view.setUint32(4, MARK);
	const seed = checksum(target.subarray(0, CHECKED_HEADER_BYTES), 0);
	view.setUint32(8, checksum(body, seed));
}

/** Header and body in one ArrayBuffer of their own. */
export function encodeFrame(body: Uint8Array, checksum: Checksum): Uint8Array {
	const frame = new Uint8Array(PEER_FRAME_HEADER_BYTES + body.length);
	writeFrameHeader(frame, body, checksum);
	frame.set(body, PEER_FRAME_HEADER_BYTES);
	return frame;
}

/** Why a connection can no longer be read: the stream has no way back to a frame's start. */
export type FrameFault = 'bad_mark' | 'too_long' | 'bad_checksum';
export type FrameResult = { readonly ok: true; readonly bodies: readonly Uint8Array[] } | { readonly ok: false; readonly fault: FrameFault };

/**
 * Cuts a stream into frames. Holds at most twice the bytes that have really arrived, so a header that announces much costs nothing;
 * each body is copied out, so that a small one does not pin the chunk that it came in.
 */
export class FrameReader {
	readonly #checksum: Checksum;
	/** The first #held bytes are an unfinished frame. */
	#buffer: Uint8Array = EMPTY_BYTES;
	#held = 0;
	/** Bytes that must be held before the next step can be taken: a header, or the frame whose header was read. */
	#wanted = PEER_FRAME_HEADER_BYTES;
	#fault: FrameFault | null = null;

	constructor(checksum: Checksum) {
		this.#checksum = checksum;
	}

	/** Bytes of an unfinished frame. */
	get heldBytes(): number {
		return this.#held;
	}

	/** The bodies of the frames that this chunk completes. After a fault, always that fault. */
	push(chunk: Uint8Array): FrameResult {
		if (this.#fault !== null) {
			return { ok: false, fault: this.#fault };
		}
		const bodies: Uint8Array[] = [];
		if (this.#held > 0) {
			this.#append(chunk);
			if (this.#held < this.#wanted) {
				return { ok: true, bodies };
			}
		}
		const source = this.#held > 0 ? this.#buffer.subarray(0, this.#held) : chunk;
		const rest = source.subarray(this.#cut(source, bodies));
		this.#buffer = EMPTY_BYTES;
		this.#held = 0;
		if (this.#fault !== null) {
			return { ok: false, fault: this.#fault };
		}
		this.#append(rest);
		assert(this.#held < this.#wanted, () => `a whole frame was left unread: ${this.#held} of ${this.#wanted} bytes`);
		return { ok: true, bodies };
	}

	/** Grows by doubling: one copy a byte on average, and a stranger's single bytes do not each keep a buffer. */
	#append(bytes: Uint8Array): void {
		const size = this.#held + bytes.length;
		if (size > this.#buffer.length) {
			const grown = new Uint8Array(Math.max(size, Math.min(this.#wanted, 2 * this.#buffer.length)));
			grown.set(this.#buffer.subarray(0, this.#held));
			this.#buffer = grown;
		}
		this.#buffer.set(bytes, this.#held);
		this.#held = size;
	}

	/** Moves every whole frame of bytes into bodies; where the first unfinished one starts. */
	#cut(bytes: Uint8Array, bodies: Uint8Array[]): number {
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		let at = 0;
		while (bytes.length - at >= PEER_FRAME_HEADER_BYTES) {
			const length = view.getUint32(at);
			this.#fault = headerFault(length, view.getUint32(at + 4));
			if (this.#fault !== null) {
				return at;
			}
			const end = at + PEER_FRAME_HEADER_BYTES + length;
			if (end > bytes.length) {
				this.#wanted = end - at;
				return at;
			}
			const body = copyBytes(bytes.subarray(at + PEER_FRAME_HEADER_BYTES, end));
			const seed = this.#checksum(bytes.subarray(at, at + CHECKED_HEADER_BYTES), 0);
			if (this.#checksum(body, seed) !== view.getUint32(at + 8)) {
				this.#fault = 'bad_checksum';
				return at;
			}
			bodies.push(body);
			at = end;
		}
		this.#wanted = PEER_FRAME_HEADER_BYTES;
		return at;
	}
}

function headerFault(length: number, mark: number): FrameFault | null {
	if (mark !== MARK) {
		return 'bad_mark';
	}
	return length > PEER_FRAME_BODY_BYTES_MAX ? 'too_long' : null;
}
