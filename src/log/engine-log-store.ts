/**
 * The log over an ordered engine whose commits are flushed: what `write` returns from is durable.
 * Compacting moves the start of the log and leaves the entries to be swept in slices, a few with each append, so that dropping
 * 100,000 of them never makes an append wait. By itself a log of its own; in the daemon the journal is in front of it, and its full
 * segments are folded into this one. Not here: the bytes (layout.ts), what is read at opening (recover.ts), the rules (log-state.ts).
 */
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import type { Engine, WriteView } from '../base/engine.ts';
import type { EntryKind } from '../raft/state.ts';
import type { EntrySurvey } from './entry-survey.ts';
import type { JournalMark } from './journal/journal-mark.ts';
import type { JournalStep } from './journal/steps.ts';
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
import { LogState } from './log-state.ts';
import type { LogBatch, LogColumns, LogContents, LogStore } from './log-store.ts';
import { recoverLog } from './recover.ts';

/** Compacted entries removed along with an append: two for each entry appended, within these, so that the log cannot grow without end under load. */
const SWEPT_WITH_APPEND_MIN = 8;
const SWEPT_WITH_APPEND_MAX = 512;

const NOTHING_GONE = 0 as Index;
const FIRST_KEY = entryKey(0 as Index);

export class EngineLogStore implements LogStore {
	readonly #engine: Engine;
	readonly #checksum: Checksum;
	readonly #state: LogState;
	#journal: JournalMark | null;
	#hasStale: boolean;
	/** A write threw: what is on the disk is not known, and what is in memory may be ahead of it. */
	#isBroken = false;

	/** Opens the log, verifying all of it, but for the entries if a survey has; throws FatalError log_damaged. */
	constructor(engine: Engine, checksum: Checksum, survey: EntrySurvey | null = null) {
		this.#engine = engine;
		this.#checksum = checksum;
		const recovered = engine.read((view) => recoverLog(view, checksum, survey));
		this.#state = new LogState({ ...recovered, terms: recovered.runs.list() });
		this.#journal = recovered.journal;
		this.#hasStale = recovered.hasStale;
		if (recovered.isNew) {
			this.#write((view) => this.#putMeta(view, META.format, [LOG_FORMAT]));
		}
	}

	/** How far the journal has been folded into this log; null if there never was one. */
	get journal(): JournalMark | null {
		return this.#journal;
	}

	contents(): LogContents {
		return this.#state.contents();
	}

	append(batches: readonly LogBatch[]): true {
		this.#write((view) => {
			let count = 0;
			for (const batch of batches) {
				count += this.#applyBatch(view, batch, NOTHING_GONE);
			}
			this.#endWrite(view, count);
		});
		return true;
	}

	/**
	 * Takes over what the journal holds up to the mark, in one transaction with it. compactedTo: where the log begins by now, as a later record of the
	 * journal says. Of what is committed that far the entries need not come into the engine, only to be swept out of it again: it begins behind
	 * them at once. (What is not committed yet may be cut off by a record to come.)
	 */
	fold(steps: readonly JournalStep[], mark: JournalMark, compactedTo: Index = 0 as Index): void {
		const commit = steps.reduce((most, step) => (step.kind === 'batch' ? Math.max(most, step.batch.hardState.commit) : most), 0);
		const gone = Math.min(compactedTo, commit) as Index;
		this.#write((view) => {
			let count = 0;
			for (const step of steps) {
				if (step.kind === 'compact') {
					this.#applyCompaction(view, step.upTo);
				} else {
					count += this.#applyBatch(view, step.batch, gone);
				}
			}
			this.#applyCompaction(view, gone);
			this.#endWrite(view, count);
			this.#putMeta(view, META.journal, [mark.salt, mark.sequence, mark.chain, mark.stepsDone, mark.entriesDone]);
		});
		this.#journal = mark;
	}

	read(lo: Index, hi: Index, bytesMax: number): LogColumns {
		assert(lo <= hi, () => `read of [${lo}, ${hi})`);
		const terms: Term[] = [];
		const kinds: EntryKind[] = [];
		const payloads: Uint8Array[] = [];
		const end = Math.min(hi, this.#state.last + 1) as Index;
		if (lo > this.#state.before.index && lo < end) {
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
			assert(terms.length > 0, () => `entry ${lo} is missing from a log of (${this.#state.before.index}, ${this.#state.last}]`);
		}
		return { first: lo, terms, kinds, payloads };
	}

	compact(upTo: Index): void {
		if (upTo > this.#state.before.index) {
			this.#write((view) => {
				this.#applyCompaction(view, upTo);
				this.#putHardState(view);
			});
		}
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

	/** Returns how many entries it wrote: those behind gone. */
	#applyBatch(view: WriteView, batch: LogBatch, gone: Index): number {
		const { resetTo, truncateFrom, entries, mark } = batch;
		let end = this.#state.last;
		this.#state.take(batch);
		if (resetTo !== null) {
			this.#removeEntries(view, (resetTo.index + 1) as Index, end);
			this.#putStart(view);
			view.remove(LOG_TREE.meta, metaKey(META.mark));
			end = resetTo.index;
		}
		if (truncateFrom !== null) {
			this.#removeEntries(view, truncateFrom, end);
		}
		const from = Math.max(0, gone + 1 - entries.first);
		for (let i = from; i < entries.terms.length; i++) {
			const index = (entries.first + i) as Index;
			const entry = { term: entries.terms[i], kind: entries.kinds[i], payload: entries.payloads[i] } as DecodedEntry;
			view.put(LOG_TREE.entries, entryKey(index), encodeEntry(index, entry, this.#checksum));
		}
		if (mark?.index === 0) {
			view.remove(LOG_TREE.meta, metaKey(META.mark));
		} else if (mark !== null) {
			this.#putMeta(view, META.mark, [mark.index, mark.term]);
		}
		return Math.max(0, entries.terms.length - from);
	}

	#applyCompaction(view: WriteView, upTo: Index): void {
		if (this.#state.compact(upTo)) {
			this.#putStart(view);
		}
	}

	/** What every write of batches ends with. */
	#endWrite(view: WriteView, entriesCount: number): void {
		this.#putHardState(view);
		if (this.#hasStale) {
			this.#sweepIn(view, Math.min(Math.max(2 * entriesCount, SWEPT_WITH_APPEND_MIN), SWEPT_WITH_APPEND_MAX));
		}
	}

	#removeEntries(view: WriteView, first: Index, last: Index): void {
		for (let index = first; index <= last; index++) {
			view.remove(LOG_TREE.entries, entryKey(index));
		}
	}

	/** The start has moved: what is below it is no longer looked at, and is swept later. */
	#putStart(view: WriteView): void {
		const { index, term } = this.#state.before;
		this.#hasStale = true;
		this.#putMeta(view, META.before, [index, term]);
	}

	#sweepIn(view: WriteView, recordsMax: number): void {
		const keys: Uint8Array[] = [];
		view.scan(LOG_TREE.entries, FIRST_KEY, entryKey((this.#state.before.index + 1) as Index), (key) => {
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
		const { term, vote, commit } = this.#state.hardState;
		this.#putMeta(view, META.hardState, [term, vote, commit, this.#state.last]);
	}

	#putMeta(view: WriteView, row: MetaRow, fields: readonly number[]): void {
		view.put(LOG_TREE.meta, metaKey(row), encodeMeta(row, fields, this.#checksum));
	}
}
