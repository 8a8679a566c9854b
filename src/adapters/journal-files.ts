/**
 * The journal's segments as files of one directory: `segment-<id>-<bytes>`, the size in the name so that a file that was cut short is noticed.
 * A new one is filled under a temporary name, flushed, renamed, and its directory flushed: one that has its name is complete.
 * Synchronous, on the log's thread, but for flushOff. After the first error nothing is tried again, here or by the caller (reliability.md 5.1).
 */
import fs from 'node:fs';
import path from 'node:path';
import { assert, must } from '../base/assert.ts';
import { FatalError } from '../base/fatal.ts';
import { damaged } from '../log/damage.ts';
import type { Segment, SegmentFiles } from '../log/journal/segment-files.ts';
import type { Turn } from '../ports/turn.ts';
import { fdatasyncCall, fdatasyncNow } from './flushes.ts';
import { JournalMeter } from './journal-meter.ts';
import { flushDirectory } from './store-files.ts';

const NAME = /^segment-(\d+)-(\d+)$/;
const TEMPORARY = /^segment-\d+-\d+\.tmp$/;
const ZEROS_BYTES = 256 * 2 ** 10;

/** The calls that a journal makes; tests put faulty ones in their place. */
export type JournalSystem = Pick<typeof fs, 'writeSync' | 'fdatasyncSync' | 'readSync'> & {
	fdatasync(descriptor: number, done: (error: NodeJS.ErrnoException | null) => void): void;
};

const SYSTEM: JournalSystem = {
	writeSync: fs.writeSync,
	readSync: fs.readSync,
	fdatasyncSync: fdatasyncNow,
	fdatasync: fdatasyncCall,
};

interface Preparation {
	readonly segment: Segment;
	readonly descriptor: number;
	filled: number;
}

export class JournalFiles implements SegmentFiles {
	readonly #directory: string;
	readonly #turn: Turn | null;
	readonly #system: JournalSystem;
	readonly #meter: JournalMeter;
	readonly #segments = new Map<number, Segment>();
	readonly #descriptors = new Map<number, number>();
	readonly #zeros = new Uint8Array(ZEROS_BYTES);
	#idLast = 0;
	#preparation: Preparation | null = null;
	#isFlushingOff = false;
	#broken: unknown = null;

	/**
	 * Opens the directory, or makes it. Its descriptors stay open, so that no error of a late write-back is missed. The turn is that of the log's actor;
	 * where there is none, nothing is flushed off the thread.
	 */
	constructor(directory: string, turn: Turn | null = null, system: JournalSystem = SYSTEM, meter: JournalMeter = new JournalMeter()) {
		this.#directory = directory;
		this.#turn = turn;
		this.#system = system;
		this.#meter = meter;
		this.#guard('opening', () => {
			fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
			flushDirectory(path.dirname(directory));
			for (const name of fs.readdirSync(directory)) {
				if (TEMPORARY.test(name)) {
					fs.rmSync(path.join(directory, name));
				}
				const match = NAME.exec(name);
				if (match !== null) {
					this.#openSegment({ id: Number(match[1]), bytes: Number(match[2]) });
				}
			}
		});
	}

	list(): readonly Segment[] {
		return [...this.#segments.values()].sort((a, b) => a.id - b.id);
	}

	prepare(bytes: number): void {
		assert(this.#preparation === null, 'one segment is prepared at a time');
		assert(bytes > 0, () => `a segment of ${bytes} bytes`);
		this.#guard('making a segment', () => {
			this.#idLast++;
			const segment = { id: this.#idLast, bytes };
			this.#preparation = { segment, descriptor: fs.openSync(this.#temporaryOf(segment), 'wx+', 0o600), filled: 0 };
		});
	}

	fill(bytesMax: number): Segment | null {
		const preparation = must(this.#preparation, 'a segment is in preparation');
		const { segment, descriptor } = preparation;
		return this.#guard(`filling segment ${segment.id}`, () => {
			const end = Math.min(segment.bytes, preparation.filled + bytesMax);
			while (preparation.filled < end) {
				const bytes = Math.min(end - preparation.filled, ZEROS_BYTES);
				preparation.filled += this.#system.writeSync(descriptor, this.#zeros, 0, bytes, preparation.filled);
			}
			this.#system.fdatasyncSync(descriptor);
			if (preparation.filled < segment.bytes) {
				return null;
			}
			fs.renameSync(this.#temporaryOf(segment), this.#pathOf(segment));
			flushDirectory(this.#directory);
			this.#segments.set(segment.id, segment);
			this.#descriptors.set(segment.id, descriptor);
			this.#preparation = null;
			return segment;
		});
	}

	write(id: number, at: number, bytes: Uint8Array): void {
		assert(!this.#isFlushingOff, 'nothing is written while a flush is under way');
		this.#guard(`writing segment ${id}`, () => {
			this.#checkRange(id, at, bytes.length);
			const descriptor = this.#descriptorOf(id);
			for (let done = 0; done < bytes.length; ) {
				done += this.#system.writeSync(descriptor, bytes, done, bytes.length - done, at + done);
			}
			this.#meter.wrote(bytes.length);
		});
	}

	flush(id: number): void {
		this.#guard(`flushing segment ${id}`, () => {
			const began = performance.now();
			this.#system.fdatasyncSync(this.#descriptorOf(id));
			this.#meter.flushed(began);
		});
	}

	flushOff(id: number, done: () => void): void {
		assert(!this.#isFlushingOff, 'one flush is under way at a time');
		const turn = must(this.#turn, 'a flush off the thread ends in a turn');
		const what = `flushing segment ${id}`;
		this.#guard(what, () => {
			this.#isFlushingOff = true;
			const began = performance.now();
			this.#system.fdatasync(this.#descriptorOf(id), (error) => {
				this.#isFlushingOff = false;
				this.#meter.flushed(began);
				if (error !== null) {
					// From here on, not only from the turn that ends the process.
					this.#broken ??= this.#fatal(error, what);
				}
				turn.run(() => {
					if (this.#broken !== null) {
						throw this.#broken;
					}
					done();
				});
			});
		});
	}

	read(id: number, at: number, into: Uint8Array): void {
		this.#guard(`reading segment ${id}`, () => {
			this.#checkRange(id, at, into.length);
			for (let done = 0; done < into.length; ) {
				const bytes = this.#system.readSync(this.#descriptorOf(id), into, done, into.length - done, at + done);
				if (bytes === 0) {
					throw damaged(`journal segment ${id}, offset ${at + done}`, 'the file must not be shorter than its name says');
				}
				done += bytes;
			}
		});
	}

	close(): void {
		assert(!this.#isFlushingOff, 'a descriptor is not closed under a flush, which could meet the next file of its number');
		for (const descriptor of this.#descriptors.values()) {
			fs.closeSync(descriptor);
		}
		this.#descriptors.clear();
		if (this.#preparation !== null) {
			fs.closeSync(this.#preparation.descriptor);
			this.#preparation = null;
		}
	}

	#openSegment(segment: Segment): void {
		const descriptor = fs.openSync(this.#pathOf(segment), 'r+');
		this.#descriptors.set(segment.id, descriptor);
		const { size } = fs.fstatSync(descriptor);
		if (size !== segment.bytes) {
			throw damaged(`journal segment ${segment.id}`, `the file must have the ${segment.bytes} bytes that its name says, and has ${size}`);
		}
		this.#segments.set(segment.id, segment);
		this.#idLast = Math.max(this.#idLast, segment.id);
	}

	#pathOf({ id, bytes }: Segment): string {
		return path.join(this.#directory, `segment-${id}-${bytes}`);
	}

	#temporaryOf(segment: Segment): string {
		return `${this.#pathOf(segment)}.tmp`;
	}

	#descriptorOf(id: number): number {
		return must(this.#descriptors.get(id), 'the segment is open');
	}

	#checkRange(id: number, at: number, bytes: number): void {
		const segment = must(this.#segments.get(id), 'the segment is there');
		assert(at >= 0 && at + bytes <= segment.bytes, () => `[${at}, ${at + bytes}) of segment ${id} of ${segment.bytes} bytes`);
	}

	/** What the system says becomes the end of the process; after it, every call says it again. */
	#guard<T>(what: string, work: () => T): T {
		if (this.#broken !== null) {
			throw this.#broken;
		}
		try {
			return work();
		} catch (error) {
			this.#broken = this.#fatal(error, what);
			throw this.#broken;
		}
	}

	#fatal(error: unknown, what: string): unknown {
		return asFatal(error, `journal: ${what} in ${this.#directory}`);
	}
}

function asFatal(error: unknown, what: string): unknown {
	if (error instanceof FatalError || !(error instanceof Error) || !('code' in error)) {
		return error;
	}
	return new FatalError(error.code === 'ENOSPC' ? 'disk_full' : 'disk_failed', `${what} failed: ${error.message}`, { cause: error });
}
