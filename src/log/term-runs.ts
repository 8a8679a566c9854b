/**
 * Which term each entry has, without an entry's worth of memory: runs of equal terms, each from its index to the next run.
 * A log has as many runs as it saw leaders, so appending and looking up are cheap whatever its length. Used by the log store and its recovery.
 */
import { assert, must } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import type { EntryId } from '../raft/state.ts';

export class TermRuns {
	readonly #indexes: Index[] = [];
	readonly #terms: Term[] = [];

	/** Entries are noted in order, one after the other. Invariant: terms never fall along the log. */
	note(index: Index, term: Term): void {
		const count = this.#terms.length;
		if (count > 0) {
			const last = this.#terms[count - 1] as Term;
			assert(term >= last, () => `term ${term} of entry ${index} after term ${last}`);
			if (term === last) {
				return;
			}
		}
		this.#indexes.push(index);
		this.#terms.push(term);
	}

	/** Forgets entries from index on. */
	truncateFrom(index: Index): void {
		while (this.#indexes.length > 0 && (this.#indexes[this.#indexes.length - 1] as Index) >= index) {
			this.#indexes.pop();
			this.#terms.pop();
		}
	}

	/** Forgets entries before index; the run that index is in begins there. last: of the log, which may be index - 1. */
	dropBefore(index: Index, last: Index): void {
		if (last < index) {
			this.truncateFrom(0 as Index);
			return;
		}
		const at = this.#runOf(index);
		this.#indexes.splice(0, at);
		this.#terms.splice(0, at);
		this.#indexes[0] = index;
	}

	/** The term of an entry of the log; the caller knows that it is in it. */
	termAt(index: Index): Term {
		return must(this.#terms[this.#runOf(index)], `run of entry ${index}`);
	}

	list(): readonly EntryId[] {
		return this.#indexes.map((index, i) => ({ index, term: must(this.#terms[i], 'a run has a term') }));
	}

	/** The run that an index is in: the last one that begins at or before it. */
	#runOf(index: Index): number {
		let lo = 0;
		let hi = this.#indexes.length;
		assert(hi > 0 && (this.#indexes[0] as Index) <= index, () => `entry ${index} is before the first run`);
		while (hi - lo > 1) {
			const middle = (lo + hi) >>> 1;
			if ((this.#indexes[middle] as Index) <= index) {
				lo = middle;
			} else {
				hi = middle;
			}
		}
		return lo;
	}
}
