/** One simulated member: its identity, its disks, its clock, and the process that is up, if any. */
import { assert } from '../../src/base/assert.ts';
import type { Slot } from '../../src/base/brand.ts';
import { FatalError, type FatalReason } from '../../src/base/fatal.ts';
import type { MemoryEngine } from '../../src/base/memory-engine.ts';
import type { LogContents } from '../../src/log/log-store.ts';
import type { LogFields, LogLevel } from '../../src/ports/logger.ts';
import type { AnyMessage } from '../../src/protocol/routes.ts';
import type { Address } from '../../src/runtime/host.ts';
import type { Canary } from './canaries/canary.ts';
import type { Dice } from './dice.ts';
import { type Identity, peerUrl } from './foundation.ts';
import type { Habitat } from './habitat.ts';
import { type DiskCounts, LogDisk } from './log-disk.ts';
import type { Network } from './network.ts';
import type { Plan } from './plan.ts';
import { Process } from './process.ts';
import { StoreDisk } from './store-disk.ts';
import type { Timeline } from './timeline.ts';
import { Violation } from './verdict.ts';
import type { Place, Witness } from './witness.ts';

/** How a member's data was lost, and with it what its process must say when it is started again. */
export type Loss = 'wiped' | 'log damaged' | 'log lost' | 'store damaged';

export interface MemberCounts {
	driftingClocks: number;
	slowStores: number;
	/** Starts that ended with the reason that the loss of data must give. */
	refusedStarts: number;
	/** Processes that ended because their member had been removed. */
	removedEnds: number;
}

export interface MemberWorld {
	readonly plan: Plan;
	readonly timeline: Timeline;
	readonly network: Network;
	readonly witnesses: readonly Witness[];
	readonly canary: Canary | null;
	readonly diskCounts: DiskCounts;
	readonly memberCounts: MemberCounts;
	readonly random: Dice;
	nextEpoch(): number;
	isRemoved(id: string): boolean;
	note(slot: Slot, what: () => string): void;
	spoken(bytes: Uint8Array): void;
	/** A fault of the product, or something that a checker saw. */
	over(error: unknown, where: string): void;
}

const REASON: { readonly [L in Loss]: readonly FatalReason[] } = {
	wiped: [],
	'log damaged': ['log_damaged'],
	'log lost': ['log_lost'],
	'store damaged': ['store_damaged'],
};

const FAREWELLS_MAX = 2;

export class Member implements Habitat {
	readonly slot: Slot;
	readonly id: string;
	readonly machine: number;
	readonly isFounder: boolean;
	readonly urls: readonly string[];
	readonly plan: Plan;
	readonly dice: Dice;
	readonly timeline: Timeline;
	readonly network: Network;
	readonly log: LogDisk;
	readonly store = new StoreDisk();
	readonly driftPercent: number;
	readonly commitMicroseconds: number;
	readonly #world: MemberWorld;
	#process: Process | null = null;
	#epoch = 0;
	#isOpening = false;
	#farewells = 0;
	/** Who brings it up again after it has ended by itself; null: nobody. */
	whenDead: (() => void) | null = null;
	/** Never to come back. */
	isGone = false;
	loss: Loss | null = null;
	/** It has said so, and stays down. */
	hasRefused = false;

	constructor(identity: Identity, world: MemberWorld) {
		const { plan } = world;
		this.slot = identity.slot;
		this.id = identity.id;
		this.machine = identity.machine;
		this.isFounder = identity.isFounder;
		this.urls = [peerUrl(identity.machine)];
		this.plan = plan;
		this.dice = world.random;
		this.timeline = world.timeline;
		this.network = world.network;
		this.log = new LogDisk(plan.disk, world.timeline, this.dice.fork(), world.diskCounts);
		this.driftPercent = plan.faults.driftPercent === 0 ? 0 : this.dice.between(-plan.faults.driftPercent, plan.faults.driftPercent);
		this.commitMicroseconds = this.dice.percent(plan.disk.slowStorePercent) ? plan.disk.slowCommitMicroseconds : 0;
		world.memberCounts.slowStores += this.commitMicroseconds === 0 ? 0 : 1;
		world.memberCounts.driftingClocks += this.driftPercent === 0 ? 0 : 1;
		this.#world = world;
	}

	get process(): Process | null {
		return this.#process;
	}

	get isUp(): boolean {
		return this.#process !== null;
	}

	/** It may be broken, and comes back; else it is over with it. */
	get isAlive(): boolean {
		return !this.isGone && this.loss === null;
	}

	/** It has ended by itself, having heard of its removal. */
	get hasLeft(): boolean {
		return this.#farewells > 0;
	}

	/** Others may count on it. */
	get isReliable(): boolean {
		return this.isAlive && !this.hasLeft;
	}

	/** It takes entries up to this one for committed whatever crash comes. */
	get known(): number {
		return Math.max(this.store.durable?.point.index ?? 0, this.log.promised.hardState.commit);
	}

	get place(): Place {
		return { slot: this.slot, epoch: this.#epoch, log: this.log, store: this.store };
	}

	start(): void {
		if (this.#process !== null || this.isGone || this.hasRefused || this.loss === 'wiped') {
			return;
		}
		this.#epoch = this.#world.nextEpoch();
		this.#world.note(this.slot, () => `starts (process ${this.#epoch})`);
		this.#isOpening = true;
		try {
			this.#process = new Process(this, this.#epoch);
		} catch (error) {
			this.failed(error, 'opening');
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

	/** Of a member that is down: its data is gone in this way. */
	lose(loss: Loss): void {
		assert(!this.isUp && this.isAlive, () => `member ${this.slot} loses its data twice, or while it runs`);
		this.#world.note(this.slot, () => `loses its data: ${loss}`);
		this.loss = loss;
	}

	/** It was started, and has said why it cannot be. */
	refused(why: string): void {
		this.#world.note(this.slot, () => `refuses to start: ${why}`);
		this.#world.memberCounts.refusedStarts++;
		this.hasRefused = true;
	}

	// ---- Habitat

	logged(level: LogLevel, message: string, fields: LogFields): void {
		this.#world.note(this.slot, () => `${level}: ${message} ${JSON.stringify(fields)}`);
	}

	failed(error: unknown, where: string): void {
		if (error instanceof FatalError) {
			// What the product must do with such a fault is to die of it, at once.
			if (error.reason === 'disk_failed' || error.reason === 'disk_full') {
				this.crash(error.message);
				this.whenDead?.();
				return;
			}
			if (this.loss !== null && REASON[this.loss].includes(error.reason)) {
				this.crash(error.message);
				this.refused(error.message);
				return;
			}
			if (error.reason === 'member_removed' && this.#world.isRemoved(this.id)) {
				this.#world.memberCounts.removedEnds++;
				this.crash(error.message);
				this.#farewells++;
				// It is started again, and ends again; then whoever does so gives up.
				this.isGone = this.#farewells > FAREWELLS_MAX;
				this.whenDead?.();
				return;
			}
		}
		this.#world.over(error, error instanceof Violation ? `member ${this.slot}` : `member ${this.slot}, ${where}`);
	}

	told(from: Address, to: string, message: AnyMessage): void {
		this.#world.note(this.slot, () => `${from.role}/${from.lane} -> ${to}: ${describe(message)}`);
		this.#watch((witness) => witness.told(this.place, from, to, message));
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
		return this.#world.canary?.saving(this.slot, image) ?? image;
	}

	#watch(look: (witness: Witness) => void): void {
		for (const witness of this.#world.witnesses) {
			look(witness);
		}
	}
}

const LISTS: ReadonlySet<string> = new Set(['payloads', 'responses', 'frames', 'after']);

/** Short enough to follow. */
function describe(message: AnyMessage): string {
	return JSON.stringify(message, (key, value) => {
		if (value instanceof Uint8Array) {
			return `<${value.length}>`;
		}
		if (typeof value === 'bigint') {
			return `${value}`;
		}
		return LISTS.has(key) && Array.isArray(value) ? `[${value.length}]` : value;
	});
}
