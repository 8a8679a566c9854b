/**
 * Moves full segments into the log's engine, record by record, in slices of bounded size; a large record takes several. Each slice is one flushed
 * transaction that also says how far it came. It reads the segments' bytes again, and verifies them again. Used by the journal's store alone.
 */
import { assert } from '../../base/assert.ts';
import type { Index } from '../../base/brand.ts';
import { readUint32 } from '../../base/uint48.ts';
import { damaged } from '../damage.ts';
import type { EngineLogStore } from '../engine-log-store.ts';
import type { Checksum } from '../layout.ts';
import type { LogBatch } from '../log-store.ts';
import type { JournalMark } from './journal-mark.ts';
import { bodyOf, isWhole, RECORD_HEADER_BYTES, readHeader, spanOf } from './record.ts';
import type { UsedSegment } from './recovery.ts';
import type { SegmentFiles } from './segment-files.ts';
import { decodeSteps, type JournalStep } from './steps.ts';

interface OpenRecord {
	readonly sequence: number;
	readonly crc: number;
	readonly span: number;
	readonly steps: readonly JournalStep[];
}

export interface SliceBound {
	readonly entries: number;
	/** Of payloads. */
	readonly bytes: number;
}

export interface FoldPorts {
	readonly files: SegmentFiles;
	readonly engineLog: EngineLogStore;
	readonly checksum: Checksum;
}

export class Fold {
	readonly #ports: FoldPorts;
	/** Of the next record, in the oldest segment that is not folded. */
	#at: number;
	#mark: JournalMark;
	/** The record at #at, while it is folded in parts. */
	#record: OpenRecord | null = null;

	constructor(ports: FoldPorts, from: { readonly at: number; readonly mark: JournalMark }) {
		this.#ports = ports;
		this.#at = from.at;
		this.#mark = from.mark;
	}

	/**
	 * Folds the next entries of the segment, at most so many and so many bytes, but something; whether all of it is folded now. compactedTo: where the
	 * log begins, by a record that is durable.
	 */
	slice(segment: UsedSegment, most: SliceBound, compactedTo: Index): boolean {
		assert(most.entries > 0 && most.bytes > 0, () => `a slice of ${most.entries} entries, ${most.bytes} bytes`);
		const steps: JournalStep[] = [];
		let entriesLeft = most.entries;
		let bytesLeft = most.bytes;
		while (this.#at < segment.end && entriesLeft > 0 && bytesLeft > 0) {
			const record = this.#open(segment);
			const step = record.steps[this.#mark.stepsDone];
			if (step === undefined) {
				this.#finish(record);
			} else if (step.kind === 'compact') {
				steps.push(step);
				entriesLeft--;
				this.#mark = { ...this.#mark, stepsDone: this.#mark.stepsDone + 1 };
			} else {
				const from = this.#mark.entriesDone;
				const to = partEnd(step.batch, from, { entries: entriesLeft, bytes: bytesLeft });
				const batch = partOf(step.batch, from, to);
				steps.push({ kind: 'batch', batch, entriesAt: step.entriesAt });
				entriesLeft -= Math.max(1, to - from);
				bytesLeft -= batch.entries.payloads.reduce((bytes, payload) => bytes + payload.length, 0);
				const isDone = to === step.batch.entries.terms.length;
				this.#mark = { ...this.#mark, stepsDone: this.#mark.stepsDone + (isDone ? 1 : 0), entriesDone: isDone ? 0 : to };
			}
		}
		this.#ports.engineLog.fold(steps, this.#mark, compactedTo);
		const isFolded = this.#at >= segment.end;
		if (isFolded) {
			this.#at = 0;
		}
		return isFolded;
	}

	#finish(record: OpenRecord): void {
		this.#mark = { salt: this.#mark.salt, sequence: record.sequence, chain: record.crc, stepsDone: 0, entriesDone: 0 };
		this.#at += record.span;
		this.#record = null;
	}

	#open(segment: UsedSegment): OpenRecord {
		if (this.#record === null) {
			this.#record = this.#read(segment);
		}
		return this.#record;
	}

	#read(segment: UsedSegment): OpenRecord {
		const { files, checksum } = this.#ports;
		const sequence = this.#mark.sequence + 1;
		const start = new Uint8Array(RECORD_HEADER_BYTES);
		files.read(segment.id, this.#at, start);
		const end = Math.min(this.#at + RECORD_HEADER_BYTES + readUint32(start, 0), segment.end);
		const bytes = new Uint8Array(Math.max(end - this.#at, RECORD_HEADER_BYTES));
		files.read(segment.id, this.#at, bytes);
		const header = readHeader(bytes, 0, this.#mark.salt, checksum);
		const isRecord = header !== null && header.generation === segment.generation && header.sequence === sequence;
		const steps = isRecord && isWhole(bytes, 0, header, this.#mark.salt, checksum) ? decodeSteps(bodyOf(bytes, 0, header)) : null;
		if (header === null || steps === null) {
			throw damaged(`journal segment ${segment.id}, offset ${this.#at}`, `record ${sequence} must read back there as it was written`);
		}
		return { sequence, crc: header.crc, span: spanOf(header.length), steps };
	}
}

/** Where a part of the batch's entries that begins there ends: at least one entry, if there are any. */
function partEnd({ entries }: LogBatch, from: number, most: SliceBound): number {
	const end = Math.min(entries.payloads.length, from + most.entries);
	let bytes = 0;
	let to = from;
	while (to < end && bytes < most.bytes) {
		bytes += (entries.payloads[to] as Uint8Array).length;
		to++;
	}
	return to;
}

/**
 * The entries [from, to) of a batch as a batch of their own, such that all the parts in order do what the whole does: the first one resets and
 * truncates, the last one brings the mark, and no part knows a commit index beyond its own end.
 */
export function partOf(batch: LogBatch, from: number, to: number): LogBatch {
	const { first, terms, kinds, payloads } = batch.entries;
	if (from === 0 && to === terms.length) {
		return batch;
	}
	const isLast = to === terms.length;
	const last = (first + to - 1) as Index;
	return {
		resetTo: from === 0 ? batch.resetTo : null,
		truncateFrom: from === 0 ? batch.truncateFrom : null,
		entries: { first: (first + from) as Index, terms: terms.slice(from, to), kinds: kinds.slice(from, to), payloads: payloads.slice(from, to) },
		hardState: isLast ? batch.hardState : { ...batch.hardState, commit: Math.min(batch.hardState.commit, last) as Index },
		mark: isLast ? batch.mark : null,
	};
}
