/**
 * The log over an ordered engine whose commits are flushed: what `write` returns from is durable.
 * Compacting moves the start of the log and leaves the entries to be swept in slices, a few with each append, so that dropping
 * 100,000 of them never makes an append wait. Not here: the bytes (layout.ts), what is read at opening (recover.ts).
 */
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import type { Engine, WriteView } from '../base/engine.ts';
import type { EntryId, EntryKind, HardState } from '../raft/state.ts';
import {
	type Checksum,
	type DecodedEntry,
	decodeEntry,
	encodeEntry,
	encodeMeta,
	entryKey,
	indexOfKey,
	LOG_FORMAT,
	LOG_TREE,
	META,
	type MetaRow,
	metaKey,
} from './layout.ts';
import type { LogBatch, LogColumns, LogContents, LogStore } from './log-store.ts';
import { recoverLog } from './recover.ts';
import type { TermRuns } from './term-runs.ts';

/** Compacted entries removed along with an append: two for each entry appended, within these, so that the log cannot grow without end under load. */
const SWEPT_WITH_APPEND_MIN = 8;
const SWEPT_WITH_APPEND_MAX = 512;

const FIRST_KEY = entryKey(0 as Index);

export class EngineLogStore implements LogStore {
	readonly #engine: Engine;
	readonly #checksum: Checksum;
	readonly #runs: TermRuns;
	#hardState: HardState;
	#before: EntryId;
	#last: Index;
	#mark: EntryId | null;
	#hasStale: boolean;
	/** A write threw: what is on the disk is not known, and what is in memory may be ahead of it. */
	#isBroken = false;

	/** Opens the log, verifying all of it; throws FatalError log_damaged. */
	constructor(engine: Engine, checksum: Checksum) {
		this.#engine = engine;
		this.#checksum = checksum;
		const recovered = engine.read((view) => recoverLog(view, checksum));
		this.#runs = recovered.runs;
		this.#hardState = recovered.hardState;
		this.#before = recovered.before;
		this.#last = recovered.last;
		this.#mark = recovered.mark;
		this.#hasStale = recovered.hasStale;
		if (recovered.isNew) {
			this.#write((view) => this.#putMeta(view, META.format, [LOG_FORMAT]));
		}
	}

	contents(): LogContents {
		return { hardState: this.#hardState, before: this.#before, last: this.#last, terms: this.#runs.list(), mark: this.#mark };
	}

	append(batches: readonly LogBatch[]): void {
		this.#write((view) => {
			let count = 0;
			for (const batch of batches) {
				this.#applyBatch(view, batch);
				count += batch.entries.terms.length;
			}
			this.#putHardState(view);
			if (this.#hasStale) {
				this.#sweepIn(view, Math.min(Math.max(2 * count, SWEPT_WITH_APPEND_MIN), SWEPT_WITH_APPEND_MAX));
			}
		});
	}

	read(lo: Index, hi: Index, bytesMax: number): LogColumns {
		assert(lo <= hi, () => `read of [${lo}, ${hi})`);
		const terms: Term[] = [];
		const kinds: EntryKind[] = [];
		const payloads: Uint8Array[] = [];
		const end = Math.min(hi, this.#last + 1) as Index;
		if (lo > this.#before.index && lo < end) {
			let bytes = 0;
			this.#engine.read((view) =>
				view.scan(LOG_TREE.entries, entryKey(lo), entryKey(end), (key, record) => {
					bytes += record.length;
					if (terms.length > 0 && bytes > bytesMax) {
						return false;
					}
					const index = indexOfKey(key);
					assert(index === lo + terms.length, () => `entry ${lo + terms.length} is missing: the next one is ${index}`);
					const entry = decodeEntry(index, record, this.#checksum);
					terms.push(entry.term);
					kinds.push(entry.kind);
					payloads.push(entry.payload);
					return true;
				}),
			);
			assert(terms.length > 0, () => `entry ${lo} is missing from a log of (${this.#before.index}, ${this.#last}]`);
		}
		return { first: lo, terms, kinds, payloads };
	}

	compact(upTo: Index): void {
		if (upTo <= this.#before.index) {
			return;
		}
		assert(upTo <= this.#last, () => `compaction up to ${upTo} of a log that ends at ${this.#last}`);
		this.#write((view) => {
			this.#moveStart(view, { index: upTo, term: this.#runs.termAt(upTo) });
			// What is compacted was applied, hence committed: a log never begins beyond the commit index that it knows.
			if (this.#hardState.commit < upTo) {
				this.#hardState = { ...this.#hardState, commit: upTo };
				this.#putHardState(view);
			}
		});
	}

	sweep(recordsMax: number): boolean {
		if (this.#hasStale) {
			this.#write((view) => this.#sweepIn(view, recordsMax));
		}
		return this.#hasStale;
	}

	close(): void {
		this.#engine.close();
	}

	#write(work: (view: WriteView) => void): void {
		assert(!this.#isBroken, 'a write to the log after one that failed');
		this.#isBroken = true;
		this.#engine.write(work);
		this.#isBroken = false;
	}

	#applyBatch(view: WriteView, batch: LogBatch): void {
		if (batch.resetTo !== null) {
			this.#reset(view, batch.resetTo);
		}
		if (batch.truncateFrom !== null) {
			this.#truncate(view, batch.truncateFrom);
		}
		this.#appendEntries(view, batch.entries);
		// A snapshot is of applied entries only: the point itself is committed, whatever the batch knew.
		const commit = Math.max(batch.hardState.commit, batch.resetTo?.index ?? 0) as Index;
		this.#advanceHardState({ ...batch.hardState, commit });
		if (batch.mark !== null) {
			this.#mark = batch.mark;
			this.#putMeta(view, META.mark, [batch.mark.index, batch.mark.term]);
		}
	}

	/** The installed snapshot holds everything up to the point. Entries above it conflict with it, and must not follow it. */
	#reset(view: WriteView, point: EntryId): void {
		assert(point.index > this.#hardState.commit, () => `reset to ${point.index}, but entry ${this.#hardState.commit} is committed`);
		for (let index = (point.index + 1) as Index; index <= this.#last; index++) {
			view.remove(LOG_TREE.entries, entryKey(index));
		}
		this.#last = point.index;
		this.#moveStart(view, point);
		this.#mark = null;
		view.remove(LOG_TREE.meta, metaKey(META.mark));
	}

	#truncate(view: WriteView, from: Index): void {
		assert(from > this.#hardState.commit, () => `truncation from ${from}, but entry ${this.#hardState.commit} is committed`);
		for (let index = from; index <= this.#last; index++) {
			view.remove(LOG_TREE.entries, entryKey(index));
		}
		this.#runs.truncateFrom(from);
		this.#last = Math.min(this.#last, from - 1) as Index;
	}

	#appendEntries(view: WriteView, entries: LogColumns): void {
		const count = entries.terms.length;
		assert(entries.kinds.length === count && entries.payloads.length === count, 'columns of one length');
		assert(count === 0 || entries.first === this.#last + 1, () => `entry ${entries.first} appended after entry ${this.#last}`);
		assert(
			count === 0 || (entries.terms[0] as Term) >= this.#lastTerm(),
			() => `an entry of term ${entries.terms[0]} after term ${this.#lastTerm()}`,
		);
		for (let i = 0; i < count; i++) {
			const index = (entries.first + i) as Index;
			const entry = { term: entries.terms[i], kind: entries.kinds[i], payload: entries.payloads[i] } as DecodedEntry;
			this.#runs.note(index, entry.term);
			view.put(LOG_TREE.entries, entryKey(index), encodeEntry(index, entry, this.#checksum));
			this.#last = index;
		}
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

	/** The log begins after point. What is below it is no longer looked at, and is swept later. */
	#moveStart(view: WriteView, point: EntryId): void {
		this.#before = point;
		this.#runs.dropBefore((point.index + 1) as Index, this.#last);
		this.#hasStale = true;
		this.#putMeta(view, META.before, [point.index, point.term]);
	}

	#sweepIn(view: WriteView, recordsMax: number): void {
		const keys: Uint8Array[] = [];
		view.scan(LOG_TREE.entries, FIRST_KEY, entryKey((this.#before.index + 1) as Index), (key) => {
			keys.push(key.slice());
			return keys.length < recordsMax;
		});
		for (const key of keys) {
			view.remove(LOG_TREE.entries, key);
		}
		this.#hasStale = keys.length === recordsMax;
	}

	/** With the last index, so that entries missing from the end are noticed. */
	#putHardState(view: WriteView): void {
		const { term, vote, commit } = this.#hardState;
		this.#putMeta(view, META.hardState, [term, vote, commit, this.#last]);
	}

	#putMeta(view: WriteView, row: MetaRow, fields: readonly number[]): void {
		view.put(LOG_TREE.meta, metaKey(row), encodeMeta(row, fields, this.#checksum));
	}
}
