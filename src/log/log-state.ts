/**
 * What a log holds, without its entries: hard state, where it starts and ends, the terms, the mark; and the rules of every change to them.
 * The same for each way to store a log: engine-log-store.ts keeps one beside its trees, journal/journal-log-store.ts one ahead of them.
 */
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import type { EntryId, HardState } from '../raft/state.ts';
import type { LogBatch, LogColumns, LogContents } from './log-store.ts';
import { TermRuns } from './term-runs.ts';

export class LogState {
	readonly #runs = new TermRuns();
	#hardState: HardState;
	#before: EntryId;
	#last: Index;
	#mark: EntryId | null;

	constructor(found: LogContents) {
		for (const run of found.terms) {
			this.#runs.note(run.index, run.term);
		}
		this.#hardState = found.hardState;
		this.#before = found.before;
		this.#last = found.last;
		this.#mark = found.mark;
	}

	get hardState(): HardState {
		return this.#hardState;
	}

	get before(): EntryId {
		return this.#before;
	}

	get last(): Index {
		return this.#last;
	}

	contents(): LogContents {
		return { hardState: this.#hardState, before: this.#before, last: this.#last, terms: this.#runs.list(), mark: this.#mark };
	}

	/** Takes one batch, in the order of its fields; throws for one that breaks a rule, and is of no use after that. */
	take(batch: LogBatch): void {
		if (batch.resetTo !== null) {
			this.#reset(batch.resetTo);
		}
		if (batch.truncateFrom !== null) {
			this.#truncate(batch.truncateFrom);
		}
		this.#append(batch.entries);
		// A snapshot is of applied entries only: the point itself is committed, whatever the batch knew.
		const commit = Math.max(batch.hardState.commit, batch.resetTo?.index ?? 0) as Index;
		this.#advanceHardState({ ...batch.hardState, commit });
		if (batch.mark !== null) {
			this.#mark = batch.mark.index === 0 ? null : batch.mark;
		}
	}

	/** The log begins after upTo; false if it did before. */
	compact(upTo: Index): boolean {
		if (upTo <= this.#before.index) {
			return false;
		}
		assert(upTo <= this.#last, () => `compaction up to ${upTo} of a log that ends at ${this.#last}`);
		this.#moveStart({ index: upTo, term: this.#runs.termAt(upTo) });
		// What is compacted was applied, hence committed: a log never begins beyond the commit index that it knows.
		if (this.#hardState.commit < upTo) {
			this.#hardState = { ...this.#hardState, commit: upTo };
		}
		return true;
	}

	/** The installed snapshot holds everything up to the point. Entries above it conflict with it, and must not follow it. */
	#reset(point: EntryId): void {
		assert(point.index > this.#hardState.commit, () => `reset to ${point.index}, but entry ${this.#hardState.commit} is committed`);
		this.#last = point.index;
		this.#moveStart(point);
		this.#mark = null;
	}

	#truncate(from: Index): void {
		assert(from > this.#hardState.commit, () => `truncation from ${from}, but entry ${this.#hardState.commit} is committed`);
		this.#runs.truncateFrom(from);
		this.#last = Math.min(this.#last, from - 1) as Index;
	}

	#append(entries: LogColumns): void {
		const count = entries.terms.length;
		assert(entries.kinds.length === count && entries.payloads.length === count, 'columns of one length');
		assert(count === 0 || entries.first === this.#last + 1, () => `entry ${entries.first} appended after entry ${this.#last}`);
		assert(
			count === 0 || (entries.terms[0] as Term) >= this.#lastTerm(),
			() => `an entry of term ${entries.terms[0]} after term ${this.#lastTerm()}`,
		);
		for (let i = 0; i < count; i++) {
			this.#runs.note((entries.first + i) as Index, entries.terms[i] as Term);
		}
		this.#last = (this.#last + count) as Index;
	}

	/** Checks what is about to become durable on a path of its own: the core has checked it too. */
	#advanceHardState(next: HardState): void {
		const now = this.#hardState;
		assert(next.term >= now.term, () => `term ${next.term} after term ${now.term}`);
		assert(next.term > now.term || now.vote === 0 || next.vote === now.vote, () => `vote for ${next.vote} after ${now.vote} in term ${now.term}`);
		assert(next.commit >= now.commit, () => `commit index ${next.commit} after ${now.commit}`);
		assert(next.commit <= this.#last, () => `commit index ${next.commit} beyond the last entry ${this.#last}`);
		assert(next.term >= this.#lastTerm(), () => `term ${next.term} with an entry of term ${this.#lastTerm()}`);
		this.#hardState = next;
	}

	#lastTerm(): Term {
		return this.#last === this.#before.index ? this.#before.term : this.#runs.termAt(this.#last);
	}

	/** The log begins after point. */
	#moveStart(point: EntryId): void {
		this.#before = point;
		this.#runs.dropBefore((point.index + 1) as Index, this.#last);
	}
}
