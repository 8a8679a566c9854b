/**
 * What one simulated member has on its disk: a log that takes batches in order, and a store whose commits are durable only from checkpoint to
 * checkpoint. A crash keeps any prefix of the batches under way and takes the store back to its last checkpoint.
 */
import { AssertionError, assert } from '../../../../src/base/assert.ts';
import { type Index, NOBODY, type Term } from '../../../../src/base/brand.ts';
import type { BootState } from '../../../../src/raft/boot.ts';
import type { PersistBatch } from '../../../../src/raft/output.ts';
import type { Entry, EntryId, HardState, LogSummary } from '../../../../src/raft/state.ts';
import { NO_MEMBERSHIP, type Roster } from './changes.ts';

export interface StoreState extends Roster {
	readonly applied: EntryId;
}

const ZERO: EntryId = { index: 0 as Index, term: 0 as Term };

export class Disk {
	hardState: HardState = { term: 0 as Term, vote: NOBODY, commit: 0 as Index };
	before: EntryId = ZERO;
	entries: Entry[] = [];
	mark: EntryId | null = null;
	/** In memory; `durable` is what a crash leaves of it. */
	store: StoreState = { applied: ZERO, membership: NO_MEMBERSHIP, removed: [] };
	durable: StoreState = this.store;

	get last(): Index {
		return (this.before.index + this.entries.length) as Index;
	}

	termAt(index: number): number | null {
		if (index === this.before.index) {
			return this.before.term;
		}
		return this.entries[index - this.before.index - 1]?.term ?? null;
	}

	write(batch: PersistBatch): void {
		if (batch.resetTo !== null) {
			this.before = batch.resetTo;
			this.entries = [];
		}
		if (batch.truncateFrom !== null) {
			this.entries.length = batch.truncateFrom - this.before.index - 1;
		}
		for (const entry of batch.entries) {
			assert(entry.index === this.last + 1, () => `disk: entry ${entry.index} after ${this.last}`);
			this.entries.push(entry);
		}
		this.hardState = batch.hardState;
		this.mark = batch.mark?.index === 0 ? null : (batch.mark ?? this.mark);
	}

	compact(upTo: Index): void {
		const term = this.termAt(upTo);
		assert(term !== null && upTo <= this.durable.applied.index, () => `compaction to ${upTo}, durable is ${this.durable.applied.index}`);
		// log/reconcile.ts refuses a log that begins beyond the commit index that it knows.
		assert(upTo <= this.hardState.commit, () => `compaction to ${upTo}, the log knows ${this.hardState.commit} as committed`);
		this.entries.splice(0, upTo - this.before.index);
		this.before = { index: upTo, term: term as Term };
	}

	read(lo: number, hi: number, countMax: number): readonly Entry[] {
		if (lo <= this.before.index) {
			return [];
		}
		return this.entries.slice(lo - this.before.index - 1, Math.min(hi, lo + countMax) - this.before.index - 1);
	}

	/** What the next process of this member starts from. */
	boot(bootstrap: Uint8Array | null): BootState {
		this.store = this.durable;
		const { applied, membership } = this.store;
		let resetTo: EntryId | null = null;
		if (this.termAt(applied.index) !== applied.term) {
			if (this.mark?.index !== applied.index || this.mark.term !== applied.term) {
				throw new AssertionError(`log lost: it holds (${this.before.index}, ${this.last}], the store has applied ${applied.index}`);
			}
			resetTo = applied;
		}
		const isNew = this.last === 0 && applied.index === 0 && this.hardState.term === 0;
		return {
			log: this.#summary(resetTo),
			applied,
			membership,
			bootstrap: isNew ? bootstrap : null,
			resetTo,
			isMarkStale: resetTo === null && this.mark !== null,
		};
	}

	#summary(resetTo: EntryId | null): LogSummary {
		if (resetTo !== null) {
			return {
				hardState: { ...this.hardState, commit: Math.min(this.hardState.commit, resetTo.index) as Index },
				before: resetTo,
				last: resetTo.index,
				terms: [],
			};
		}
		const terms: EntryId[] = [];
		for (const { index, term } of this.entries) {
			if (terms[terms.length - 1]?.term !== term) {
				terms.push({ index, term });
			}
		}
		return { hardState: this.hardState, before: this.before, last: this.last, terms };
	}
}
