/**
 * The disk under one member's log: the journal's segments and the engine that they are folded into. What a turn writes is durable when the turn
 * is over; a crash before that leaves any prefix of its steps, and a power cut tears what was not flushed. It can be slow, refuse a flush, or be
 * full. It outlives the processes of its member.
 */
import type { Engine, PinnedView, ReadView, WriteView } from '../../src/base/engine.ts';
import { FatalError } from '../../src/base/fatal.ts';
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import type { Segment, SegmentFiles } from '../../src/log/journal/segment-files.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import type { LogContents } from '../../src/log/log-store.ts';
import { JournalDisk } from '../support/journal-disk.ts';
import type { Dice } from './dice.ts';
import type { DiskPlan } from './plan.ts';
import type { Seat } from './seat.ts';
import { SECOND } from './timeline.ts';

export interface DiskCounts {
	flushes: number;
	failedFlushes: number;
	fullDisks: number;
	stalls: number;
	/** Steps of a turn that a crash took back. */
	lostSteps: number;
}

interface Image {
	engine: MemoryEngine;
	readonly files: JournalDisk;
}

/** One change of the disk, to be made on another image of it. */
type Step = (image: Image) => void;

/** What a process may do with the disk. */
export interface OpenDisk {
	readonly engine: Engine;
	readonly files: SegmentFiles;
}

const NOTHING: LogContents = {
	hardState: { term: 0 as never, vote: 0 as never, commit: 0 as never },
	before: { index: 0 as never, term: 0 as never },
	last: 0 as never,
	terms: [],
	mark: null,
};

export class LogDisk {
	readonly #plan: DiskPlan;
	readonly #dice: Dice;
	readonly #counts: DiskCounts;
	/** As of the last turn that is over. */
	#settled: Image = { engine: new MemoryEngine(LOG_TREE_NAMES), files: new JournalDisk() };
	/** Of the turn that is under way. */
	#underway: Step[] = [];
	#contents: () => LogContents = () => NOTHING;
	/** What the log holds by its own word, as of the last turn that is over: any crash from now on must leave this. */
	promised: LogContents = NOTHING;
	/** Whether the last crash came between two turns, so that it must have left exactly what was promised. */
	wasIdle = true;
	/** No more faults: the liveness phase. */
	isHealed = false;
	/** Told once of the next flush that is under way: a crash waits for it. */
	ambush: (() => void) | null = null;

	constructor(plan: DiskPlan, dice: Dice, counts: DiskCounts) {
		this.#plan = plan;
		this.#dice = dice;
		this.#counts = counts;
	}

	open(seat: Seat): OpenDisk {
		const engine = this.#settled.engine.fork();
		const write = <T>(work: (view: WriteView) => T): T => {
			const result = engine.write(work);
			const image = engine.fork();
			this.#step(seat, (settled) => {
				settled.engine = image;
			});
			this.#flush(seat);
			return result;
		};
		const files = new WatchedFiles(this.#settled.files.afterKill(), (change, step) => {
			if (change !== 'flush' && !this.isHealed && this.#dice.percent(this.#plan.fullPercent)) {
				this.#counts.fullDisks++;
				throw new FatalError('disk_full', 'sim: no space under the log');
			}
			this.#step(seat, ({ files: settled }) => step(settled));
			if (change === 'flush') {
				this.#flush(seat);
			}
		});
		return { engine: new DiskEngine(engine, write), files };
	}

	/** The log on top of it has opened. */
	watch(contents: () => LogContents): void {
		this.#contents = contents;
	}

	/** A power cut tears what was not flushed; a kill leaves what the page cache holds. */
	crash(isPowerCut: boolean): void {
		const kept = this.#dice.below(this.#underway.length + 1);
		this.wasIdle = this.#underway.length === 0;
		this.#counts.lostSteps += this.#underway.length - kept;
		for (const step of this.#underway.slice(0, kept)) {
			step(this.#settled);
		}
		const { engine, files } = this.#settled;
		this.#settled = { engine, files: isPowerCut ? files.afterPowerCut(this.#dice) : files.afterKill() };
		this.#underway = [];
		this.#contents = () => NOTHING;
		this.ambush = null;
	}

	/** The first step of a turn sees to its end. */
	#step(seat: Seat, step: Step): void {
		if (this.#underway.length === 0) {
			seat.whenReleased(() => {
				for (const each of this.#underway) {
					each(this.#settled);
				}
				this.#underway = [];
				this.promised = this.#contents();
			});
		}
		this.#underway.push(step);
	}

	#flush(seat: Seat): void {
		const { flushMicroseconds, failPercent, stallPercent } = this.#plan;
		this.#counts.flushes++;
		if (!this.isHealed && this.#dice.percent(failPercent)) {
			// What such a flush has left on the disk nobody knows.
			this.#counts.failedFlushes++;
			throw new FatalError('disk_failed', 'sim: a flush of the log failed');
		}
		seat.spend(this.#dice.skewed(flushMicroseconds));
		if (!this.isHealed && this.#dice.percent(stallPercent)) {
			this.#counts.stalls++;
			seat.spend(this.#dice.between(1, 3) * SECOND);
		}
		this.ambush?.();
		this.ambush = null;
	}
}

class DiskEngine implements Engine {
	readonly #live: MemoryEngine;
	readonly #write: <T>(work: (view: WriteView) => T) => T;

	constructor(live: MemoryEngine, write: <T>(work: (view: WriteView) => T) => T) {
		this.#live = live;
		this.#write = write;
	}

	read<T>(work: (view: ReadView) => T): T {
		return this.#live.read(work);
	}

	pin(): PinnedView {
		return this.#live.pin();
	}

	write<T>(work: (view: WriteView) => T): T {
		return this.#write(work);
	}

	close(): void {}
}

/** The segments that a process sees, each change of which is told, to be made once more where a crash finds it. */
class WatchedFiles implements SegmentFiles {
	readonly #live: JournalDisk;
	readonly #changed: (change: 'write' | 'flush' | 'fill', step: (files: JournalDisk) => void) => void;

	constructor(live: JournalDisk, changed: (change: 'write' | 'flush' | 'fill', step: (files: JournalDisk) => void) => void) {
		this.#live = live;
		this.#changed = changed;
	}

	list(): readonly Segment[] {
		return this.#live.list();
	}

	prepare(bytes: number): void {
		this.#live.prepare(bytes);
		this.#changed('fill', (files) => files.prepare(bytes));
	}

	fill(bytesMax: number): Segment | null {
		const segment = this.#live.fill(bytesMax);
		this.#changed('fill', (files) => files.fill(bytesMax));
		return segment;
	}

	write(id: number, at: number, bytes: Uint8Array): void {
		this.#live.write(id, at, bytes);
		const written = bytes.slice();
		this.#changed('write', (files) => files.write(id, at, written));
	}

	flush(id: number): void {
		this.#live.flush(id);
		this.#changed('flush', (files) => files.flush(id));
	}

	read(id: number, at: number, into: Uint8Array): void {
		this.#live.read(id, at, into);
	}

	close(): void {}
}
