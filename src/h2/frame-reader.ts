/**
 * Cuts what arrives on one connection into frames, in place: a frame that lies whole in a chunk is handed on without a copy, one that is
 * split is put together in a buffer of its own size. It knows lengths, no meaning. Used by adapters/h2-connection.ts.
 */
import { EMPTY_BYTES } from '../base/bytes.ts';
import { FRAME_BYTES_MAX, FRAME_HEAD_BYTES, H2_ERROR, H2ConnectionError, PREFACE, readUint31 } from './frames.ts';

export interface FrameSink {
	/** One frame, its payload at [lo, hi) of bytes, which are never written again. */
	frame(head: FrameHead, bytes: Uint8Array, lo: number, hi: number): void;
}

/** Valid during the call that it is given to. */
export interface FrameHead {
	readonly type: number;
	readonly flags: number;
	readonly streamId: number;
}

export class FrameReader {
	/** Of the preface, which comes before the first frame. */
	#prefaceAt = 0;
	#partial: Uint8Array = EMPTY_BYTES;
	#have = 0;
	/** One object for all frames. */
	readonly #head = { type: 0, flags: 0, streamId: 0 };

	/** Throws H2ConnectionError for what is no frame of ours, and whatever the sink throws; then the reader is not to be used again. */
	read(chunk: Uint8Array, sink: FrameSink): void {
		let at = this.#prefaceAt < PREFACE.length ? this.#skipPreface(chunk) : 0;
		if (this.#have > 0) {
			at = this.#finishPartial(chunk, sink);
		}
		while (at + FRAME_HEAD_BYTES <= chunk.length) {
			const end = at + FRAME_HEAD_BYTES + lengthOf(chunk, at);
			if (end > chunk.length) {
				break;
			}
			this.#deliver(chunk, at, end, sink);
			at = end;
		}
		if (at < chunk.length) {
			this.#keep(chunk, at);
		}
	}

	#skipPreface(chunk: Uint8Array): number {
		let at = 0;
		while (at < chunk.length && this.#prefaceAt < PREFACE.length) {
			if (chunk[at] !== PREFACE[this.#prefaceAt]) {
				throw new H2ConnectionError(H2_ERROR.protocol, 'bad connection preface');
			}
			at += 1;
			this.#prefaceAt += 1;
		}
		return at;
	}

	/** Where in the chunk the next frame begins. */
	#finishPartial(chunk: Uint8Array, sink: FrameSink): number {
		let at = this.#fill(chunk, 0, FRAME_HEAD_BYTES);
		if (this.#have < FRAME_HEAD_BYTES) {
			return at;
		}
		const size = FRAME_HEAD_BYTES + lengthOf(this.#partial, 0);
		if (this.#partial.length < size) {
			const grown = new Uint8Array(size);
			grown.set(this.#partial);
			this.#partial = grown;
		}
		at = this.#fill(chunk, at, size);
		if (this.#have < size) {
			return at;
		}
		const whole = this.#partial;
		this.#partial = EMPTY_BYTES;
		this.#have = 0;
		this.#deliver(whole, 0, size, sink);
		return at;
	}

	/** Takes from the chunk until so many bytes of the frame are there, or the chunk is used up. */
	#fill(chunk: Uint8Array, at: number, wanted: number): number {
		const count = Math.min(Math.max(wanted - this.#have, 0), chunk.length - at);
		this.#partial.set(chunk.subarray(at, at + count), this.#have);
		this.#have += count;
		return at + count;
	}

	#keep(chunk: Uint8Array, at: number): void {
		const rest = chunk.length - at;
		this.#partial = new Uint8Array(rest < FRAME_HEAD_BYTES ? FRAME_HEAD_BYTES : FRAME_HEAD_BYTES + lengthOf(chunk, at));
		this.#partial.set(chunk.subarray(at));
		this.#have = rest;
	}

	#deliver(bytes: Uint8Array, at: number, end: number, sink: FrameSink): void {
		const head = this.#head;
		head.type = bytes[at + 3] as number;
		head.flags = bytes[at + 4] as number;
		head.streamId = readUint31(bytes, at + 5);
		sink.frame(head, bytes, at + FRAME_HEAD_BYTES, end);
	}
}

/** Of the frame whose head is here; refused by its head alone if it is larger than what we said that we take. */
function lengthOf(bytes: Uint8Array, at: number): number {
	const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
	if (length > FRAME_BYTES_MAX) {
		throw new H2ConnectionError(H2_ERROR.frameSize, `a frame of ${length} bytes, of at most ${FRAME_BYTES_MAX}`);
	}
	return length;
}
