/**
 * The answer to one call on its way out: the messages that wait for the caller's windows, then the trailers. It frames as much as fits;
 * when and how much is up to h2-outbox.ts. Made by h2-call.ts.
 */
import { assert } from '../base/assert.ts';
import type { FrameWriter } from '../h2/frame-writer.ts';
import { FLAG, FRAME, FRAME_BYTES_MAX } from '../h2/frames.ts';
import type { ResponseEncoder } from '../h2/response-encoder.ts';
import { encodeGrpcMessage } from './grpc-headers.ts';

const PREFIX_BYTES = 5;
const NONE: Uint8Array[] = [];
/** Messages that have gone are let go in portions: one by one would be quadratic. */
const GONE_MAX = 64;

/** How an answer ends. */
export interface ResponseEnd {
	/** Other than 200 only if there is no message. */
	readonly httpStatus: number;
	readonly status: number;
	readonly message: string;
}

const OK_END: ResponseEnd = { httpStatus: 200, status: 0, message: '' };

/** What an answer is written to, and what the connection lets it write. */
export interface ResponseLink {
	readonly writer: FrameWriter;
	readonly encoder: ResponseEncoder;
	/** What the connection's window still takes; the response takes its part off. */
	window: number;
}

export class H2Response {
	readonly streamId: number;
	/** What the caller's window of this stream takes; below 0 after it was made smaller. */
	window: number;
	/** Frames wait in the outbox for their turn. */
	isQueued = false;
	#isHeadSent = false;
	#isFinished = false;
	#end: ResponseEnd | null = null;
	/** Messages that are not all out: the first, begun at #at of its prefix and bytes, and the others. */
	#first: Uint8Array | null = null;
	#at = 0;
	#others = NONE;
	/** Other than 0: what waits are parts of one message of so many bytes. */
	#wholeBytes = 0;
	/** Of #others, those before it have gone. */
	#next = 0;
	#bytes = 0;

	constructor(streamId: number, window: number) {
		this.streamId = streamId;
		this.window = window;
	}

	/** Bytes that wait, prefixes included. */
	get bytes(): number {
		return this.#bytes;
	}

	/** All is framed, END_STREAM included. */
	get isFinished(): boolean {
		return this.#isFinished;
	}

	/** The message's bytes are taken over. */
	push(message: Uint8Array): void {
		assert(this.#wholeBytes === 0, 'one message and no other has parts');
		this.#append(message);
		this.#bytes += PREFIX_BYTES + message.length;
	}

	/** The next part of the only message, which has so many bytes in all. The part is taken over. */
	pushPart(part: Uint8Array, wholeBytes: number): void {
		assert(part.length > 0 && part.length <= wholeBytes, () => `a part of ${part.length} bytes of ${wholeBytes}`);
		const isFirst = this.#wholeBytes === 0;
		this.#wholeBytes = wholeBytes;
		this.#append(part);
		this.#bytes += part.length + (isFirst ? PREFIX_BYTES : 0);
	}

	/** After the messages; null: all went well. */
	finish(end: ResponseEnd | null): void {
		assert(this.#end === null, 'an answer ends once');
		this.#end = end ?? OK_END;
	}

	/** Frames the head if it has not gone, one DATA frame if the windows let it, and the trailers if they are next. */
	write(link: ResponseLink): void {
		assert(!this.#isFinished, 'nothing follows the trailers');
		const { writer, encoder } = link;
		if (!this.#isHeadSent) {
			this.#isHeadSent = true;
			if (this.#bytes === 0 && this.#end !== null) {
				this.#writeEnd(writer, encoder.trailersOnly(this.#end.httpStatus, this.#end.status, encodeGrpcMessage(this.#end.message)));
				return;
			}
			const block = encoder.head();
			writer.head(FRAME.headers, FLAG.endHeaders, this.streamId, block.length);
			writer.bytes(block);
		}
		const count = Math.min(this.#bytes, this.window, link.window, FRAME_BYTES_MAX);
		if (count > 0) {
			writer.head(FRAME.data, 0, this.streamId, count);
			this.#writeBytes(writer, count);
			this.window -= count;
			link.window -= count;
		}
		if (this.#bytes === 0 && this.#end !== null) {
			const { status, message } = this.#end;
			this.#writeEnd(writer, this.#end === OK_END ? encoder.okTrailers() : encoder.trailers(status, encodeGrpcMessage(message)));
		}
	}

	/** Gives up what waits: the stream is gone. */
	drop(): void {
		this.#first = null;
		this.#others = NONE;
		this.#next = 0;
		this.#bytes = 0;
		this.#isFinished = true;
	}

	#append(bytes: Uint8Array): void {
		assert(this.#end === null, 'no message after the end');
		if (this.#first === null) {
			this.#first = bytes;
		} else if (this.#others === NONE) {
			this.#others = [bytes];
		} else {
			this.#others.push(bytes);
		}
	}

	#writeEnd(writer: FrameWriter, block: Uint8Array): void {
		writer.head(FRAME.headers, FLAG.endHeaders | FLAG.endStream, this.streamId, block.length);
		writer.bytes(block);
		this.#isFinished = true;
	}

	#lengthOf(message: Uint8Array): number {
		return this.#wholeBytes === 0 ? message.length : this.#wholeBytes;
	}

	#takeNext(): Uint8Array | null {
		if (this.#next === this.#others.length) {
			this.#others = NONE;
			this.#next = 0;
			return null;
		}
		const message = this.#others[this.#next] ?? null;
		this.#next += 1;
		if (this.#next >= GONE_MAX && 2 * this.#next >= this.#others.length) {
			this.#others = this.#others.slice(this.#next);
			this.#next = 0;
		}
		return message;
	}

	/** The next count bytes of prefixes and messages. */
	#writeBytes(writer: FrameWriter, count: number): void {
		let left = count;
		while (left > 0 && this.#first !== null) {
			const message = this.#first;
			if (this.#at === 0 && left >= PREFIX_BYTES) {
				writer.uint8(0);
				writer.uint32(this.#lengthOf(message));
				this.#at = PREFIX_BYTES;
				left -= PREFIX_BYTES;
			}
			for (; this.#at < PREFIX_BYTES && left > 0; left--) {
				writer.uint8(this.#at === 0 ? 0 : this.#lengthOf(message) >>> (8 * (PREFIX_BYTES - 1 - this.#at)));
				this.#at += 1;
			}
			const lo = this.#at - PREFIX_BYTES;
			const part = Math.min(left, message.length - lo);
			if (part > 0) {
				writer.bytes(message, lo, lo + part);
				this.#at += part;
				left -= part;
			}
			if (this.#at === PREFIX_BYTES + message.length) {
				this.#first = this.#takeNext();
				// Only the first part of a message has a prefix.
				this.#at = this.#wholeBytes === 0 ? 0 : PREFIX_BYTES;
			}
		}
		this.#bytes -= count;
		assert(left === 0 && this.#bytes >= 0, 'no more is framed than waits');
	}
}
