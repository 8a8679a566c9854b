/** One simulated member: its disks, its clock, and the process that is up, if any. */
import type { Slot } from '../../src/base/brand.ts';
import { FatalError } from '../../src/base/fatal.ts';
import type { MemoryEngine } from '../../src/base/memory-engine.ts';
import type { LogContents } from '../../src/log/log-store.ts';
import type { LogFields, LogLevel } from '../../src/ports/logger.ts';
import type { AnyMessage } from '../../src/protocol/routes.ts';
import type { Address } from '../../src/runtime/host.ts';
import type { Canary } from './canaries/canary.ts';
import type { Dice } from './dice.ts';
import type { Habitat } from './habitat.ts';
import { type DiskCounts, LogDisk } from './log-disk.ts';
import type { Network } from './network.ts';
import type { Plan } from './plan.ts';
import { Process } from './process.ts';
import { StoreDisk } from './store-disk.ts';
import type { Timeline } from './timeline.ts';
import { Violation } from './verdict.ts';
import type { Place, Witness } from './witness.ts';

export interface MemberWorld {
	readonly plan: Plan;
	readonly timeline: Timeline;
	readonly network: Network;
	readonly witnesses: readonly Witness[];
	readonly canary: Canary | null;
	readonly diskCounts: DiskCounts;
	readonly random: Dice;
	nextEpoch(): number;
	note(slot: Slot, what: () => string): void;
	spoken(bytes: Uint8Array): void;
	/** A fault of the product, or something that a checker saw. */
	over(error: unknown, where: string): void;
}

export class Member implements Habitat {
	readonly slot: Slot;
	readonly plan: Plan;
	readonly dice: Dice;
	readonly timeline: Timeline;
	readonly network: Network;
	readonly log: LogDisk;
	readonly store = new StoreDisk();
	readonly driftPercent: number;
	readonly #world: MemberWorld;
	#process: Process | null = null;
	#epoch = 0;
	#isOpening = false;
	/** Who brings it up again after a fault of its own; null: nobody. */
	whenDead: (() => void) | null = null;
	/** Never to come back. */
	isGone = false;

	constructor(slot: Slot, world: MemberWorld) {
		const { plan } = world;
		this.slot = slot;
		this.plan = plan;
		this.dice = world.random;
		this.timeline = world.timeline;
		this.network = world.network;
		this.log = new LogDisk(plan.disk, this.dice.fork(), world.diskCounts);
		this.driftPercent = plan.faults.driftPercent === 0 ? 0 : this.dice.between(-plan.faults.driftPercent, plan.faults.driftPercent);
		this.#world = world;
	}

	get process(): Process | null {
		return this.#process;
	}

	get isUp(): boolean {
		return this.#process !== null;
	}

	get place(): Place {
		return { slot: this.slot, epoch: this.#epoch, log: this.log, store: this.store };
	}

	start(): void {
		if (this.#process !== null) {
			return;
		}
		this.#epoch = this.#world.nextEpoch();
		this.#world.note(this.slot, () => `starts (process ${this.#epoch})`);
		this.#isOpening = true;
		try {
			this.#process = new Process(this, this.#epoch);
		} catch (error) {
			this.failed(error, { role: 'log', lane: 0 });
		}
		this.#isOpening = false;
	}

	/** No word more; the disks keep what they must, and perhaps some of the rest. */
	crash(why: string, isPowerCut = false): void {
		if (this.#process === null && !this.#isOpening) {
			return;
		}
		this.#world.note(this.slot, () => `dies: ${why}`);
		if (this.#process !== null) {
			this.#process.isUp = false;
		}
		this.#process = null;
		this.log.crash(isPowerCut);
		this.store.crash(this.dice);
	}

	pause(microseconds: number): void {
		if (this.#process !== null) {
			this.#world.note(this.slot, () => `pauses for ${microseconds / 1_000} ms`);
			this.#process.pausedUntil = Math.max(this.#process.pausedUntil, this.timeline.now + microseconds);
		}
	}

	wake(): void {
		if (this.#process !== null) {
			this.#process.pausedUntil = Math.min(this.#process.pausedUntil, this.timeline.now);
		}
	}

	stop(done: () => void): void {
		const process = this.#process;
		if (process !== null) {
			this.#world.note(this.slot, () => 'is asked to stop');
			process.stop(() => {
				if (this.#process === process) {
					this.crash('stopped cleanly');
					done();
				}
			});
		}
	}

	// ---- Habitat

	logged(level: LogLevel, message: string, fields: LogFields): void {
		this.#world.note(this.slot, () => `${level}: ${message} ${JSON.stringify(fields)}`);
	}

	failed(error: unknown, { role, lane }: Address): void {
		const isOfTheDisk = error instanceof FatalError && (error.reason === 'disk_failed' || error.reason === 'disk_full');
		if (isOfTheDisk) {
			// What the product must do with such a fault is to die of it, at once.
			this.crash(error.message);
			this.whenDead?.();
			return;
		}
		this.#world.over(error, error instanceof Violation ? `member ${this.slot}` : `member ${this.slot}, ${role}/${lane}`);
	}

	leaving(from: Address, to: string, messages: readonly AnyMessage[]): readonly AnyMessage[] {
		return this.#world.canary?.leaving?.(this.#plantingPlace(), from, to, messages) ?? messages;
	}

	told(from: Address, to: string, messages: readonly AnyMessage[]): void {
		for (const message of messages) {
			this.#world.note(this.slot, () => `${from.role}/${from.lane} -> ${to}: ${describe(message)}`);
			this.#watch((witness) => witness.told(this.place, from, to, message));
		}
	}

	spoken(frame: Uint8Array): void {
		this.#world.spoken(frame);
	}

	openedLog(found: LogContents): void {
		this.#watch((witness) => witness.opened(this.place, found));
	}

	committed(engine: MemoryEngine): void {
		this.#watch((witness) => witness.committed(this.place, engine));
	}

	saving(image: MemoryEngine): MemoryEngine {
		return this.#world.canary?.saving?.(this.slot, image) ?? image;
	}

	#plantingPlace(): { readonly slot: Slot; readonly process: Process | null; readonly members: number } {
		return { slot: this.slot, process: this.#process, members: this.plan.members };
	}

	#watch(look: (witness: Witness) => void): void {
		for (const witness of this.#world.witnesses) {
			look(witness);
		}
	}
}

/** Short enough to follow. */
function describe(message: AnyMessage): string {
	return JSON.stringify(message, (key, value) => {
		if (value instanceof Uint8Array) {
			return `<${value.length}>`;
		}
		return (key === 'payloads' || key === 'responses' || key === 'frames' || key === 'after') && Array.isArray(value) ? `[${value.length}]` : value;
	});
}
