/**
 * The journal's segments in memory, on a disk that a crash may leave in any state that a real one may: of what was written since the last flush
 * of a segment, each sector is new or old, and a segment that was being prepared is there in part or not at all. A flush off the thread is ended by
 * hand. For tests and the simulator.
 */
import { assert, must } from '../../src/base/assert.ts';
import type { Random } from '../../src/base/random.ts';
import type { Segment, SegmentFiles } from '../../src/log/journal/segment-files.ts';

const SECTOR = 512;

interface Write {
	readonly at: number;
	readonly bytes: Uint8Array;
}

interface DiskSegment {
	readonly id: number;
	/** What every reader sees. */
	readonly bytes: Uint8Array;
	/** What the disk is sure to hold. */
	readonly durable: Uint8Array;
	unflushed: Write[];
}

export class JournalDisk implements SegmentFiles {
	readonly #segments = new Map<number, DiskSegment>();
	#idLast = 0;
	#preparation: { readonly segment: Segment; filled: number } | null = null;
	#flushOff: { readonly id: number; readonly done: () => void } | null = null;
	writes = 0;
	flushes = 0;
	/** Called before each change of the disk, to take images or to fail. */
	before: (change: 'write' | 'flush' | 'fill', id: number) => void = () => {};

	list(): readonly Segment[] {
		return [...this.#segments.values()].map(({ id, bytes }) => ({ id, bytes: bytes.length })).sort((a, b) => a.id - b.id);
	}

	prepare(bytes: number): void {
		assert(this.#preparation === null, 'one segment is prepared at a time');
		this.#idLast++;
		this.#preparation = { segment: { id: this.#idLast, bytes }, filled: 0 };
	}

	fill(bytesMax: number): Segment | null {
		const preparation = must(this.#preparation, 'a segment is in preparation');
		this.before('fill', preparation.segment.id);
		preparation.filled += bytesMax;
		if (preparation.filled < preparation.segment.bytes) {
			return null;
		}
		const { id, bytes } = preparation.segment;
		this.#segments.set(id, { id, bytes: new Uint8Array(bytes), durable: new Uint8Array(bytes), unflushed: [] });
		this.#preparation = null;
		return preparation.segment;
	}

	write(id: number, at: number, bytes: Uint8Array): void {
		this.before('write', id);
		const segment = this.segment(id);
		assert(at >= 0 && at + bytes.length <= segment.bytes.length, () => `[${at}, ${at + bytes.length}) of ${segment.bytes.length}`);
		assert(!this.isFlushing, 'nothing is written while a flush is under way');
		segment.bytes.set(bytes, at);
		segment.unflushed.push({ at, bytes: bytes.slice() });
		this.writes++;
	}

	flush(id: number): void {
		this.before('flush', id);
		const segment = this.segment(id);
		for (const { at, bytes } of segment.unflushed) {
			segment.durable.set(bytes, at);
		}
		segment.unflushed = [];
		this.flushes++;
	}

	flushOff(id: number, done: () => void): void {
		assert(this.#flushOff === null, 'one flush is under way at a time');
		this.#flushOff = { id, done };
	}

	/** Off the thread. */
	get isFlushing(): boolean {
		return this.#flushOff !== null;
	}

	/** The flush off the thread is done, or it fails, as `before` decides. */
	endFlush(): void {
		const { id, done } = must(this.#flushOff, 'a flush is under way');
		this.flush(id);
		this.#flushOff = null;
		done();
	}

	read(id: number, at: number, into: Uint8Array): void {
		const { bytes } = this.segment(id);
		assert(at >= 0 && at + into.length <= bytes.length, () => `[${at}, ${at + into.length}) of ${bytes.length}`);
		into.set(bytes.subarray(at, at + into.length));
	}

	close(): void {
		assert(!this.isFlushing, 'no file is closed under a flush');
	}

	/** The bytes themselves, to damage them. */
	segment(id: number): DiskSegment {
		return must(this.#segments.get(id), 'the segment is there');
	}

	/** A power cut would find something to tear. */
	get isDirty(): boolean {
		return [...this.#segments.values()].some(({ unflushed }) => unflushed.length > 0);
	}

	/** What the next process finds after a kill: everything that was written, flushed or not. */
	afterKill(): JournalDisk {
		return this.#fork((segment) => ({ bytes: segment.bytes.slice(), durable: segment.durable.slice(), unflushed: [...segment.unflushed] }));
	}

	/** What the next process finds after a power cut. */
	afterPowerCut(random: Random): JournalDisk {
		return this.#fork((segment) => {
			const bytes = segment.durable.slice();
			for (const write of segment.unflushed) {
				tear(bytes, write, random);
			}
			return { bytes, durable: bytes.slice(), unflushed: [] };
		});
	}

	#fork(found: (segment: DiskSegment) => Omit<DiskSegment, 'id'>): JournalDisk {
		const disk = new JournalDisk();
		for (const [id, segment] of this.#segments) {
			disk.#segments.set(id, { id, ...found(segment) });
		}
		disk.#idLast = this.#idLast;
		return disk;
	}
}

/** The write is on the disk, or it is not, or each of its sectors is or is not. */
function tear(bytes: Uint8Array, write: Write, random: Random): void {
	const fate = random.below(4);
	const end = write.at + write.bytes.length;
	for (let from = write.at; from < end; ) {
		const to = Math.min(end, (Math.floor(from / SECTOR) + 1) * SECTOR);
		if (fate === 0 || (fate > 1 && random.below(2) === 0)) {
			bytes.set(write.bytes.subarray(from - write.at, to - write.at), from);
		}
		from = to;
	}
}
