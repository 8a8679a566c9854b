/**
 * The log with a journal in front of it (design section 4): what append returns from is in the journal, by one write and one flush a turn; full
 * segments are folded into the log's engine between the turns. What the log holds is kept here as of the last append, and the engine's log
 * follows behind: reads take from each what is newest there. Not here: files (segment-files.ts), recovery, folding, which segment is next.
 *
 * The last flush of a large turn may go on off the thread (late-flush.ts). No record is written meanwhile, but the other work goes on: a fold takes
 * full segments alone, and the record that is being flushed is in the active one and not its first, so all that is folded, and the record after that,
 * were flushed before.
 */
import { assert } from '../../base/assert.ts';
import type { Index } from '../../base/brand.ts';
import type { EngineLogStore } from '../engine-log-store.ts';
import type { Checksum } from '../layout.ts';
import { LogState } from '../log-state.ts';
import type { Later, LogBatch, LogColumns, LogContents, LogStore } from '../log-store.ts';
import { Fold, partOf } from './fold.ts';
import { JournalEntries } from './journal-entries.ts';
import type { JournalMark } from './journal-mark.ts';
import { ALL_JOURNAL_RULES, type JournalRules } from './journal-rules.ts';
import { isLargeTurn, LateFlush, type LateFlushOptions } from './late-flush.ts';
import { openSegments } from './open-segments.ts';
import { readAcross } from './read-across.ts';
import { RECORD_HEADER_BYTES, RECORD_KIND, type RecordHeader, type RecordKind, spanOf } from './record.ts';
import { RecordWriter } from './record-writer.ts';
import { type FoundRecord, recoverJournal } from './recovery.ts';
import type { SegmentFiles } from './segment-files.ts';
import { type RingOptions, SegmentRing } from './segment-ring.ts';

export interface JournalOptions extends RingOptions, LateFlushOptions {
	/** 32 random bits, for a journal that is new. */
	readonly salt: number;
	/** A turn's batches beyond so many bytes go into another record. */
	readonly recordBytesMax: number;
	/** After a turn the other work goes on once so many entries, or bytes, were appended since it last did. */
	readonly sliceAtEntries: number;
	readonly sliceAtBytes: number;
	/** Default: all of them. */
	readonly rules?: JournalRules;
}

export interface JournalPorts {
	readonly files: SegmentFiles;
	/** Nobody else writes to it. */
	readonly engineLog: EngineLogStore;
	readonly checksum: Checksum;
}

/**
 * Of a slice after a turn: twice what was appended since the slice before, so that a segment is folded before the next one is full. A slice is an LMDB
 * commit, so it waits until it is worth one: of 500 entries it takes 2 to 4 ms; of more, about as long as the turns that it follows.
 */
const FOLDED_PER_APPENDED = 2;
const SLICE_ENTRIES_MAX = 4_000;
const SLICE_BYTES_MIN = 2 ** 19;
const SLICE_BYTES_MAX = 2 ** 21;
/** Entries folded at a time when a record waits for the room. */
const FOLDED_AT_ONCE = 4_096;

export class JournalLogStore implements LogStore {
	readonly #options: JournalOptions;
	readonly #ports: JournalPorts;
	readonly #rules: JournalRules;
	readonly #state: LogState;
	readonly #entries: JournalEntries;
	readonly #ring: SegmentRing;
	readonly #writer: RecordWriter;
	readonly #fold: Fold;
	readonly #lateFlush: LateFlush;
	#sequence: number;
	#chain: number;
	/** Since the last slice of other work. */
	#appended = { entries: 0, bytes: 0 };
	/** What folds leave out: where the log begins as what is flushed has it; the state may be ahead, and a power cut would take it back. */
	#compactedTo: Index;
	#engineHasStale = true;
	#isClosed = false;
	/** A write threw: what is on the disk is not known, and what is in memory may be ahead of it. */
	#isBroken = false;

	/** Opens the journal behind an engine's log that was just opened, or begins one; throws FatalError log_damaged. */
	constructor(options: JournalOptions, ports: JournalPorts) {
		this.#options = options;
		this.#ports = ports;
		this.#rules = options.rules ?? ALL_JOURNAL_RULES;
		const { files, engineLog, checksum } = ports;
		const { segments, mark } = openSegments(options, files, engineLog);
		const contents = engineLog.contents();
		this.#state = new LogState(contents);
		this.#entries = new JournalEntries(files, checksum, (contents.last + 1) as Index);
		const read = (id: number, at: number, into: Uint8Array): void => files.read(id, at, into);
		const found = recoverJournal({ segments, read, mark, checksum, rules: this.#rules }, (record) => this.#replay(record, mark));
		this.#sequence = found.tail?.header.sequence ?? mark.sequence;
		this.#chain = found.tail?.header.crc ?? mark.chain;
		this.#ring = new SegmentRing(options, files, found);
		this.#writer = new RecordWriter(mark.salt, checksum);
		this.#fold = new Fold(ports, { at: found.foldAt, mark });
		this.#lateFlush = new LateFlush(files);
		this.#compactedTo = this.#state.before.index;
		if (found.tail !== null && this.#rules.secureTail) {
			this.#secure(found.tail);
		}
	}

	contents(): LogContents {
		return this.#state.contents();
	}

	append(batches: readonly LogBatch[], later?: Later): boolean {
		return this.#guard(() => {
			// All of them are checked before any of them is written.
			for (const batch of batches) {
				this.#state.take(batch);
			}
			const isLate = later !== undefined && (later.always || isLargeTurn(batches, this.#options));
			const flushed = (): void => {
				this.#noteDurable();
				later?.done();
			};
			const late = isLate ? flushed : null;
			let from = 0;
			while (from < batches.length) {
				from = this.#writeBatches(batches, from, late);
			}
			assert(this.#entries.end === this.#state.last + 1, () => `the journal ends before ${this.#entries.end}, the log with ${this.#state.last}`);
			if (!this.#lateFlush.isUnderWay) {
				this.#noteDurable();
			}
			return !this.#lateFlush.isUnderWay;
		});
	}

	read(lo: Index, hi: Index, bytesMax: number): LogColumns {
		assert(lo <= hi, () => `read of [${lo}, ${hi})`);
		const { before, last } = this.#state;
		const end = Math.min(hi, last + 1) as Index;
		if (lo <= before.index || lo >= end) {
			return { first: lo, terms: [], kinds: [], payloads: [] };
		}
		return readAcross({ engineLog: this.#ports.engineLog, entries: this.#entries }, lo, end, bytesMax);
	}

	compact(upTo: Index): void {
		this.#guard(() => {
			if (this.#state.compact(upTo)) {
				this.#writer.addCompaction(upTo);
				this.#writeRecord(RECORD_KIND.steps);
				this.#noteDurable();
			}
		});
	}

	sweep(recordsMax: number): boolean {
		return this.#guard(() => {
			this.#slice(recordsMax);
			return this.#ring.oldestFull !== null || this.#engineHasStale || this.#ring.wantsSpare;
		});
	}

	/** To be called after each turn, when its words are out: now and then a slice of the work that must keep pace with appending. */
	keepUp(): void {
		const { entries, bytes } = this.#appended;
		if (entries >= this.#options.sliceAtEntries || bytes >= this.#options.sliceAtBytes) {
			this.#guard(() => this.#slice(Math.min(Math.max(1, FOLDED_PER_APPENDED * entries), SLICE_ENTRIES_MAX)));
		}
	}

	/** Does the work when no flush is under way: at once, or at the end of the one that is. Whoever closes the log waits for that. */
	whenFlushed(work: () => void): void {
		this.#lateFlush.whenOver(work);
	}

	/** Says in the journal that it was closed in order, then closes journal and engine. */
	close(): void {
		if (this.#isClosed) {
			return;
		}
		if (!this.#isBroken) {
			this.#guard(() => this.#writeRecord(RECORD_KIND.closed));
		}
		this.#isClosed = true;
		this.#ports.files.close();
		this.#ports.engineLog.close();
	}

	#guard<T>(work: () => T): T {
		assert(!this.#isBroken, 'a write to the log after one that failed');
		assert(!this.#isClosed, 'a write to the log after it was closed');
		this.#isBroken = true;
		const result = work();
		this.#isBroken = false;
		return result;
	}

	/** Writes one record with as many of the batches as it may hold, but one; returns the next batch. The last record's flush may be a late one. */
	#writeBatches(batches: readonly LogBatch[], from: number, late: (() => void) | null): number {
		const starts: number[] = [];
		let to = from;
		while (to < batches.length && (to === from || this.#writer.length < this.#options.recordBytesMax)) {
			starts.push(this.#writer.addBatch(batches[to] as LogBatch));
			to++;
		}
		const at = this.#writeRecord(RECORD_KIND.steps, to === batches.length ? late : null) + RECORD_HEADER_BYTES;
		for (const [i, start] of starts.entries()) {
			const batch = batches[from + i] as LogBatch;
			this.#entries.note(batch, { segment: this.#ring.active.id, at: at + start }, 0);
			this.#appended.entries += batch.entries.terms.length;
		}
		return to;
	}

	/**
	 * Writes what the writer holds as the next record, and flushes it, or begins its late flush; returns where it begins in the active segment.
	 * Invariant: record k+1 is written only after k is flushed (design section 4); else a bad record before a good one could be a torn tail.
	 */
	#writeRecord(kind: RecordKind, late: (() => void) | null = null): number {
		const { files } = this.#ports;
		assert(!this.#lateFlush.isUnderWay, 'a record of the journal while the one before it is being flushed');
		this.#makeRoom(RECORD_HEADER_BYTES + this.#writer.length);
		const { id, generation, end: at } = this.#ring.active;
		const { record, crc } = this.#writer.seal({ generation, sequence: this.#sequence + 1, previous: this.#chain, kind });
		files.write(id, at, record);
		// A segment's first record is flushed at once: a fold of all before it would have the engine's mark count on that record (journal-mark.ts).
		if (late !== null && at > 0 && this.#rules.flushEachRecord) {
			this.#lateFlush.begin(id, late);
		} else if (this.#rules.flushEachRecord) {
			files.flush(id);
		}
		this.#sequence++;
		this.#chain = crc;
		this.#ring.advance(spanOf(this.#writer.length));
		this.#appended.bytes += record.length;
		this.#writer.clear();
		return at;
	}

	/** Most often there is; or a spare is ready. Else the turn waits: for the end of a preparation, or of a fold. */
	#makeRoom(bytes: number): void {
		const ring = this.#ring;
		while (!ring.fits(bytes) && !ring.rotate(bytes)) {
			if (ring.mayGrow) {
				ring.prepareNow(bytes);
			} else if (this.#rules.reuseFoldedOnly) {
				this.#foldSlice(FOLDED_AT_ONCE);
			} else {
				ring.release();
			}
		}
	}

	/** All that was taken is flushed. */
	#noteDurable(): void {
		this.#compactedTo = this.#state.before.index;
	}

	/** One slice of the other work: folding first, for it makes room. */
	#slice(recordsMax: number): void {
		if (this.#ring.oldestFull !== null) {
			this.#foldSlice(recordsMax);
		} else if (this.#ring.wantsSpare) {
			this.#ring.prepareSlice(this.#appended.bytes);
		} else if (this.#engineHasStale) {
			this.#engineHasStale = this.#ports.engineLog.sweep(recordsMax);
		}
		this.#appended = { entries: 0, bytes: 0 };
	}

	#foldSlice(entriesMax: number): void {
		const segment = this.#ring.oldestFull;
		const bytesMax = Math.min(Math.max(SLICE_BYTES_MIN, FOLDED_PER_APPENDED * this.#appended.bytes), SLICE_BYTES_MAX);
		if (segment !== null && this.#fold.slice(segment, { entries: entriesMax, bytes: bytesMax }, this.#compactedTo)) {
			this.#ring.release();
			this.#entries.dropSegment(segment.id);
		}
		this.#engineHasStale = true;
	}

	/** Takes a record found at opening, but for what of it the engine holds already. */
	#replay({ segment, at, header, steps }: FoundRecord, mark: JournalMark): void {
		const isNext = header.sequence === mark.sequence + 1;
		for (const [i, step] of steps.entries()) {
			if (isNext && i < mark.stepsDone) {
				continue;
			}
			if (step.kind === 'compact') {
				this.#state.compact(step.upTo);
				continue;
			}
			const from = isNext && i === mark.stepsDone ? mark.entriesDone : 0;
			this.#state.take(partOf(step.batch, from, step.batch.entries.terms.length));
			this.#entries.note(step.batch, { segment, at: at + RECORD_HEADER_BYTES + step.entriesAt }, from);
		}
	}

	/**
	 * The process may have ended between the last record's write and its flush, and what the page cache shows the disk may lack
	 * (reliability.md 5.1): it is written and flushed again before anybody hears of it.
	 */
	#secure(tail: { readonly segment: number; readonly at: number; readonly header: RecordHeader }): void {
		const { files } = this.#ports;
		const record = new Uint8Array(RECORD_HEADER_BYTES + tail.header.length);
		files.read(tail.segment, tail.at, record);
		files.write(tail.segment, tail.at, record);
		files.flush(tail.segment);
	}
}
