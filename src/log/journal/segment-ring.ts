/**
 * Which segment is written, which are full and wait to be folded, which are spare: active <- spare <- folded <- full <- active.
 * It also says when a new one must be prepared, so that a full segment is followed at once by a spare. Used by the journal's store alone.
 *
 * A member that hardly writes keeps its one small segment; the large ones come once there is use for them.
 */
import { assert, must } from '../../base/assert.ts';
import type { RecoveredJournal, UsedSegment } from './recovery.ts';
import type { Segment, SegmentFiles } from './segment-files.ts';

export interface RingOptions {
	readonly firstSegmentBytes: number;
	readonly segmentBytes: number;
	/** A second segment is prepared once so much of the first one is used. */
	readonly prepareAtBytes: number;
}

/** Zeros written and flushed at once while nothing waits for them. */
const FILL_BYTES_MIN = 256 * 2 ** 10;
/** And so many times what was appended since, to be ready before the first, small segment is full; within the bound of a slice. */
const FILL_PER_APPENDED = 12;
const FILL_BYTES_MAX = 2 * 2 ** 20;
const SPARES_MIN = 2;
/** The active one, a full one that is being folded, and the spares. */
const SEGMENTS_MAX = SPARES_MIN + 2;
const SEGMENT_ALIGNMENT = 4_096;

export class SegmentRing {
	readonly #options: RingOptions;
	readonly #files: SegmentFiles;
	readonly #full: UsedSegment[];
	readonly #spares: Segment[];
	#active: UsedSegment;
	#isPreparing = false;

	/** The files have at least one segment. */
	constructor(options: RingOptions, files: SegmentFiles, found: RecoveredJournal) {
		this.#options = options;
		this.#files = files;
		this.#full = [...found.used];
		this.#spares = [...found.spares];
		this.#active = this.#full.pop() ?? { ...must(this.#spares.shift(), 'a journal has a segment'), generation: 1, end: 0 };
	}

	get active(): UsedSegment {
		return this.#active;
	}

	/** The full segment to be folded first. */
	get oldestFull(): UsedSegment | null {
		return this.#full[0] ?? null;
	}

	/** Whether the active segment has room for a record of this size. */
	fits(bytes: number): boolean {
		return this.#active.end + bytes <= this.#active.bytes;
	}

	advance(span: number): void {
		this.#active = { ...this.#active, end: this.#active.end + span };
	}

	/** The active segment is full, and a spare that has room takes its place. False if there is no such spare. */
	rotate(bytes: number): boolean {
		const at = this.#spares.findIndex((spare) => spare.bytes >= bytes);
		const [spare] = at < 0 ? [] : this.#spares.splice(at, 1);
		if (spare === undefined) {
			return false;
		}
		if (this.#active.end > 0) {
			this.#full.push(this.#active);
		} else {
			this.#spares.push({ id: this.#active.id, bytes: this.#active.bytes });
		}
		this.#active = { ...spare, generation: this.#active.generation + 1, end: 0 };
		return true;
	}

	/** The oldest full segment is folded, or (by a broken rule, in tests) given up: it is spare. */
	release(): UsedSegment {
		const folded = must(this.#full.shift(), 'only a full segment is released');
		this.#spares.push({ id: folded.id, bytes: folded.bytes });
		return folded;
	}

	/** Whether another segment may be made at once, rather than a full one folded at once. */
	get mayGrow(): boolean {
		return this.#full.length === 0 || this.#count < SEGMENTS_MAX;
	}

	/** Whether a slice of preparation is due. */
	get wantsSpare(): boolean {
		const isInUse =
			this.#full.length > 0 || this.#spares.length > 0 || this.#active.generation > 1 || this.#active.end >= this.#options.prepareAtBytes;
		return this.#isPreparing || (isInUse && this.#spares.length < SPARES_MIN && this.#count < SEGMENTS_MAX);
	}

	/** One slice of it. */
	prepareSlice(appendedBytes: number): void {
		this.#begin(0);
		this.#fill(Math.min(Math.max(FILL_BYTES_MIN, FILL_PER_APPENDED * appendedBytes), FILL_BYTES_MAX));
	}

	/** All of it: the next record waits for a segment with so much room. */
	prepareNow(bytes: number): void {
		this.#begin(bytes);
		const before = this.#spares.length;
		while (this.#spares.length === before) {
			this.#fill(FILL_BYTES_MAX);
		}
	}

	get #count(): number {
		return 1 + this.#full.length + this.#spares.length;
	}

	#begin(bytes: number): void {
		if (!this.#isPreparing) {
			this.#files.prepare(segmentBytesFor(bytes, this.#options.segmentBytes));
			this.#isPreparing = true;
		}
	}

	#fill(bytes: number): void {
		assert(this.#isPreparing, 'only a segment in preparation is filled');
		const complete = this.#files.fill(bytes);
		if (complete !== null) {
			this.#isPreparing = false;
			this.#spares.push(complete);
		}
	}
}

/** Makes the first segment of a new journal. */
export function prepareFirst(files: SegmentFiles, bytes: number): Segment {
	files.prepare(segmentBytesFor(0, bytes));
	for (;;) {
		const complete = files.fill(FILL_BYTES_MAX);
		if (complete !== null) {
			return complete;
		}
	}
}

/** A record that is larger than a segment gets one that it fits. */
function segmentBytesFor(recordBytes: number, usual: number): number {
	return Math.max(usual, Math.ceil(recordBytes / SEGMENT_ALIGNMENT) * SEGMENT_ALIGNMENT);
}
