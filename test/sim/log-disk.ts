/**
 * The disk under one member's log. A write is durable when the turn that made it is over; a crash before that leaves any prefix of the
 * transactions under way. It can be slow, refuse a flush, or be full. It outlives the processes of its member.
 */
import type { Engine, PinnedView, ReadView, WriteView } from '../../src/base/engine.ts';
import { FatalError } from '../../src/base/fatal.ts';
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import type { Dice } from './dice.ts';
import type { DiskPlan } from './plan.ts';
import type { Seat } from './seat.ts';
import { SECOND } from './timeline.ts';

export interface DiskCounts {
	flushes: number;
	failedFlushes: number;
	fullDisks: number;
	stalls: number;
	/** Transactions that a crash took back. */
	lostWrites: number;
}

export class LogDisk {
	readonly #plan: DiskPlan;
	readonly #dice: Dice;
	readonly #counts: DiskCounts;
	/** What any crash from now on leaves, at least. */
	#durable: MemoryEngine = new MemoryEngine(LOG_TREE_NAMES);
	/** Images after each transaction that is not known to be durable. */
	#underway: MemoryEngine[] = [];
	/** No more faults: the liveness phase. */
	isHealed = false;
	/** Told once of the next write that is under way: a crash waits for it. */
	ambush: (() => void) | null = null;

	constructor(plan: DiskPlan, dice: Dice, counts: DiskCounts) {
		this.#plan = plan;
		this.#dice = dice;
		this.#counts = counts;
	}

	get durable(): MemoryEngine {
		return this.#durable;
	}

	/** The machine is back after a crash: some of what was under way is there. */
	open(seat: Seat): Engine {
		const live = this.#durable.fork();
		return new DiskEngine(live, (work) => this.#write(seat, live, work));
	}

	crash(): void {
		const kept = this.#dice.below(this.#underway.length + 1);
		this.#counts.lostWrites += this.#underway.length - kept;
		this.#durable = this.#underway[kept - 1] ?? this.#durable;
		this.#underway = [];
		this.ambush = null;
	}

	#write<T>(seat: Seat, live: MemoryEngine, work: (view: WriteView) => T): T {
		const { flushMicroseconds, failPercent, fullPercent, stallPercent } = this.#plan;
		this.#counts.flushes++;
		if (!this.isHealed && this.#dice.percent(fullPercent)) {
			this.#counts.fullDisks++;
			throw new FatalError('disk_full', 'sim: no space under the log');
		}
		const result = live.write(work);
		const image = live.fork();
		this.#underway.push(image);
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
		seat.whenReleased(() => {
			this.#durable = image;
			this.#underway = this.#underway.slice(this.#underway.indexOf(image) + 1);
		});
		return result;
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

	close(): void {
		this.#live.close();
	}
}
