/**
 * Finds in the segments' bytes, after a stop of any kind, the records that follow those that are folded, and where the next one goes.
 *
 * Record k+1 was written only after k was flushed, and a segment is reused only after it was folded. So a record that is not whole may be the
 * last one, torn, which nobody was told of: it is cut. If a good record of this journal with a later number is found behind it, or in another
 * segment, it is damage, for that one was told of: the log refuses. An older generation, or zeros, is the end of a segment.
 * Pure: it reads through the port and writes nothing. Called once by the journal's store when it opens.
 */
import { must } from '../../base/assert.ts';
import type { FatalError } from '../../base/fatal.ts';
import { readUint32 } from '../../base/uint48.ts';
import { damaged } from '../damage.ts';
import type { Checksum } from '../layout.ts';
import type { JournalMark } from './journal-mark.ts';
import type { JournalRules } from './journal-rules.ts';
import { bodyOf, isWhole, RECORD_ALIGNMENT, RECORD_HEADER_BYTES, RECORD_KIND, type RecordHeader, readHeader, spanOf } from './record.ts';
import type { Segment } from './segment-files.ts';
import { decodeSteps, type JournalStep } from './steps.ts';

export interface RecoveryInput {
	readonly segments: readonly Segment[];
	/** Fills the array with a segment's bytes from there on. */
	readonly read: (id: number, at: number, into: Uint8Array) => void;
	readonly mark: JournalMark;
	readonly checksum: Checksum;
	readonly rules: JournalRules;
}

/** A record that is not folded in whole. */
export interface FoundRecord {
	readonly segment: number;
	readonly at: number;
	readonly header: RecordHeader;
	readonly steps: readonly JournalStep[];
}

export interface UsedSegment extends Segment {
	readonly generation: number;
	/** Where its last record ends, and the next one goes. */
	readonly end: number;
}

export interface RecoveredJournal {
	/** In the order of their use; the last one is where records go now. Empty if there never was a record. */
	readonly used: readonly UsedSegment[];
	readonly spares: readonly Segment[];
	/** Where the first record that is not folded in whole is, in the first used segment. */
	readonly foldAt: number;
	/** The last record: the process may have ended before its flush. */
	readonly tail: { readonly segment: number; readonly at: number; readonly header: RecordHeader } | null;
	readonly wasClosed: boolean;
}

export function recoverJournal(input: RecoveryInput, visit: (record: FoundRecord) => void): RecoveredJournal {
	return new Recovery(input, visit).run();
}

class Recovery {
	readonly #input: RecoveryInput;
	readonly #visit: (record: FoundRecord) => void;
	/** Of all segments in turn. */
	readonly #buffer: Uint8Array;
	/** Segments that begin with a whole record, by that record's number. */
	readonly #begun = new Map<number, { readonly segment: Segment; readonly header: RecordHeader }>();
	readonly #used: UsedSegment[] = [];
	#tail: RecoveredJournal['tail'] = null;
	#foldAt = 0;

	constructor(input: RecoveryInput, visit: (record: FoundRecord) => void) {
		this.#input = input;
		this.#visit = visit;
		this.#buffer = new Uint8Array(Math.max(0, ...input.segments.map(({ bytes }) => bytes)));
	}

	run(): RecoveredJournal {
		const { mark, segments } = this.#input;
		for (const segment of segments) {
			this.#noteBeginning(segment);
		}
		// The segment that holds the first record to replay begins with it or with an earlier one; those before that segment are folded in whole.
		const candidates = [...this.#begun.keys()].filter((sequence) => sequence <= mark.sequence + 1);
		let next = this.#begun.get(Math.max(0, ...candidates));
		while (next !== undefined) {
			const end = this.#walk(next.segment, next.header);
			this.#used.push({ ...next.segment, generation: next.header.generation, end });
			next = this.#begun.get(this.#lastSequence + 1);
		}
		this.#checkEnd();
		const spares = segments.filter(({ id }) => !this.#used.some((used) => used.id === id));
		for (const segment of spares) {
			this.#checkSpare(segment);
		}
		const wasClosed = this.#tail?.header.kind === RECORD_KIND.closed;
		return { used: this.#used, spares, foldAt: this.#foldAt, tail: this.#tail, wasClosed };
	}

	get #lastSequence(): number {
		return this.#tail?.header.sequence ?? 0;
	}

	#noteBeginning(segment: Segment): void {
		const start = this.#buffer.subarray(0, RECORD_HEADER_BYTES);
		this.#input.read(segment.id, 0, start);
		const end = RECORD_HEADER_BYTES + readUint32(start, 0);
		if (end > segment.bytes) {
			return;
		}
		const record = this.#buffer.subarray(0, end);
		this.#input.read(segment.id, 0, record);
		const header = this.#wholeAt(record, 0);
		if (header !== null) {
			const other = this.#begun.get(header.sequence);
			if (other !== undefined) {
				throw this.#damaged(segment, 0, `segment ${other.segment.id} begins with record ${header.sequence} too`);
			}
			this.#begun.set(header.sequence, { segment, header });
		}
	}

	/** Takes the segment's records in order; returns where they end. */
	#walk(segment: Segment, first: RecordHeader): number {
		const bytes = this.#load(segment);
		const { salt, sequence: folded } = this.#input.mark;
		let expected = first.sequence;
		let at = 0;
		for (;;) {
			const header = readHeader(bytes, at, salt, this.#input.checksum);
			const isNext = header !== null && header.generation === first.generation && header.sequence === expected;
			if (isNext && (expected <= folded || isWhole(bytes, at, header, salt, this.#input.checksum))) {
				this.#take(segment, at, header, bytes);
				at += spanOf(header.length);
				expected++;
				continue;
			}
			const next = this.#search(bytes, at, (found) => found.generation === first.generation && found.sequence >= expected);
			if (next === null) {
				return at;
			}
			// What is damaged here is folded already, and nobody needs it; else it is an acknowledged record.
			if (next.header.sequence > folded + 1) {
				throw this.#damaged(segment, at, `record ${expected} must be whole there, since record ${next.header.sequence} is, at offset ${next.at}`);
			}
			at = next.at;
			expected = next.header.sequence;
		}
	}

	#take(segment: Segment, at: number, header: RecordHeader, bytes: Uint8Array): void {
		const { mark, rules } = this.#input;
		if (header.sequence > mark.sequence) {
			const previous = header.sequence === mark.sequence + 1 ? mark.chain : must(this.#tail, 'a later record has one before it').header.crc;
			if (rules.chain && header.previous !== previous) {
				throw this.#damaged(segment, at, `record ${header.sequence} must follow the one with checksum ${previous}, and names ${header.previous}`);
			}
			const steps = decodeSteps(bodyOf(bytes, at, header));
			if (steps === null) {
				throw this.#damaged(segment, at, `the body of record ${header.sequence} must be steps`);
			}
			if (header.sequence === mark.sequence + 1) {
				this.#foldAt = at;
			}
			this.#visit({ segment: segment.id, at, header, steps });
		}
		this.#tail = { segment: segment.id, at, header };
	}

	/** Segments are folded only when a later one has begun; so something always follows what is folded. */
	#checkEnd(): void {
		const { sequence, stepsDone, entriesDone } = this.#input.mark;
		const hasFolded = sequence > 0 || stepsDone > 0 || entriesDone > 0;
		if (hasFolded && this.#lastSequence <= sequence) {
			throw damaged('the journal', `it must hold record ${sequence + 1}, since those before it are folded into the log`);
		}
	}

	/** Nothing in a segment that is out of use may be newer than the last record. */
	#checkSpare(segment: Segment): void {
		const begun = [...this.#begun.values()].find((each) => each.segment === segment);
		const found = begun === undefined ? this.#search(this.#load(segment), 0, ({ sequence }) => sequence > this.#lastSequence) : null;
		const sequence = begun?.header.sequence ?? found?.header.sequence ?? 0;
		if (sequence > this.#input.mark.sequence) {
			throw this.#damaged(segment, found?.at ?? 0, `record ${sequence} is there, so record ${this.#lastSequence + 1} must be in the journal too`);
		}
	}

	/** The first whole record from there on that is wanted. */
	#search(
		bytes: Uint8Array,
		from: number,
		isWanted: (header: RecordHeader) => boolean,
	): { readonly at: number; readonly header: RecordHeader } | null {
		for (let at = from; at + RECORD_HEADER_BYTES <= bytes.length; at += RECORD_ALIGNMENT) {
			const header = this.#wholeAt(bytes, at);
			if (header !== null && isWanted(header)) {
				return { at, header };
			}
		}
		return null;
	}

	#wholeAt(bytes: Uint8Array, at: number): RecordHeader | null {
		const { mark, checksum } = this.#input;
		const header = readHeader(bytes, at, mark.salt, checksum);
		return header !== null && isWhole(bytes, at, header, mark.salt, checksum) ? header : null;
	}

	#load(segment: Segment): Uint8Array {
		const bytes = this.#buffer.subarray(0, segment.bytes);
		this.#input.read(segment.id, 0, bytes);
		return bytes;
	}

	#damaged(segment: Segment, at: number, rule: string): FatalError {
		return damaged(`journal segment ${segment.id}, offset ${at}`, rule);
	}
}
