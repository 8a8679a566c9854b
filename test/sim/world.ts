/**
 * A whole cluster in one process, on virtual time: members, network, clients, faults. First the storm, in which the system must do nothing
 * wrong; then the calm, in which a quorum is healed, the rest stays broken, and the system must go on.
 */
import { createHash, type Hash } from 'node:crypto';
import { assert } from '../../src/base/assert.ts';
import type { Slot } from '../../src/base/brand.ts';
import { decodeEnvelope } from '../../src/protocol/peer-codec.ts';
import { Calm } from './calm.ts';
import type { Canary } from './canaries/canary.ts';
import { Client } from './client.ts';
import { Dice } from './dice.ts';
import { type FaultCounts, Faults } from './faults.ts';
import { slotsOf } from './foundation.ts';
import type { Operation } from './history.ts';
import type { DiskCounts } from './log-disk.ts';
import { Member, type MemberWorld } from './member.ts';
import { Network, type NetworkCounts } from './network.ts';
import type { Plan } from './plan.ts';
import type { Process } from './process.ts';
import { Requests } from './requests.ts';
import { SECOND, Timeline } from './timeline.ts';
import type { Witness } from './witness.ts';

export interface WorldOptions {
	readonly plan: Plan;
	readonly witnesses: readonly Witness[];
	readonly canary: Canary | null;
	/** Told everything, with the time: for a person. */
	readonly trace: ((line: string) => void) | null;
}

export interface Trouble {
	readonly error: unknown;
	readonly where: string;
}

export class World implements MemberWorld {
	readonly plan: Plan;
	readonly timeline = new Timeline();
	readonly network: Network;
	readonly witnesses: readonly Witness[];
	readonly canary: Canary | null;
	readonly diskCounts: DiskCounts = { flushes: 0, failedFlushes: 0, fullDisks: 0, stalls: 0, lostSteps: 0 };
	readonly networkCounts: NetworkCounts = { frames: 0, lost: 0, repeated: 0, cut: 0, snapshots: 0, snapshotsLost: 0 };
	readonly faultCounts: FaultCounts = { crashes: 0, powerCuts: 0, pauses: 0, partitions: 0, oneWays: 0, clogs: 0, stops: 0 };
	readonly random: Dice;
	readonly members: readonly Member[];
	readonly requests: Requests;
	readonly operations: Operation[] = [];
	reachable: readonly Slot[];
	trouble: Trouble | null = null;
	readonly #hash: Hash = createHash('sha1');
	readonly #trace: ((line: string) => void) | null;
	readonly #clients: readonly Client[];
	#epochs = 0;
	#isStormy = true;

	constructor({ plan, witnesses, canary, trace }: WorldOptions) {
		this.plan = plan;
		this.witnesses = witnesses;
		this.canary = canary;
		this.#trace = trace;
		this.random = new Dice(plan.seed).fork();
		this.network = new Network(plan.network, {
			timeline: this.timeline,
			dice: this.random.fork(),
			counts: this.networkCounts,
			portOf: (slot) => this.#member(slot).process?.links ?? null,
			left: (from, bytes) => this.#left(from, bytes),
		});
		this.members = slotsOf(plan.members).map((slot) => new Member(slot, this));
		this.reachable = this.members.map(({ slot }) => slot);
		this.requests = new Requests(plan.workload, this.random.fork());
		this.#clients = Array.from({ length: plan.workload.clients }, (_, i) => new Client(i, this, this.random.fork()));
	}

	/** The safety phase. */
	storm(): void {
		const faults = {
			timeline: this.timeline,
			network: this.network,
			members: this.members,
			counts: this.faultCounts,
			isStormy: () => this.#isStormy,
			note: (what: () => string) => this.note(0 as Slot, what),
		};
		const breaker = new Faults(this.plan.faults, faults, this.random.fork());
		for (const member of this.members) {
			this.timeline.after(this.random.skewed(20_000), () => member.start());
		}
		for (const client of this.#clients) {
			client.begin();
		}
		if (this.plan.workload.moveLeader > 0) {
			this.#moveLeaderNowAndThen();
		}
		breaker.begin();
		this.runFor(this.plan.stormMicroseconds);
		this.#isStormy = false;
	}

	/** The liveness phase; null, or what did not come about. */
	calm(): string | null {
		return this.trouble === null ? new Calm(this, this.random.fork()).run() : null;
	}

	runFor(microseconds: number): void {
		this.timeline.runUntil(this.timeline.now + microseconds, () => this.trouble !== null);
	}

	/** Of everything that was said, and by whom to whom and when. */
	digest(): string {
		return this.#hash.copy().digest('hex');
	}

	// ---- MemberWorld and ClientWorld

	nextEpoch(): number {
		this.#epochs++;
		return this.#epochs;
	}

	nextOperation(): number {
		return this.operations.length;
	}

	note(slot: Slot, what: () => string): void {
		this.#trace?.(`${(this.timeline.now / SECOND).toFixed(6)} ${slot === 0 ? '-' : slot} ${what()}`);
	}

	spoken(bytes: Uint8Array): void {
		this.#hash.update(bytes);
	}

	over(error: unknown, where: string): void {
		this.trouble ??= { error, where };
	}

	processOf(slot: Slot): Process | null {
		return this.#member(slot).process;
	}

	begun(operation: Operation): void {
		this.operations.push(operation);
		this.note(0 as Slot, () => `client ${operation.client} asks ${operation.member} ${operation.method} #${operation.id}`);
	}

	ended(operation: Operation): void {
		this.#hash.update(`${operation.id} ${operation.outcome} ${operation.returned}`);
		this.note(0 as Slot, () => `client ${operation.client} hears ${operation.outcome} ${operation.words} #${operation.id}`);
	}

	#member(slot: Slot): Member {
		const member = this.members[slot - 1];
		assert(member !== undefined, () => `no member ${slot}`);
		return member;
	}

	#left(from: Slot, bytes: Uint8Array): void {
		const envelope = decodeEnvelope(bytes);
		assert(envelope !== null, 'a member sends what it cannot read');
		this.note(from, () => `~> ${envelope.to} term ${envelope.term} ${envelope.message.kind}`);
		try {
			for (const witness of this.witnesses) {
				witness.left(this.#member(from).place, envelope);
			}
		} catch (error) {
			this.over(error, `member ${from}, a frame to ${envelope.to}`);
		}
	}

	#moveLeaderNowAndThen(): void {
		this.timeline.after(this.random.below(4 * SECOND) + 1, () => {
			if (this.#isStormy) {
				const target = this.random.pick(this.members).slot;
				const process = this.random.pick(this.members).process;
				process?.onLane(0, (lane) => lane.moveLeader(target, () => {}));
				this.#moveLeaderNowAndThen();
			}
		});
	}
}
