/** A queue with cheap ends: no shifting of a long array at its head. Its bound is its user's. */
export class Fifo<T> {
	#items: T[] = [];
	#head = 0;

	get length(): number {
		return this.#items.length - this.#head;
	}

	push(item: T): void {
		this.#items.push(item);
	}

	/** The oldest, or null. */
	peek(): T | null {
		return this.length === 0 ? null : (this.#items[this.#head] as T);
	}

	/** The newest, or null. */
	peekLast(): T | null {
		return this.length === 0 ? null : (this.#items[this.#items.length - 1] as T);
	}

	shift(): T | null {
		if (this.length === 0) {
			return null;
		}
		const item = this.#items[this.#head] as T;
		this.#head++;
		if (this.#head === this.#items.length) {
			this.#items = [];
			this.#head = 0;
		} else if (this.#head >= 1_024 && this.#head * 2 >= this.#items.length) {
			// Amortised: each item is moved at most once for every one taken.
			this.#items = this.#items.slice(this.#head);
			this.#head = 0;
		}
		return item;
	}

	clear(): void {
		this.#items = [];
		this.#head = 0;
	}

	/** Oldest first. */
	forEach(visit: (item: T) => void): void {
		for (let i = this.#head; i < this.#items.length; i++) {
			visit(this.#items[i] as T);
		}
	}
}
