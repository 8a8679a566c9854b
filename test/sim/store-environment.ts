/** The StoreEnvironment of a simulated process: the semantics of adapters/store-directory.ts over a StoreDisk, on virtual time. */
import { assert, must } from '../../src/base/assert.ts';
import type { Index, Term } from '../../src/base/brand.ts';
import type { Engine, EngineReader } from '../../src/base/engine.ts';
import { FatalError } from '../../src/base/fatal.ts';
import type { MemoryEngine } from '../../src/base/memory-engine.ts';
import { appliedPoint } from '../../src/mvcc/store-state.ts';
import type { ReaderProvider } from '../../src/ports/reader-provider.ts';
import type { AppliedPoint, StoreEnvironment } from '../../src/ports/store-environment.ts';
import type { Dice } from './dice.ts';
import { HookedEngine } from './hooked-engine.ts';
import type { Plan } from './plan.ts';
import type { Seat } from './seat.ts';
import { emptyStore, type StoreDisk, type StoreImage } from './store-disk.ts';
import type { Timeline } from './timeline.ts';

export interface StoreSurroundings {
	readonly plan: Plan;
	readonly timeline: Timeline;
	readonly dice: Dice;
	readonly disk: StoreDisk;
	readonly seat: Seat;
	/** Whether this process still lives: what it began off the thread ends with it. */
	isUp(): boolean;
	/** No more faults. */
	isHealed(): boolean;
	/** How long a commit takes on this member's machine, beyond what a turn does; 0 for most. */
	readonly commitMicroseconds: number;
	/** A transaction of the store is committed. */
	committed(engine: MemoryEngine): void;
	/** What a checkpoint saves in place of this image: canaries change it. */
	saving(image: MemoryEngine): MemoryEngine;
}

const NOTHING: AppliedPoint = { index: 0 as Index, term: 0 as Term };

export class SimStoreEnvironment implements StoreEnvironment, ReaderProvider {
	readonly #world: StoreSurroundings;
	#generation: number;
	#current: MemoryEngine;
	#engine: Engine;
	#checkpointed: AppliedPoint;
	/** The generations whose directories are there. */
	readonly #present = new Map<number, MemoryEngine>();
	#commits = 0;
	#commitsHeld = 0;
	#begunAt: number;
	#isRunning = false;
	#spooling: ((path: string | null, point: AppliedPoint) => void)[] | null = null;
	#isInstalling = false;
	#isClosed = false;

	constructor(world: StoreSurroundings, isLogEmpty: boolean) {
		this.#world = world;
		const { disk } = world;
		if (disk.durable === null) {
			if (!isLogEmpty) {
				throw new FatalError('store_damaged', 'sim: no store, but the log is not empty');
			}
			disk.durable = { generation: 1, image: emptyStore(), point: NOTHING, isReached: () => true };
		}
		const { generation, image, point } = disk.durable;
		this.#generation = generation;
		this.#current = image.fork();
		this.#engine = this.#watched(this.#current);
		this.#present.set(generation, this.#current);
		this.#checkpointed = point;
		this.#begunAt = world.timeline.now;
	}

	get generation(): number {
		return this.#generation;
	}

	get engine(): Engine {
		return this.#engine;
	}

	/** What the store holds, for the checkers. */
	get image(): MemoryEngine {
		return this.#current;
	}

	get checkpointed(): AppliedPoint {
		return this.#checkpointed;
	}

	get mustWait(): boolean {
		return this.#isRunning && this.#commits - this.#commitsHeld > this.#world.plan.beyondCheckpointMax;
	}

	get sweepMustWait(): boolean {
		return this.mustWait;
	}

	/** The simulated store has no pages, and no quota. */
	usedBytes(): number {
		return 0;
	}

	isCheckpointDue(): boolean {
		const { timeline, plan } = this.#world;
		return !this.#isRunning && this.#commits > this.#commitsHeld && timeline.now - this.#begunAt >= plan.checkpointMicroseconds;
	}

	startCheckpoint(point: AppliedPoint, done: (point: AppliedPoint) => void): boolean {
		assert(!this.#isClosed, 'a checkpoint of a closed store');
		if (this.#isRunning || this.#commits === this.#commitsHeld) {
			return false;
		}
		this.#assertHolds(point);
		this.#isRunning = true;
		const taken = this.#hold(point);
		const { disk, seat } = this.#world;
		this.#laterThanTurn(this.#flushTime(), () => {
			this.#renamed(taken);
			this.#later(1 + this.#flushTime() / 4, () => {
				this.#durable(taken);
				seat.run(() => {
					this.#isRunning = false;
					if (taken.generation === this.#generation) {
						this.#checkpointed = must(disk.durable, 'a durable store').point;
					}
					if (!this.#isClosed) {
						done(this.checkpointed);
					}
				});
			});
		});
		return true;
	}

	checkpointNow(point: AppliedPoint): void {
		this.#assertHolds(point);
		const taken = this.#hold(point);
		this.#world.seat.whenReleased(() => {
			this.#renamed(taken);
			this.#durable(taken);
		});
		this.#checkpointed = taken.point;
	}

	spool(point: AppliedPoint, done: (path: string | null, point: AppliedPoint) => void): void {
		this.#assertHolds(point);
		if (this.#spooling !== null) {
			this.#spooling.push(done);
			return;
		}
		const waiting = [done];
		this.#spooling = waiting;
		const { dice, plan, disk, seat } = this.#world;
		const image = this.#current.fork();
		this.#laterThanTurn(dice.skewed(plan.network.snapshotMicroseconds), () => {
			seat.run(() => {
				this.#spooling = null;
				for (const each of waiting) {
					const failed = this.#fails(plan.disk.spoolFailPercent);
					each(failed ? null : disk.newFile('spool', { point, image }), point);
				}
			});
		});
	}

	install(path: string, { index, term }: AppliedPoint, done: (ok: boolean) => void): void {
		assert(!this.#isInstalling && !this.#isClosed, 'one snapshot is installed at a time');
		this.#isInstalling = true;
		const { dice, plan, disk, seat } = this.#world;
		this.#laterThanTurn(dice.skewed(plan.network.snapshotMicroseconds) + this.#flushTime(), () => {
			seat.run(() => {
				this.#isInstalling = false;
				const file = disk.files.get(path);
				const isUsable = file?.point.index === index && file.point.term === term && !this.#fails(plan.disk.installFailPercent);
				if (isUsable) {
					this.#switch(file.image, file.point);
				}
				done(isUsable);
			});
		});
	}

	dropOlderGenerations(): void {
		for (const generation of this.#present.keys()) {
			if (generation < this.#generation) {
				this.#present.delete(generation);
			}
		}
	}

	discardFile(path: string): void {
		this.#world.disk.files.delete(path);
	}

	close(): void {
		this.#isClosed = true;
	}

	/** For the lanes, each with a handle of its own. */
	openGeneration(generation: number): EngineReader {
		const engine = this.#present.get(generation);
		if (engine === undefined) {
			throw new FatalError('store_damaged', `sim: no directory of generation ${generation}`);
		}
		return { read: (work) => engine.read(work), pin: () => engine.pin(), close: () => {} };
	}

	/** The new generation is checkpointed before CURRENT names it, in this turn; a crash within it finds either. */
	#switch(image: MemoryEngine, point: AppliedPoint): void {
		const { disk, seat } = this.#world;
		this.#generation++;
		this.#current = image.fork();
		this.#engine = this.#watched(this.#current);
		this.#present.set(this.#generation, this.#current);
		this.#checkpointed = point;
		this.#commits++;
		this.#commitsHeld = this.#commits;
		const { round } = seat.thread;
		const isReached = (): boolean => seat.thread.isReached(round);
		const taken: StoreImage = { generation: this.#generation, image: this.#current.fork(), point, isReached };
		disk.maybe = taken;
		disk.installAmbush?.();
		disk.installAmbush = null;
		seat.whenReleased(() => this.#durable(taken));
		this.#tell(this.#current);
	}

	#watched(engine: MemoryEngine): Engine {
		return new HookedEngine(engine, (work) => {
			const result = engine.write(work);
			const { seat, dice, commitMicroseconds } = this.#world;
			if (commitMicroseconds > 0 && !this.#world.isHealed()) {
				seat.spend(dice.skewed(commitMicroseconds));
			}
			this.#commits++;
			this.#tell(engine);
			return result;
		});
	}

	/** When it comes true: of a round that a crash cut off nobody has seen anything. */
	#tell(engine: MemoryEngine): void {
		const image = engine.fork();
		this.#world.seat.whenReleased(() => this.#world.committed(image));
	}

	#hold(point: AppliedPoint): StoreImage {
		this.#commitsHeld = this.#commits;
		this.#begunAt = this.#world.timeline.now;
		return { generation: this.#generation, image: this.#world.saving(this.#current.fork()), point, isReached: () => true };
	}

	#renamed(taken: StoreImage): void {
		if (taken.generation === this.#generation) {
			const { disk } = this.#world;
			disk.maybe = taken;
			disk.ambush?.();
			disk.ambush = null;
		}
	}

	#durable(taken: StoreImage): void {
		const { disk } = this.#world;
		if (disk.maybe === taken) {
			disk.durable = taken;
			disk.maybe = null;
		}
	}

	#assertHolds(point: AppliedPoint): void {
		const held = this.#current.read(appliedPoint);
		assert(held.index === point.index && held.term === point.term, () => `the store holds ${held.index}, a checkpoint names ${point.index}`);
	}

	#fails(percent: number): boolean {
		return !this.#world.isHealed() && this.#world.dice.percent(percent);
	}

	#flushTime(): number {
		return this.#world.dice.skewed(this.#world.plan.disk.checkpointMicroseconds);
	}

	/** Off the thread, begun by the turn that is running. */
	#laterThanTurn(microseconds: number, work: () => void): void {
		this.#world.seat.whenReleased(() => this.#later(microseconds, work));
	}

	#later(microseconds: number, work: () => void): void {
		const { timeline } = this.#world;
		timeline.after(Math.ceil(microseconds), () => {
			if (this.#world.isUp()) {
				work();
			}
		});
	}
}
