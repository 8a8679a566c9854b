/** Leases by the tick at which something is due of them, the earliest first: a binary heap in which each lease knows its place. Used by lease-schedule.ts. */
import { assert } from '../base/assert.ts';

export interface HeapItem {
	/** Tick. Written by the heap alone, as `at`. */
	due: number;
	/** Position in the heap, or NOWHERE. */
	at: number;
}

export const NOWHERE = -1;

export class LeaseHeap<T extends HeapItem> {
	readonly #items: T[] = [];

	get size(): number {
		return this.#items.length;
	}

	peek(): T | null {
		return this.#items[0] ?? null;
	}

	/** Puts it in at this tick, or moves it there. */
	place(item: T, due: number): void {
		item.due = due;
		if (item.at === NOWHERE) {
			item.at = this.#items.length;
			this.#items.push(item);
		}
		assert(this.#items[item.at] === item, () => `an item of another heap, or not at its place ${item.at}`);
		this.#rise(item);
		this.#sink(item);
	}

	remove(item: T): void {
		const { at } = item;
		if (at === NOWHERE) {
			return;
		}
		assert(this.#items[at] === item, () => `an item of another heap, or not at its place ${at}`);
		item.at = NOWHERE;
		const last = this.#items.pop() as T;
		if (last !== item) {
			this.#put(last, at);
			this.#rise(last);
			this.#sink(last);
		}
	}

	#rise(item: T): void {
		while (item.at > 0) {
			const parent = this.#items[(item.at - 1) >>> 1] as T;
			if (parent.due <= item.due) {
				return;
			}
			this.#swap(item, parent);
		}
	}

	#sink(item: T): void {
		for (;;) {
			const left = this.#items[2 * item.at + 1];
			const right = this.#items[2 * item.at + 2];
			const least = left !== undefined && right !== undefined && right.due < left.due ? right : left;
			if (least === undefined || item.due <= least.due) {
				return;
			}
			this.#swap(item, least);
		}
	}

	#swap(a: T, b: T): void {
		const { at } = a;
		this.#put(a, b.at);
		this.#put(b, at);
	}

	#put(item: T, at: number): void {
		this.#items[at] = item;
		item.at = at;
	}
}
