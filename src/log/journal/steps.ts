/**
 * The body of a record: the steps that one turn took, in order. All numbers big-endian, indexes, terms and votes u48.
 *
 *   batch     1 u8 | flags u8 | term | vote | commit | reset to: index, term | truncate from | mark: index, term | first | count u32 | entries
 *   compact   2 u8 | up to
 *   entry     length u32 | the record that the log's engine will hold (layout.ts), with a CRC of its own for when it is read alone
 *
 * The three optional fields are there if their flag is. Decoding is total: bytes that are no body give null.
 */
import { assert } from '../../base/assert.ts';
import type { Index, Slot, Term } from '../../base/brand.ts';
import { readUint32, readUint48, UINT48_BYTES, writeUint32, writeUint48 } from '../../base/uint48.ts';
import type { EntryId, EntryKind } from '../../raft/state.ts';
import { type Checksum, ENTRY_HEADER_BYTES, ENTRY_KIND_MAX, type Place, writeEntry } from '../layout.ts';
import type { LogBatch, LogColumns } from '../log-store.ts';

export type JournalStep =
	| {
			readonly kind: 'batch';
			readonly batch: LogBatch;
			/** Where the first entry begins, in the record's body. */
			readonly entriesAt: number;
	  }
	| { readonly kind: 'compact'; readonly upTo: Index };

export const ENTRY_LENGTH_BYTES = 4;
/** What an entry takes besides its payload. */
export const ENTRY_EXTRA_BYTES = ENTRY_LENGTH_BYTES + ENTRY_HEADER_BYTES;
export const COMPACTION_BYTES = 1 + UINT48_BYTES;

const TAG = { batch: 1, compact: 2 } as const;
const FLAG = { reset: 1, truncate: 2, mark: 4 } as const;
const FLAGS_MAX = 7;
/** With all its optional fields. */
const BATCH_BYTES_MAX = 2 + 9 * UINT48_BYTES + 4;

/** Room that a batch needs at most. */
export function batchBytesMax(batch: LogBatch): number {
	let bytes = BATCH_BYTES_MAX + batch.entries.payloads.length * ENTRY_EXTRA_BYTES;
	for (const payload of batch.entries.payloads) {
		bytes += payload.length;
	}
	return bytes;
}

/** Returns where its entries begin. */
export function writeBatch(place: Place, batch: LogBatch, checksum: Checksum): number {
	const { resetTo, truncateFrom, entries, hardState, mark } = batch;
	const flags = (resetTo === null ? 0 : FLAG.reset) | (truncateFrom === null ? 0 : FLAG.truncate) | (mark === null ? 0 : FLAG.mark);
	place.bytes[place.at] = TAG.batch;
	place.bytes[place.at + 1] = flags;
	place.at += 2;
	putNumber(place, hardState.term);
	putNumber(place, hardState.vote);
	putNumber(place, hardState.commit);
	putPoint(place, resetTo);
	if (truncateFrom !== null) {
		putNumber(place, truncateFrom);
	}
	putPoint(place, mark);
	putNumber(place, entries.first);
	putLength(place, entries.terms.length);
	const entriesAt = place.at;
	for (let i = 0; i < entries.terms.length; i++) {
		const payload = entries.payloads[i] as Uint8Array;
		putLength(place, ENTRY_HEADER_BYTES + payload.length);
		writeEntry(place, (entries.first + i) as Index, entries.terms[i] as Term, entries.kinds[i] as EntryKind, payload, checksum);
	}
	return entriesAt;
}

export function writeCompaction(place: Place, upTo: Index): void {
	place.bytes[place.at] = TAG.compact;
	place.at++;
	putNumber(place, upTo);
}

/** The steps of a body; payloads are views of it. Null if it is none. */
export function decodeSteps(body: Uint8Array): JournalStep[] | null {
	const reader = new BodyReader(body);
	const steps: JournalStep[] = [];
	while (!reader.isAtEnd) {
		const step = readStep(reader);
		if (step === null) {
			return null;
		}
		steps.push(step);
	}
	return steps;
}

function readStep(reader: BodyReader): JournalStep | null {
	const tag = reader.byte();
	if (tag === TAG.compact) {
		const upTo = reader.number() as Index;
		return reader.isCut ? null : { kind: 'compact', upTo };
	}
	const flags = reader.byte();
	if (tag !== TAG.batch || flags > FLAGS_MAX) {
		return null;
	}
	const hardState = { term: reader.number() as Term, vote: reader.number() as Slot, commit: reader.number() as Index };
	const resetTo = (flags & FLAG.reset) === 0 ? null : reader.point();
	const truncateFrom = (flags & FLAG.truncate) === 0 ? null : (reader.number() as Index);
	const mark = (flags & FLAG.mark) === 0 ? null : reader.point();
	const first = reader.number() as Index;
	const count = reader.length();
	const entriesAt = reader.at;
	const entries = readEntries(reader, first, count);
	return entries === null ? null : { kind: 'batch', batch: { resetTo, truncateFrom, entries, hardState, mark }, entriesAt };
}

function readEntries(reader: BodyReader, first: Index, count: number): LogColumns | null {
	const terms: Term[] = [];
	const kinds: EntryKind[] = [];
	const payloads: Uint8Array[] = [];
	for (let i = 0; i < count; i++) {
		const record = reader.bytes(reader.length());
		const kind = record[5];
		if (reader.isCut || record.length < ENTRY_HEADER_BYTES || kind === undefined || kind > ENTRY_KIND_MAX) {
			return null;
		}
		terms.push(readUint48(record, 6) as Term);
		kinds.push(kind as EntryKind);
		payloads.push(record.subarray(ENTRY_HEADER_BYTES));
	}
	return reader.isCut ? null : { first, terms, kinds, payloads };
}

/** Reads zeros and nothing beyond the end, and remembers that it was cut. */
class BodyReader {
	readonly #body: Uint8Array;
	at = 0;
	isCut = false;

	constructor(body: Uint8Array) {
		this.#body = body;
	}

	get isAtEnd(): boolean {
		return this.at === this.#body.length;
	}

	byte(): number {
		return this.#take(1) ? (this.#body[this.at - 1] as number) : 0;
	}

	length(): number {
		return this.#take(4) ? readUint32(this.#body, this.at - 4) : 0;
	}

	number(): number {
		return this.#take(UINT48_BYTES) ? readUint48(this.#body, this.at - UINT48_BYTES) : 0;
	}

	point(): EntryId {
		return { index: this.number() as Index, term: this.number() as Term };
	}

	bytes(count: number): Uint8Array {
		return this.#take(count) ? this.#body.subarray(this.at - count, this.at) : this.#body.subarray(0, 0);
	}

	#take(count: number): boolean {
		if (this.isCut || this.at + count > this.#body.length) {
			this.isCut = true;
			this.at = this.#body.length;
			return false;
		}
		this.at += count;
		return true;
	}
}

function putNumber(place: Place, value: number): void {
	writeUint48(place.bytes, place.at, value);
	place.at += UINT48_BYTES;
}

function putLength(place: Place, value: number): void {
	assert(value < 2 ** 32, () => `a length of ${value}`);
	writeUint32(place.bytes, place.at, value);
	place.at += 4;
}

function putPoint(place: Place, point: EntryId | null): void {
	if (point !== null) {
		putNumber(place, point.index);
		putNumber(place, point.term);
	}
}
