/**
 * What the log actor was told to write, and what it has confirmed: one numbered batch a turn, flushed in order, confirmed later.
 *
 * The race this guards against (etcd-raft rawnode.go tells it in nine steps): an entry is written, dropped by another leader's entry, and
 * written again, and the first confirmation arrives last. By (index, term) alone it would pass for the third write, while the second is
 * still on its way to the disk. So each batch remembers how far *its* write still holds: a truncation told later lowers it.
 */
import { assert } from '../base/assert.ts';
import type { Index, Slot, Term } from '../base/brand.ts';
import { Fifo } from './fifo.ts';
import type { Envelope } from './message.ts';
import type { PersistBatch } from './output.ts';
import type { RaftLog } from './raft-log.ts';
import { type Entry, type EntryId, type HardState, type LogSummary, NO_MARK } from './state.ts';

interface BatchInFlight {
	readonly batch: number;
	/** Once this batch is flushed, entries up to here survive any crash: lowered by truncations told after it. */
	safeUpTo: Index;
	/** The batch's own last entry, or null. */
	readonly own: EntryId | null;
	readonly term: Term;
	readonly vote: Slot;
	readonly mark: EntryId | null;
}

export interface Completion {
	readonly safeUpTo: Index;
	/** The mark of a snapshot install, if one is durable now. */
	readonly mark: EntryId | null;
}

const NO_ENTRIES: readonly Entry[] = [];

export class StorageLedger {
	readonly #inFlight = new Fifo<BatchInFlight>();
	#batch = 0;
	#completed = 0;
	/** Entries up to here have been put in a batch. */
	#queued: Index;
	#queuedTerm: Term;
	#queuedVote: Slot;
	/** A lower bound of the commit index that the log has been told. */
	#queuedCommit: Index;
	/** What a restart will know for committed, from the log or from the store. */
	#knownCommit: Index;
	#durableTerm: Term;
	#durableVote: Slot;
	/** The oldest batch under way at the last tick, 0 for none, and for how many ticks it has been that. */
	#oldestAtTick = 0;
	#stalledTicks = 0;
	#truncateFrom: Index | null = null;
	#mark: EntryId | null = null;
	#resetTo: EntryId | null = null;

	constructor(summary: LogSummary) {
		const { hardState, before, last } = summary;
		this.#queued = last;
		// The summary's commit index may have been raised to the store's; the log's own is at least where it begins.
		this.#queuedCommit = before.index;
		this.#knownCommit = hardState.commit;
		this.#queuedTerm = hardState.term;
		this.#queuedVote = hardState.vote;
		this.#durableTerm = hardState.term;
		this.#durableVote = hardState.vote;
	}

	/** The log begins at or below the commit index that it knows, so it is not compacted beyond this. */
	get commitTold(): Index {
		return this.#queuedCommit;
	}

	get durableTerm(): Term {
		return this.#durableTerm;
	}

	get durableVote(): Slot {
		return this.#durableVote;
	}

	/** Nothing is on its way to the disk. */
	get isIdle(): boolean {
		return this.#inFlight.length === 0;
	}

	/** How long the disk has answered nothing, although it was asked. */
	get stalledTicks(): number {
		return this.#inFlight.peek()?.batch === this.#oldestAtTick ? this.#stalledTicks : 0;
	}

	tick(): void {
		const oldest = this.#inFlight.peek()?.batch ?? 0;
		this.#stalledTicks = oldest !== 0 && oldest === this.#oldestAtTick ? this.#stalledTicks + 1 : 0;
		this.#oldestAtTick = oldest;
	}

	/** Entries from index on are gone from the log. */
	truncated(index: Index): void {
		if (index <= this.#queued) {
			this.#truncateFrom = Math.min(this.#truncateFrom ?? index, index) as Index;
			this.#queued = (index - 1) as Index;
		}
		this.#inFlight.forEach((record) => {
			record.safeUpTo = Math.min(record.safeUpTo, index - 1) as Index;
		});
	}

	/** The next batch says: a snapshot is about to be installed here. */
	mark(at: EntryId): void {
		this.#mark = at;
	}

	/**
	 * The next batch says: no snapshot is being installed. A mark that stayed would make a later loss of the log, just where the store is at its
	 * index, look like an install that was cut short, which is mended in silence (log/reconcile.ts).
	 */
	unmark(): void {
		this.#mark = NO_MARK;
	}

	/** The next batch drops the log and starts it after this point; entries of the same batch come after that. */
	reset(to: EntryId): void {
		this.#resetTo = to;
		this.#truncateFrom = null;
		this.#queued = to.index;
		this.#inFlight.forEach((record) => {
			record.safeUpTo = Math.min(record.safeUpTo, to.index) as Index;
		});
	}

	/**
	 * Whether there is anything to write: a commit index alone is not worth a flush, it rides with the next batch. But that of a change of
	 * membership is: a removed member may be switched off once it is committed, and who forgot that with a crash would need its vote.
	 */
	hasWork(log: RaftLog, hardState: HardState, membershipUpTo: Index): boolean {
		return (
			(hardState.commit >= membershipUpTo && this.#knownCommit < membershipUpTo) ||
			log.last > this.#queued ||
			this.#truncateFrom !== null ||
			hardState.term !== this.#queuedTerm ||
			hardState.vote !== this.#queuedVote ||
			this.#mark !== null ||
			this.#resetTo !== null
		);
	}

	/** The turn's batch. */
	take(log: RaftLog, hardState: HardState, after: readonly Envelope[]): PersistBatch {
		assert(hardState.term >= this.#queuedTerm, () => `term fell from ${this.#queuedTerm} to ${hardState.term}`);
		const entries = this.#unqueued(log);
		const newest = entries.length === 0 ? null : (entries[entries.length - 1] as Entry);
		this.#batch++;
		const batch: PersistBatch = {
			batch: this.#batch,
			truncateFrom: this.#truncateFrom,
			entries,
			hardState,
			mark: this.#mark,
			resetTo: this.#resetTo,
			after,
		};
		this.#inFlight.push({
			batch: this.#batch,
			safeUpTo: log.last,
			own: newest === null ? null : { index: newest.index, term: newest.term },
			term: hardState.term,
			vote: hardState.vote,
			mark: this.#mark === NO_MARK ? null : this.#mark,
		});
		this.#queued = log.last;
		this.#queuedTerm = hardState.term;
		this.#queuedVote = hardState.vote;
		this.#queuedCommit = hardState.commit;
		this.#knownCommit = hardState.commit;
		this.#truncateFrom = null;
		this.#mark = null;
		this.#resetTo = null;
		return batch;
	}

	/** The log has flushed this batch and all before it. Null for one that was already confirmed. */
	complete(batch: number, lastIndex: Index, lastTerm: Term): Completion | null {
		assert(batch <= this.#batch, () => `batch ${batch} was confirmed, the newest is ${this.#batch}`);
		if (batch <= this.#completed) {
			return null;
		}
		this.#completed = batch;
		let safeUpTo = 0 as Index;
		let mark: EntryId | null = null;
		for (let record = this.#inFlight.peek(); record !== null && record.batch <= batch; record = this.#inFlight.peek()) {
			this.#inFlight.shift();
			safeUpTo = record.safeUpTo;
			mark = record.mark ?? mark;
			this.#durableTerm = record.term;
			this.#durableVote = record.vote;
			if (record.batch === batch && record.own !== null) {
				const { index, term } = record.own;
				assert(index === lastIndex && term === lastTerm, () => `batch ${batch} ends at (${index}, ${term}), confirmed (${lastIndex}, ${lastTerm})`);
			}
		}
		return { safeUpTo, mark };
	}

	#unqueued(log: RaftLog): readonly Entry[] {
		if (log.last === this.#queued) {
			return NO_ENTRIES;
		}
		const entries = log.slice((this.#queued + 1) as Index, (log.last + 1) as Index, Number.MAX_SAFE_INTEGER);
		assert(entries !== null, 'an entry that is not yet written left the memory');
		return entries;
	}
}
