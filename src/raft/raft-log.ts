/**
 * The log as the core sees it: the newest entries, the terms of all, and four marks upon it.
 *
 *   before ... applied <= handed <= min(commit, persisted) ... last        (Invariant, checked in invariants.ts)
 *
 * Commit may run ahead of persisted: a quorum of others suffices. Neither bytes nor disks are known here; storage-ledger.ts says what the log
 * actor was told.
 */
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import type { Entry, EntryId, LogSummary } from './state.ts';
import { Tail } from './tail.ts';
import { TermMap } from './term-map.ts';

export class RaftLog {
	readonly #terms: TermMap;
	readonly #tail: Tail;
	#commit: Index;
	#persisted: Index;
	#handed: Index;
	#applied: Index;

	constructor(summary: LogSummary, applied: Index) {
		this.#terms = new TermMap(summary.before, summary.terms, summary.last);
		this.#tail = new Tail(summary.last);
		this.#commit = Math.max(summary.hardState.commit, applied) as Index;
		this.#persisted = summary.last;
		this.#handed = applied;
		this.#applied = applied;
	}

	get before(): EntryId {
		return this.#terms.before;
	}

	get last(): Index {
		return this.#terms.last;
	}

	get lastTerm(): Term {
		return this.#terms.lastTerm;
	}

	get commit(): Index {
		return this.#commit;
	}

	/** Everything up to here survives any crash from now on. */
	get persisted(): Index {
		return this.#persisted;
	}

	/** Given to the store, in this boot or before. */
	get handed(): Index {
		return this.#handed;
	}

	get applied(): Index {
		return this.#applied;
	}

	/** The oldest entry that is in memory. */
	get memoryFirst(): Index {
		return this.#tail.first;
	}

	termAt(index: Index): Term | null {
		return this.#terms.termAt(index);
	}

	matches(index: Index, term: Term): boolean {
		return this.#terms.termAt(index) === term;
	}

	/** A voter gives its vote only to a log at least as long as its own (thesis 3.6.1). */
	isUpToDate(lastIndex: Index, lastTerm: Term): boolean {
		return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.last);
	}

	findConflictByTerm(index: Index, term: Term): EntryId {
		return this.#terms.findConflictByTerm(index, term);
	}

	append(entry: Entry): void {
		this.#terms.append(entry.term);
		this.#tail.append(entry);
	}

	/** Drops a suffix that a leader contradicts. What is committed never goes. */
	truncateFrom(index: Index): void {
		assert(index > this.#commit, () => `truncation at ${index} would drop committed entries up to ${this.#commit}`);
		this.#terms.truncateFrom(index);
		this.#tail.truncateFrom(index);
		this.#persisted = Math.min(this.#persisted, index - 1) as Index;
	}

	commitTo(index: Index): void {
		assert(index >= this.#commit && index <= this.last, () => `commit ${index} outside [${this.#commit}, ${this.last}]`);
		this.#commit = index;
	}

	persistedTo(index: Index): void {
		assert(index <= this.last, () => `persisted ${index} beyond the last entry ${this.last}`);
		this.#persisted = Math.max(this.#persisted, index) as Index;
	}

	handedTo(index: Index): void {
		assert(
			index > this.#handed && index <= this.#commit,
			() => `entries up to ${index} handed to the store outside (${this.#handed}, ${this.#commit}]`,
		);
		assert(index <= this.#persisted, () => `entry ${index} handed to the store before it was persisted (${this.#persisted})`);
		this.#handed = index;
	}

	appliedTo(index: Index): void {
		assert(index >= this.#applied && index <= this.#handed, () => `applied ${index} outside [${this.#applied}, ${this.#handed}]`);
		this.#applied = index;
	}

	/** Entries [lo, hi), bounded, at least one; null if the first is not in memory. */
	slice(lo: Index, hi: Index, bytesMax: number): readonly Entry[] | null {
		return lo < this.#tail.first ? null : this.#tail.slice(lo, hi, bytesMax);
	}

	/** Keeps memory bounded. What is not persisted stays, since it is nowhere else. */
	evict(bytesMax: number): void {
		if (this.#tail.bytes > bytesMax) {
			this.#tail.evict(bytesMax, this.#persisted);
		}
	}

	compactTo(index: Index): void {
		assert(index <= this.#applied, () => `compaction to ${index} beyond the applied index ${this.#applied}`);
		this.#terms.compactTo(index);
	}

	/** A snapshot takes the place of everything: the store has it durably, and the log's mark names it. */
	reset(to: EntryId): void {
		assert(to.index > this.#commit, () => `a snapshot at ${to.index} is not beyond the commit index ${this.#commit}`);
		this.#terms.reset(to);
		this.#tail.reset(to.index);
		this.#commit = to.index;
		this.#persisted = to.index;
		this.#handed = to.index;
		this.#applied = to.index;
	}
}
