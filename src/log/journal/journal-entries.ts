/**
 * The entries whose newest version is in the journal: notes where each one is, and reads them back from the segments, each verified by the CRC of
 * its own that it will have in the log's engine too. Used by the journal's store alone.
 */
import { assert } from '../../base/assert.ts';
import type { Index, Term } from '../../base/brand.ts';
import type { EntryKind } from '../../raft/state.ts';
import { type Checksum, type DecodedEntry, decodeEntry, ENTRY_HEADER_BYTES } from '../layout.ts';
import type { LogBatch, LogColumns } from '../log-store.ts';
import { EntryPlaces } from './entry-places.ts';
import type { SegmentFiles } from './segment-files.ts';
import { ENTRY_EXTRA_BYTES, ENTRY_LENGTH_BYTES } from './steps.ts';

/** Read from a segment at once, unless one entry is larger. */
const READ_BYTES_MAX = 2 ** 20;

export interface BatchPlace {
	readonly segment: number;
	/** Of the batch's first entry. */
	readonly at: number;
}

export class JournalEntries {
	readonly #files: SegmentFiles;
	readonly #checksum: Checksum;
	readonly #places: EntryPlaces;

	/** first: the entry after the last one of the engine. */
	constructor(files: SegmentFiles, checksum: Checksum, first: Index) {
		this.#files = files;
		this.#checksum = checksum;
		this.#places = new EntryPlaces(first);
	}

	/** Entries before this one are in the engine. */
	get first(): Index {
		return this.#places.first;
	}

	get end(): Index {
		return this.#places.end;
	}

	/** A batch is in the journal; what comes before entry number `from` of it is in the engine already. */
	note({ resetTo, truncateFrom, entries }: LogBatch, place: BatchPlace, from: number): void {
		if (resetTo !== null && from === 0) {
			this.#places.reset((resetTo.index + 1) as Index);
		}
		if (truncateFrom !== null && from === 0) {
			this.#places.truncateFrom(truncateFrom);
		}
		let { at } = place;
		for (let i = 0; i < entries.payloads.length; i++) {
			const { length } = entries.payloads[i] as Uint8Array;
			if (i >= from) {
				this.#places.add(place.segment, at + ENTRY_LENGTH_BYTES, ENTRY_HEADER_BYTES + length);
			}
			at += ENTRY_EXTRA_BYTES + length;
		}
	}

	dropSegment(segment: number): void {
		this.#places.dropSegment(segment);
	}

	/** Entries from lo on, below end, all of them in the journal: as many as fit bytesMax, and the first `always` of them in any case. */
	read(lo: Index, end: Index, bytesMax: number, always: 0 | 1): LogColumns {
		assert(lo >= this.first && end <= this.end, () => `[${lo}, ${end}) of the journal's [${this.first}, ${this.end})`);
		const terms: Term[] = [];
		const kinds: EntryKind[] = [];
		const payloads: Uint8Array[] = [];
		let bytesLeft = bytesMax;
		let next = lo as number;
		while (next < end) {
			const run = this.#runFrom(next as Index, end, { bytesMax: bytesLeft, always: next === lo ? always : 0 });
			if (run.count === 0) {
				break;
			}
			for (const entry of this.#readRun(next as Index, run)) {
				terms.push(entry.term);
				kinds.push(entry.kind);
				payloads.push(entry.payload);
				bytesLeft -= ENTRY_HEADER_BYTES + entry.payload.length;
			}
			next += run.count;
		}
		return { first: lo, terms, kinds, payloads };
	}

	/** Entries that lie one behind the other, to be read at once. */
	#runFrom(
		first: Index,
		end: Index,
		most: { readonly bytesMax: number; readonly always: 0 | 1 },
	): { readonly count: number; readonly bytes: number } {
		const start = this.#places.placeOf(first);
		let count = 0;
		let bytes = 0;
		let records = 0;
		while (first + count < end) {
			const place = this.#places.placeOf((first + count) as Index);
			const isBehind = place.segment === start.segment && place.at === start.at + bytes;
			records += place.bytes;
			const isWithin = records <= most.bytesMax && (count === 0 || bytes + place.bytes <= READ_BYTES_MAX);
			if (!isBehind || (count >= most.always && !isWithin)) {
				break;
			}
			bytes += place.bytes + ENTRY_LENGTH_BYTES;
			count++;
		}
		return { count, bytes: Math.max(0, bytes - ENTRY_LENGTH_BYTES) };
	}

	#readRun(first: Index, run: { readonly count: number; readonly bytes: number }): DecodedEntry[] {
		const start = this.#places.placeOf(first);
		const bytes = new Uint8Array(run.bytes);
		this.#files.read(start.segment, start.at, bytes);
		const entries: DecodedEntry[] = [];
		for (let i = 0; i < run.count; i++) {
			const index = (first + i) as Index;
			const place = this.#places.placeOf(index);
			const at = place.at - start.at;
			entries.push(decodeEntry(index, bytes.subarray(at, at + place.bytes), this.#checksum));
		}
		return entries;
	}
}
