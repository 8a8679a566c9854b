/**
 * Frames that wait for one connection: bounded by bytes, the oldest dropped, since raft sends again.
 * At most one replaceable frame waits: a newer one takes its place. Used by peer-link.ts.
 */
import { assert } from '../base/assert.ts';

interface QueuedFrame {
	/** Header and body, together or apart. */
	parts: readonly Uint8Array[];
	size: number;
}

export class PeerQueue {
	readonly #bytesMax: number;
	#frames: QueuedFrame[] = [];
	/** Frames before this one are gone; the array is cut when half of it is. */
	#head = 0;
	#bytes = 0;
	#replaceable: QueuedFrame | null = null;

	constructor(bytesMax: number) {
		assert(bytesMax > 0, 'a queue needs room');
		this.#bytesMax = bytesMax;
	}

	get length(): number {
		return this.#frames.length - this.#head;
	}

	get bytes(): number {
		return this.#bytes;
	}

	/** How many of the oldest frames had to go. One frame is always kept, however large. */
	push(parts: readonly Uint8Array[], replaceable: boolean): number {
		const size = parts.reduce((sum, part) => sum + part.length, 0);
		this.#bytes += size;
		if (replaceable && this.#replaceable !== null) {
			this.#bytes -= this.#replaceable.size;
			this.#replaceable.parts = parts;
			this.#replaceable.size = size;
		} else {
			const frame: QueuedFrame = { parts, size };
			this.#frames.push(frame);
			if (replaceable) {
				this.#replaceable = frame;
			}
		}
		let dropped = 0;
		while (this.#bytes > this.#bytesMax && this.length > 1) {
			this.#shift();
			dropped += 1;
		}
		return dropped;
	}

	/** The parts of the oldest frames, in order: at least one frame, and no more than bytesMax beyond it. */
	take(bytesMax: number): Uint8Array[] {
		const taken: Uint8Array[] = [];
		let bytes = 0;
		while (this.length > 0) {
			const next = this.#frames[this.#head];
			assert(next !== undefined, 'the queue lost count');
			if (taken.length > 0 && bytes + next.size > bytesMax) {
				break;
			}
			bytes += next.size;
			this.#shift();
			taken.push(...next.parts);
		}
		return taken;
	}

	#shift(): void {
		const frame = this.#frames[this.#head];
		assert(frame !== undefined, 'shift of an empty queue');
		this.#head += 1;
		this.#bytes -= frame.size;
		if (frame === this.#replaceable) {
			this.#replaceable = null;
		}
		if (this.#head * 2 >= this.#frames.length) {
			this.#frames = this.#frames.slice(this.#head);
			this.#head = 0;
		}
		assert(this.#bytes >= 0, 'the queue lost bytes');
	}
}
