/**
 * The newest entries of the log, in memory: what followers and the store usually want next. A ring: entry i lies in slot i modulo its size,
 * so that nothing is moved when old entries go. What is not here is fetched from the log.
 */
import { assert } from '../base/assert.ts';
import type { Index } from '../base/brand.ts';
import type { Entry } from './state.ts';

/** What an entry costs beside its data: object, view, ring slot. Keeps a flood of empty entries within the bound as well. */
const ENTRY_OVERHEAD_BYTES = 64;
const SLOTS_MIN = 1_024;

export function entryBytes(entry: Entry): number {
	return entry.data.length + ENTRY_OVERHEAD_BYTES;
}

export class Tail {
	#slots: (Entry | null)[] = new Array<Entry | null>(SLOTS_MIN).fill(null);
	#first: Index;
	#last: Index;
	#bytes = 0;

	constructor(after: Index) {
		this.#first = (after + 1) as Index;
		this.#last = after;
	}

	/** The oldest entry held; last + 1 when there is none. */
	get first(): Index {
		return this.#first;
	}

	get last(): Index {
		return this.#last;
	}

	get bytes(): number {
		return this.#bytes;
	}

	append(entry: Entry): void {
		assert(entry.index === this.#last + 1, () => `entry ${entry.index} after ${this.#last}: a gap in the log`);
		if (this.#last - this.#first + 1 === this.#slots.length) {
			this.#grow();
		}
		this.#slots[entry.index & (this.#slots.length - 1)] = entry;
		this.#last = entry.index;
		this.#bytes += entryBytes(entry);
	}

	/** Entries [lo, hi) up to bytesMax of data, but at least one. */
	slice(lo: Index, hi: Index, bytesMax: number): readonly Entry[] {
		assert(lo >= this.#first && lo < hi && hi <= this.#last + 1, () => `slice [${lo}, ${hi}) outside the tail [${this.#first}, ${this.#last}]`);
		const entries: Entry[] = [];
		let bytes = 0;
		for (let index = lo; index < hi; index = (index + 1) as Index) {
			const entry = this.#slots[this.#slotOf(index)] as Entry;
			bytes += entry.data.length;
			if (bytes > bytesMax && entries.length > 0) {
				break;
			}
			entries.push(entry);
		}
		return entries;
	}

	/** Drops entries from index on. */
	truncateFrom(index: Index): void {
		while (this.#last >= index && this.#last >= this.#first) {
			this.#drop(this.#last);
			this.#last = (this.#last - 1) as Index;
		}
		if (this.#last >= index) {
			// All that was held is gone, and the log ends even earlier.
			this.#last = (index - 1) as Index;
			this.#first = index;
		}
	}

	/** Drops the oldest entries until the rest weighs at most bytesMax, but none beyond upTo. */
	evict(bytesMax: number, upTo: Index): void {
		while (this.#bytes > bytesMax && this.#first <= upTo && this.#first <= this.#last) {
			this.#drop(this.#first);
			this.#first = (this.#first + 1) as Index;
		}
	}

	reset(after: Index): void {
		this.#slots = new Array<Entry | null>(SLOTS_MIN).fill(null);
		this.#first = (after + 1) as Index;
		this.#last = after;
		this.#bytes = 0;
	}

	#drop(index: Index): void {
		const slot = this.#slotOf(index);
		this.#bytes -= entryBytes(this.#slots[slot] as Entry);
		this.#slots[slot] = null;
	}

	/** The size is a power of two; indexes beyond 2^31 wrap in the mask as they should. */
	#slotOf(index: Index): number {
		return index & (this.#slots.length - 1);
	}

	#grow(): void {
		const slots = new Array<Entry | null>(this.#slots.length * 2).fill(null);
		for (let index = this.#first; index <= this.#last; index = (index + 1) as Index) {
			slots[index & (slots.length - 1)] = this.#slots[this.#slotOf(index)] as Entry;
		}
		this.#slots = slots;
	}
}
