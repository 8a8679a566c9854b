/**
 * Cuts the bytes of one gRPC call into messages: each is a flag byte, a length of four bytes, and so many bytes. Nothing is allocated on
 * the word of a length alone: memory grows with what has arrived. Used by h2-call.ts.
 */
import { EMPTY_BYTES } from '../base/bytes.ts';
import { GRPC } from '../base/codes.ts';
import { readUint32 } from '../h2/frames.ts';

const PREFIX_BYTES = 5;

export interface ReadProblem {
	readonly status: number;
	readonly message: string;
}

/** The one message that bytes[lo, hi) are, or null if they are anything else. */
export function wholeMessage(bytes: Uint8Array, lo: number, hi: number): Uint8Array | null {
	const isWhole = hi - lo >= PREFIX_BYTES && bytes[lo] === 0 && readUint32(bytes, lo + 1) === hi - lo - PREFIX_BYTES;
	return isWhole ? bytes.subarray(lo + PREFIX_BYTES, hi) : null;
}

export class GrpcMessageReader {
	readonly #messageBytesMax: number;
	#bytes: Uint8Array = EMPTY_BYTES;
	#lo = 0;
	#hi = 0;
	/** Whether #bytes is ours to append to: the first piece of a message is not copied. */
	#owned = false;

	constructor(messageBytesMax: number) {
		this.#messageBytesMax = messageBytesMax;
	}

	/** Bytes held that belong to no message yet. */
	get buffered(): number {
		return this.#hi - this.#lo;
	}

	push(piece: Uint8Array): void {
		if (this.#lo === this.#hi) {
			this.#bytes = piece;
			this.#lo = 0;
			this.#hi = piece.length;
			this.#owned = false;
			return;
		}
		if (!this.#owned || this.#hi + piece.length > this.#bytes.length) {
			this.#grow(piece.length);
		}
		this.#bytes.set(piece, this.#hi);
		this.#hi += piece.length;
	}

	/** The next whole message, null until there is one, or what is wrong with it. Bytes given out are never written again. */
	take(): Uint8Array | ReadProblem | null {
		if (this.buffered < PREFIX_BYTES) {
			return null;
		}
		const at = this.#lo;
		const bytes = this.#bytes;
		const length = readUint32(bytes, at + 1);
		const problem = this.#check(bytes[at] as number, length);
		if (problem !== null) {
			return problem;
		}
		if (this.buffered < PREFIX_BYTES + length) {
			return null;
		}
		this.#lo = at + PREFIX_BYTES + length;
		return bytes.subarray(at + PREFIX_BYTES, this.#lo);
	}

	/** In the words of grpc-go, which clients of etcd know. */
	#check(flag: number, length: number): ReadProblem | null {
		if (flag === 1) {
			return { status: GRPC.internal, message: 'grpc: compressed flag set with identity or empty encoding' };
		}
		if (flag !== 0) {
			return { status: GRPC.internal, message: `grpc: received unexpected payload format ${flag}` };
		}
		if (length > this.#messageBytesMax) {
			return { status: GRPC.resourceExhausted, message: `grpc: received message larger than max (${length} vs. ${this.#messageBytesMax})` };
		}
		return null;
	}

	/** Doubling keeps the copying of a message that comes in crumbs linear. */
	#grow(more: number): void {
		const have = this.buffered;
		const grown = new Uint8Array(Math.max(have + more, 2 * have));
		grown.set(this.#bytes.subarray(this.#lo, this.#hi));
		this.#bytes = grown;
		this.#lo = 0;
		this.#hi = have;
		this.#owned = true;
	}
}
