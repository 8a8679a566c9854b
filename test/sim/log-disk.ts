/**
 * The disk under one member's log. What a round of a turn writes is durable when the round is over; a crash before that leaves any prefix of its
 * steps, and a power cut tears what was not flushed. It can be slow, stall, refuse a flush, be full, return a damaged record or nothing at all.
 * It outlives the processes of its member.
 */
import type { Engine, WriteView } from '../../src/base/engine.ts';
import { FatalError } from '../../src/base/fatal.ts';
import type { SegmentFiles } from '../../src/log/journal/segment-files.ts';
import type { LogContents } from '../../src/log/log-store.ts';
import type { Dice } from './dice.ts';
import { HookedEngine } from './hooked-engine.ts';
import { LogImage, WatchedFiles } from './log-image.ts';
import type { DiskPlan } from './plan.ts';
import type { Seat } from './seat.ts';
import type { SimThread } from './thread.ts';
import { SECOND } from './timeline.ts';

export interface DiskCounts {
	flushes: number;
	failedFlushes: number;
	fullDisks: number;
	slowDisks: number;
	stalls: number;
	/** Power cuts that found a write which was not flushed. */
	tornWrites: number;
	/** Steps of a round that a crash took back. */
	lostSteps: number;
}

/** One change of the disk, to be made on another image of it. */
type Step = (image: LogImage) => void;

/** Of one round of one turn. */
interface Batch {
	readonly round: number;
	readonly steps: Step[];
	/** What the log holds, by its own word, once the last flush of these is done; null: nothing was flushed. */
	contents: LogContents | null;
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
	readonly #dice: Dice;
	readonly #counts: DiskCounts;
	readonly #flushMicroseconds: number;
	/** As of the last round that is over. */
	#settled = new LogImage();
	/** Of the rounds that are not over. */
	#underway: Batch[] = [];
	#thread: SimThread | null = null;
	#contents: () => LogContents = () => NOTHING;
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

	constructor(plan: DiskPlan, dice: Dice, counts: DiskCounts) {
		this.#plan = plan;
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
		const files = new WatchedFiles(this.#settled.files.afterKill(), (change, step) => {
			if (change !== 'flush' && !this.isHealed && this.#dice.percent(this.#plan.fullPercent)) {
				this.#counts.fullDisks++;
				throw new FatalError('disk_full', 'sim: no space under the log');
			}
			this.#step(seat, step);
			if (change === 'flush') {
				this.#flush(seat);
			}
		});
		return { engine: new HookedEngine(engine, write), files };
	}

	/** The log on top of it has opened. */
	watch(contents: () => LogContents): void {
		this.#contents = contents;
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
		this.wasIdle = steps.length === 0;
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
		const { flushMicroseconds, failPercent, stallPercent } = this.#plan;
		this.#counts.flushes++;
		if (!this.isHealed && this.#dice.percent(failPercent)) {
			// What such a flush has left on the disk nobody knows.
			this.#counts.failedFlushes++;
			throw new FatalError('disk_failed', 'sim: a flush of the log failed');
		}
		seat.spend(this.#dice.skewed(this.isHealed ? flushMicroseconds : this.#flushMicroseconds));
		if (!this.isHealed && this.#dice.percent(stallPercent)) {
			this.#counts.stalls++;
			seat.spend(this.#dice.between(1, 3) * SECOND);
		}
		const batch = this.#underway.at(-1);
		if (batch !== undefined) {
			batch.contents = this.#contents();
		}
		this.ambush?.();
		this.ambush = null;
	}
}
