/**
 * The flush of a large turn's record, off the thread: whether one is under way, and who waits for its end. A small turn is flushed at once, since to
 * go to another thread and back takes longer than most flushes; of a large one the thread has better things to do than to wait for the disk, and so has a
 * leader's, which the followers' words reach meanwhile.
 * Used by the journal's store alone, which writes no record while one is under way.
 */
import { assert } from '../../base/assert.ts';
import type { LogBatch } from '../log-store.ts';
import type { SegmentFiles } from './segment-files.ts';

export interface LateFlushOptions {
	/** A turn of so many entries, or of so many bytes of payloads, is a large one. */
	readonly flushOffAtEntries: number;
	readonly flushOffAtBytes: number;
}

export class LateFlush {
	readonly #files: SegmentFiles;
	#isUnderWay = false;
	#whenOver: (() => void) | null = null;

	constructor(files: SegmentFiles) {
		this.#files = files;
	}

	get isUnderWay(): boolean {
		return this.#isUnderWay;
	}

	/** If it fails, done is never called, and it is under way for ever: nothing is written any more. */
	begin(segment: number, done: () => void): void {
		assert(!this.#isUnderWay, 'one flush is under way at a time');
		this.#isUnderWay = true;
		this.#files.flushOff(segment, () => {
			this.#isUnderWay = false;
			done();
			const work = this.#whenOver;
			this.#whenOver = null;
			work?.();
		});
	}

	/** Does the work when none is under way: at once, or at the end of the one that is. */
	whenOver(work: () => void): void {
		assert(this.#whenOver === null, 'one waits for the end of a flush');
		if (this.#isUnderWay) {
			this.#whenOver = work;
		} else {
			work();
		}
	}
}

export function isLargeTurn(batches: readonly LogBatch[], { flushOffAtEntries, flushOffAtBytes }: LateFlushOptions): boolean {
	let entries = 0;
	let bytes = 0;
	for (const { entries: columns } of batches) {
		entries += columns.terms.length;
		if (entries >= flushOffAtEntries) {
			return true;
		}
		for (const payload of columns.payloads) {
			bytes += payload.length;
		}
	}
	return bytes >= flushOffAtBytes;
}
