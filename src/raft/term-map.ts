/** The term of every entry that the log keeps, run-length encoded: a few numbers for millions of entries. */
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import type { EntryId } from './state.ts';

export class TermMap {
	/** Run i holds indexes starts[i] up to starts[i + 1] - 1, the last one up to last. Invariant: both ascend strictly. */
	#starts: Index[] = [];
	#terms: Term[] = [];
	#before: EntryId;
	#last: Index;

	constructor(before: EntryId, runs: readonly EntryId[], last: Index) {
		this.#before = before;
		this.#last = before.index;
		for (const run of runs) {
			assert(run.index > this.#last || this.#starts.length === 0, () => `term run at ${run.index} out of order`);
			assert(this.#starts.length > 0 || run.index === before.index + 1, () => `first term run at ${run.index}, log from ${before.index + 1}`);
			this.#last = (run.index - 1) as Index;
			this.append(run.term);
		}
		assert(runs.length > 0 ? last >= this.#last : last === before.index, () => `term runs end beyond ${last}`);
		this.#last = last;
	}

	/** The entry before the first one kept: its term is known too. */
	get before(): EntryId {
		return this.#before;
	}

	get last(): Index {
		return this.#last;
	}

	get lastTerm(): Term {
		return this.#terms.length === 0 ? this.#before.term : (this.#terms[this.#terms.length - 1] as Term);
	}

	/** The next entry has this term. */
	append(term: Term): void {
		assert(term >= this.lastTerm, () => `term ${term} after ${this.lastTerm}: terms never fall along a log`);
		this.#last = (this.#last + 1) as Index;
		if (this.#terms.length === 0 || term !== this.lastTerm) {
			this.#starts.push(this.#last);
			this.#terms.push(term);
		}
	}

	/** Null below `before` and beyond the last entry. */
	termAt(index: Index): Term | null {
		if (index > this.#last || index < this.#before.index) {
			return null;
		}
		if (index === this.#before.index) {
			return this.#before.term;
		}
		return this.#terms[this.#runOf(index)] as Term;
	}

	/** Forgets entries from index on. */
	truncateFrom(index: Index): void {
		assert(index > this.#before.index && index <= this.#last, () => `truncation at ${index} outside (${this.#before.index}, ${this.#last}]`);
		while (this.#starts.length > 0 && (this.#starts[this.#starts.length - 1] as Index) >= index) {
			this.#starts.pop();
			this.#terms.pop();
		}
		this.#last = (index - 1) as Index;
	}

	/** Forgets entries up to and including index, but for the term of that one. */
	compactTo(index: Index): void {
		assert(index >= this.#before.index && index <= this.#last, () => `compaction to ${index} outside [${this.#before.index}, ${this.#last}]`);
		if (index === this.#before.index) {
			return;
		}
		const run = this.#runOf(index);
		this.#before = { index, term: this.#terms[run] as Term };
		this.#starts = this.#starts.slice(run);
		this.#terms = this.#terms.slice(run);
		if (index === this.#last || this.#starts[1] === index + 1) {
			this.#starts.shift();
			this.#terms.shift();
		} else {
			this.#starts[0] = (index + 1) as Index;
		}
	}

	/** An empty log after this point. */
	reset(to: EntryId): void {
		this.#starts = [];
		this.#terms = [];
		this.#before = to;
		this.#last = to.index;
	}

	/**
	 * The greatest entry at or below index whose term is at most term: where two logs may still agree. Skips a whole term a step, as a probe
	 * should (raft paper 5.3, at the end). Term 0 when it lies below what this log knows.
	 */
	findConflictByTerm(index: Index, term: Term): EntryId {
		if (index < this.#before.index) {
			return { index, term: 0 as Term };
		}
		let at = Math.min(index, this.#last) as Index;
		while (at > this.#before.index) {
			const run = this.#runOf(at);
			if ((this.#terms[run] as Term) <= term) {
				return { index: at, term: this.#terms[run] as Term };
			}
			at = ((this.#starts[run] as Index) - 1) as Index;
		}
		if (this.#before.term <= term) {
			return this.#before;
		}
		return { index: Math.max(0, this.#before.index - 1) as Index, term: 0 as Term };
	}

	#runOf(index: Index): number {
		// Nearly every question is about the newest run.
		let hi = this.#starts.length - 1;
		if ((this.#starts[hi] as Index) <= index) {
			return hi;
		}
		let lo = 0;
		while (lo < hi) {
			const middle = (lo + hi + 1) >> 1;
			if ((this.#starts[middle] as Index) <= index) {
				lo = middle;
			} else {
				hi = middle - 1;
			}
		}
		return lo;
	}
}
