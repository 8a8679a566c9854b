/**
 * Who watches a key: single keys by hash, ranges in a tree. The hub has one of it for the live watchers and one for each sweep through
 * history. Watchers of the same keys share an interest.
 */
import { assert } from '../base/assert.ts';
import type { KeyPlace } from '../mvcc/stored-key-value.ts';
import { Interest } from './interest.ts';
import { equalsText, hashKey, hashText, keyText } from './key-text.ts';
import { RangeTree } from './range-tree.ts';
import type { Watcher, WatchPlaces } from './watcher.ts';

export class WatchIndex implements WatchPlaces {
	/** By hash of the key; those that share one are linked. */
	readonly #singles = new Map<number, Interest>();
	readonly #ranges = new RangeTree<Interest>();
	#size = 0;

	/** Watchers. */
	get size(): number {
		return this.#size;
	}

	add(watcher: Watcher): void {
		const { keys } = watcher;
		const interest = keys.single ? this.#findSingle(keys.lo) : this.#ranges.find(keys.lo, keys.hi);
		if (interest !== null) {
			interest.add(watcher);
		} else if (keys.single) {
			this.#addSingle(new Interest(this, watcher));
		} else {
			this.#ranges.add(new Interest(this, watcher));
		}
		this.#size++;
	}

	remove(watcher: Watcher): void {
		const { interest } = watcher;
		assert(interest instanceof Interest && interest.index === this, 'a watcher is removed from an index that it is not in');
		interest.remove(watcher);
		this.#size--;
		if (interest.watchers.length > 0) {
			return;
		}
		if (interest.keys.single) {
			this.#removeSingle(interest);
		} else {
			this.#ranges.remove(interest);
		}
	}

	/** Every interest in the key. The index may not be changed meanwhile. */
	match(key: KeyPlace, visit: (interest: Interest) => void): void {
		let single = this.#singles.get(hashKey(key.bytes, key.lo, key.hi)) ?? null;
		for (; single !== null; single = single.collision) {
			if (equalsText(single.lo, key.bytes, key.lo, key.hi)) {
				visit(single);
				break;
			}
		}
		if (!this.#ranges.isEmpty) {
			// A search compares the key with many ends, which is faster text with text.
			this.#ranges.stab(keyText(key.bytes.subarray(key.lo, key.hi)), visit);
		}
	}

	watchers(): Watcher[] {
		const all: Watcher[] = [];
		const gather = (interest: Interest): void => {
			for (const watcher of interest.watchers) {
				all.push(watcher);
			}
		};
		for (const first of this.#singles.values()) {
			for (let single: Interest | null = first; single !== null; single = single.collision) {
				gather(single);
			}
		}
		this.#ranges.each(gather);
		return all;
	}

	#findSingle(key: string): Interest | null {
		let single = this.#singles.get(hashText(key)) ?? null;
		while (single !== null && single.lo !== key) {
			single = single.collision;
		}
		return single;
	}

	#addSingle(interest: Interest): void {
		const hash = hashText(interest.lo);
		interest.collision = this.#singles.get(hash) ?? null;
		this.#singles.set(hash, interest);
	}

	#removeSingle(interest: Interest): void {
		const hash = hashText(interest.lo);
		const first = this.#singles.get(hash) ?? null;
		if (first === interest) {
			if (interest.collision === null) {
				this.#singles.delete(hash);
			} else {
				this.#singles.set(hash, interest.collision);
			}
			return;
		}
		let before = first;
		while (before !== null && before.collision !== interest) {
			before = before.collision;
		}
		assert(before !== null, 'an interest is not under its hash');
		before.collision = interest.collision;
	}
}
