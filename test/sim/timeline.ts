/** Virtual time, in microseconds: what is to happen, in order. Two things at one time happen in the order in which they were planned. */
import { assert } from '../../src/base/assert.ts';

interface Planned {
	readonly time: number;
	readonly order: number;
	readonly work: () => void;
}

export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;

export class Timeline {
	now = 0;
	#order = 0;
	/** A binary heap, the soonest first. */
	readonly #heap: Planned[] = [];

	at(time: number, work: () => void): void {
		assert(time >= this.now, () => `planned for ${time}, it is ${this.now}`);
		this.#order++;
		this.#push({ time, order: this.#order, work });
	}

	after(delay: number, work: () => void): void {
		this.at(this.now + delay, work);
	}

	/** Everything up to and including this time, or until stop says so. */
	runUntil(time: number, stop: () => boolean): void {
		for (let next = this.#heap[0]; next !== undefined && next.time <= time && !stop(); next = this.#heap[0]) {
			this.#shift();
			this.now = next.time;
			next.work();
		}
		if (!stop()) {
			this.now = time;
		}
	}

	#push(planned: Planned): void {
		const heap = this.#heap;
		let at = heap.length;
		heap.push(planned);
		while (at > 0) {
			const parent = (at - 1) >> 1;
			const above = heap[parent] as Planned;
			if (isSooner(above, planned)) {
				break;
			}
			heap[at] = above;
			at = parent;
		}
		heap[at] = planned;
	}

	#shift(): void {
		const heap = this.#heap;
		const last = heap.pop() as Planned;
		if (heap.length === 0) {
			return;
		}
		let at = 0;
		for (let child = 1; child < heap.length; child = 2 * at + 1) {
			const right = heap[child + 1];
			if (right !== undefined && isSooner(right, heap[child] as Planned)) {
				child++;
			}
			if (isSooner(last, heap[child] as Planned)) {
				break;
			}
			heap[at] = heap[child] as Planned;
			at = child;
		}
		heap[at] = last;
	}
}

function isSooner(a: Planned, b: Planned): boolean {
	return a.time < b.time || (a.time === b.time && a.order < b.order);
}
