/**
 * The disk under one member's log. What a round of a turn writes is durable when the round is over; a crash before that leaves any prefix of its
 * steps, and a power cut tears what was not flushed. A flush off the thread takes its time while the thread goes on, and what it is for is promised
 * once it ends. It can be slow, stall, refuse a flush, be full, return a damaged record or nothing at all. It outlives the processes of its member.
 */
import { must } from '../../src/base/assert.ts';
import type { Engine, WriteView } from '../../src/base/engine.ts';
import { FatalError } from '../../src/base/fatal.ts';
import type { SegmentFiles } from '../../src/log/journal/segment-files.ts';
import type { LogContents } from '../../src/log/log-store.ts';
import type { Dice } from './dice.ts';
import { HookedEngine } from './hooked-engine.ts';
import { LogImage, type Step, WatchedFiles } from './log-image.ts';
import type { DiskPlan } from './plan.ts';
import type { Seat } from './seat.ts';
import type { SimThread } from './thread.ts';
import { SECOND, type Timeline } from './timeline.ts';

export interface DiskCounts {
	flushes: number;
	/** Off the thread, and those of them that a crash found under way. */
	lateFlushes: number;
	cutLateFlushes: number;
	failedFlushes: number;
	fullDisks: number;
	slowDisks: number;
	stalls: number;
	/** Power cuts that found a write which was not flushed. */
	tornWrites: number;
	/** Steps of a round that a crash took back. */
	lostSteps: number;
}

/** Of one round of one turn. */
interface Batch {
	readonly round: number;
	readonly steps: Step[];
	/** What the log holds, by its own word, once the last flush of these is done; null: nothing was flushed, or what it holds waits for a flush off the thread. */
	contents: LogContents | null;
}

/** Off the thread. */
interface LateFlush {
	/** What the log holds once it is done. */
	readonly contents: LogContents;
	/** The round that began it is over. */
	isBegun: boolean;
}

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
const SLOW_FACTOR = 30;

export class LogDisk {
	readonly #plan: DiskPlan;
	readonly #timeline: Timeline;
	readonly #dice: Dice;
	readonly #counts: DiskCounts;
	readonly #flushMicroseconds: number;
	/** As of the last round that is over. */
	#settled = new LogImage();
	/** Of the rounds that are not over. */
	#underway: Batch[] = [];
	#late: LateFlush | null = null;
	#thread: SimThread | null = null;
	#contents: () => LogContents = () => NOTHING;
	#isOpen = false;
	/** What the log holds by its own word, as of the last round that is over: any crash from now on must leave this. */
	promised: LogContents = NOTHING;
	/** Whether the last crash came between two rounds, so that it must have left exactly what was promised. */
	wasIdle = true;
	/** What was promised is gone: the member must refuse to start. The promise stands, for those who count on what was once here. */
	isEmptied = false;
	/** No more faults: the liveness phase. */
	isHealed = false;
	/** Told once of the next flush that is under way: a crash waits for it. */
	ambush: (() => void) | null = null;

	constructor(plan: DiskPlan, timeline: Timeline, dice: Dice, counts: DiskCounts) {
		this.#plan = plan;
		this.#timeline = timeline;
		this.#dice = dice;
		this.#counts = counts;
		const isSlow = dice.percent(plan.slowPercent);
		counts.slowDisks += isSlow ? 1 : 0;
		this.#flushMicroseconds = plan.flushMicroseconds * (isSlow ? SLOW_FACTOR : 1);
	}

	open(seat: Seat): OpenDisk {
		this.#thread = seat.thread;
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
		const files = new WatchedFiles(this.#settled.files.afterKill(), {
			changed: (change, step) => {
				if (change !== 'flush' && !this.isHealed && this.#dice.percent(this.#plan.fullPercent)) {
					this.#counts.fullDisks++;
					throw new FatalError('disk_full', 'sim: no space under the log');
				}
				this.#step(seat, step);
				if (change === 'flush') {
					this.#flush(seat);
				}
			},
			flushesOff: (step, done) => this.#flushOff(seat, step, done),
		});
		return { engine: new HookedEngine(engine, write), files };
	}

	/** The log on top of it has opened. */
	watch(contents: () => LogContents): void {
		this.#contents = contents;
		this.#isOpen = true;
		for (const batch of this.#underway) {
			// Written while it opened.
			batch.contents = contents();
		}
	}

	/** A power cut tears what was not flushed; a kill leaves what the page cache holds. */
	crash(isPowerCut: boolean): void {
		// Of a round that the thread had not come to, nothing was written.
		const steps = this.#underway.filter(({ round }) => this.#thread?.isReached(round) === true).flatMap((batch) => batch.steps);
		const kept = this.#dice.below(steps.length + 1);
		const isFlushing = this.#late?.isBegun === true;
		this.#counts.cutLateFlushes += isFlushing ? 1 : 0;
		// A process that did not come to open the log has told nothing of what the one before it left.
		this.wasIdle = steps.length === 0 && !isFlushing && (this.wasIdle || this.#isOpen);
		this.#isOpen = false;
		this.#counts.lostSteps += steps.length - kept;
		for (const step of steps.slice(0, kept)) {
			step(this.#settled);
		}
		const { files } = this.#settled;
		if (isPowerCut && files.isDirty) {
			this.#counts.tornWrites++;
		}
		this.#settled.files = isPowerCut ? files.afterPowerCut(this.#dice) : files.afterKill();
		this.#underway = [];
		this.#late = null;
		this.#contents = () => NOTHING;
		this.ambush = null;
	}

	/** Of a member that is down: a record that was told of does not read back. False if there is none yet. */
	damage(): boolean {
		return this.#dice.oneIn(3) ? this.#settled.damageEntry(this.#dice) : this.#settled.damageRecord(this.#dice);
	}

	/** Of a member that is down: its files are gone. */
	empty(): void {
		this.#settled = new LogImage();
		this.isEmptied = true;
	}

	/** The first step of a round sees to its end. */
	#step(seat: Seat, step: Step): void {
		const { round } = seat.thread;
		let batch = this.#underway.at(-1);
		if (batch === undefined || batch.round !== round) {
			const begun: Batch = { round, steps: [], contents: null };
			batch = begun;
			this.#underway.push(begun);
			seat.whenReleased(() => this.#settle(begun));
		}
		batch.steps.push(step);
	}

	#settle(batch: Batch): void {
		for (const step of batch.steps) {
			step(this.#settled);
		}
		this.#underway.splice(this.#underway.indexOf(batch), 1);
		if (!this.isEmptied) {
			this.promised = batch.contents ?? this.promised;
		}
	}

	#flush(seat: Seat): void {
		this.#counts.flushes++;
		if (this.#fails()) {
			throw failedFlush();
		}
		seat.spend(this.#flushTime());
		const batch = this.#underway.at(-1);
		if (batch !== undefined) {
			// What the log does beside a flush off the thread changes nothing of what it holds.
			batch.contents = this.#late === null ? this.#contents() : null;
		}
		this.ambush?.();
		this.ambush = null;
	}

	/** It begins when the round is over that has asked for it, and thus has written what is to be flushed. */
	#flushOff(seat: Seat, step: Step, done: () => void): void {
		this.#counts.lateFlushes++;
		const late: LateFlush = { contents: this.#contents(), isBegun: false };
		this.#late = late;
		const batch = must(this.#underway.at(-1), 'a record was written');
		// The records before the last one are flushed by now, and not told of before it is.
		batch.contents = null;
		const fails = this.#fails();
		const time = this.#flushTime();
		seat.whenReleased(() => {
			late.isBegun = true;
			this.ambush?.();
			this.ambush = null;
			this.#timeline.after(time, () => {
				if (this.#late !== late) {
					// It ended with its process.
					return;
				}
				if (fails) {
					seat.run(() => {
						throw failedFlush();
					});
					return;
				}
				step(this.#settled);
				this.promised = late.contents;
				this.#late = null;
				seat.run(done);
			});
		});
	}

	/** What such a flush has left on the disk nobody knows. */
	#fails(): boolean {
		const fails = !this.isHealed && this.#dice.percent(this.#plan.failPercent);
		this.#counts.failedFlushes += fails ? 1 : 0;
		return fails;
	}

	#flushTime(): number {
		const { flushMicroseconds, stallPercent } = this.#plan;
		const time = this.#dice.skewed(this.isHealed ? flushMicroseconds : this.#flushMicroseconds);
		if (this.isHealed || !this.#dice.percent(stallPercent)) {
			return time;
		}
		this.#counts.stalls++;
		return time + this.#dice.between(1, 3) * SECOND;
	}
}

function failedFlush(): FatalError {
	return new FatalError('disk_failed', 'sim: a flush of the log failed');
}
