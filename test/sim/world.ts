/**
 * A whole cluster in one process, on virtual time: members, network, clients, faults. First the storm, in which the system must do nothing
 * wrong; then the calm, in which a quorum is healed, the rest stays broken, and the system must go on.
 */
import { createHash, type Hash } from 'node:crypto';
import { must } from '../../src/base/assert.ts';
import type { Slot } from '../../src/base/brand.ts';
import { decodeEnvelope } from '../../src/protocol/peer-codec.ts';
import { Administrator, type ChangeCounts } from './administrator.ts';
import { Calm } from './calm.ts';
import type { Canary } from './canaries/canary.ts';
import type { MembershipFacts } from './checkers/membership-facts.ts';
import { Client } from './client.ts';
import { Dice } from './dice.ts';
import { type FaultCounts, Faults } from './faults.ts';
import { founders, type Identity, machineOf } from './foundation.ts';
import type { Operation } from './history.ts';
import type { SimLinks } from './links.ts';
import type { DiskCounts } from './log-disk.ts';
import { type LossCounts, Losses } from './losses.ts';
import { Member, type MemberCounts, type MemberWorld } from './member.ts';
import { Network, type NetworkCounts } from './network.ts';
import { Operator, type OperatorCounts } from './operator.ts';
import type { Plan } from './plan.ts';
import type { Process } from './process.ts';
import { Prospects } from './prospects.ts';
import { Requests } from './requests.ts';
import { Sessions } from './sessions.ts';
import { SECOND, Timeline } from './timeline.ts';
import type { Witness } from './witness.ts';
import { noCounts, type WorldCounts } from './world-counts.ts';

export interface WorldOptions {
	readonly plan: Plan;
	readonly witnesses: readonly Witness[];
	readonly facts: MembershipFacts;
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
	readonly facts: MembershipFacts;
	readonly canary: Canary | null;
	readonly counts: WorldCounts = noCounts();
	readonly random: Dice;
	/** All that there ever were. */
	readonly members: Member[] = [];
	readonly prospects: Prospects;
	readonly requests: Requests;
	readonly operations: Operation[] = [];
	readonly administrator: Administrator;
	readonly sessions: Sessions;
	/** The liveness phase, once it has begun. */
	#calm: Calm | null = null;
	isStormy = true;
	/** Clients ask for nothing more. */
	isQuiet = false;
	trouble: Trouble | null = null;
	readonly #hash: Hash = createHash('sha1');
	readonly #trace: ((line: string) => void) | null;
	readonly #clients: readonly Client[];
	readonly #faults: Faults;
	readonly #losses: Losses;
	readonly #operator: Operator;
	#epochs = 0;
	#machines: number;

	constructor({ plan, witnesses, facts, canary, trace }: WorldOptions) {
		this.plan = plan;
		this.witnesses = witnesses;
		this.facts = facts;
		this.canary = canary;
		this.#trace = trace;
		this.random = new Dice(plan.seed).fork();
		this.network = new Network(plan.network, {
			timeline: this.timeline,
			dice: this.random.fork(),
			counts: this.counts.network,
			listenerAt: (url) => this.#listenerAt(machineOf(url)),
			linksOf: (slot) => this.member(slot).process?.links ?? null,
			left: (from, bytes) => this.#left(from, bytes),
		});
		this.prospects = new Prospects(
			facts,
			(slot) => this.members.find((member) => member.slot === slot)?.isReliable ?? true,
			() => this.members.filter(({ isReliable }) => isReliable).map(({ slot, known }) => ({ slot, upTo: known })),
		);
		this.#faults = new Faults(plan.faults, this, this.random.fork());
		this.#losses = new Losses(plan.losses, this, this.random.fork());
		this.#operator = new Operator(this, this.random.fork());
		this.administrator = new Administrator(plan.changes, this, this.random.fork());
		this.#machines = plan.members;
		for (const identity of founders(plan.members)) {
			this.settle(identity);
		}
		this.requests = new Requests(plan.workload, this.random.fork());
		this.#clients = Array.from({ length: plan.workload.clients }, (_, i) => new Client(i, this, this.random.fork()));
		this.sessions = new Sessions(this, () => this.random.fork());
	}

	/** The safety phase. */
	storm(): void {
		for (const member of this.members) {
			this.timeline.after(this.random.skewed(20_000), () => member.start());
		}
		for (const client of this.#clients) {
			client.begin();
		}
		this.sessions.begin();
		this.#faults.begin();
		this.#losses.begin();
		this.#operator.begin();
		this.administrator.begin();
		this.runFor(this.plan.stormMicroseconds);
		this.isStormy = false;
	}

	/** The liveness phase; null, or what did not come about. */
	calm(): string | null {
		if (this.trouble !== null) {
			return null;
		}
		this.#calm = new Calm(this, this.random.fork());
		return this.#calm.run();
	}

	runFor(microseconds: number): void {
		this.timeline.runUntil(this.timeline.now + microseconds, () => this.trouble !== null);
	}

	digest(): string {
		return this.#hash.copy().digest('hex');
	}

	/** A member gets its identity, and its empty disks. */
	settle(identity: Identity): Member {
		const member = new Member(identity, this);
		this.#faults.watch(member);
		this.members.push(member);
		// Who comes in the liveness phase belongs to those who must go on.
		member.log.isHealed = !this.isStormy;
		return member;
	}

	/** One of its own, or, now and then, one whose member has left. */
	freeMachine(): number {
		const left = this.members.filter(({ id }) => this.isRemoved(id)).map(({ machine }) => machine);
		const free = left.filter((machine) => !this.members.some((other) => other.machine === machine && !this.isRemoved(other.id)));
		if (free.length > 0 && this.random.oneIn(2)) {
			return this.random.pick(free);
		}
		this.#machines++;
		return this.#machines;
	}

	member(slot: Slot): Member {
		return must(
			this.members.find((member) => member.slot === slot),
			`member ${slot}`,
		);
	}

	get reachable(): readonly Slot[] {
		return (this.#calm?.core ?? this.members).map(({ slot }) => slot);
	}

	// ---- counts, for those who count

	get diskCounts(): DiskCounts {
		return this.counts.disk;
	}

	get faultCounts(): FaultCounts {
		return this.counts.faults;
	}

	get lossCounts(): LossCounts {
		return this.counts.losses;
	}

	get memberCounts(): MemberCounts {
		return this.counts.members;
	}

	get changeCounts(): ChangeCounts {
		return this.counts.changes;
	}

	get operatorCounts(): OperatorCounts {
		return this.counts.operator;
	}

	get networkCounts(): NetworkCounts {
		return this.counts.network;
	}

	// ---- MemberWorld and ClientWorld

	nextEpoch(): number {
		this.#epochs++;
		return this.#epochs;
	}

	isRemoved(id: string): boolean {
		return this.facts.table.removed.has(id);
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
		return this.member(slot).process;
	}

	begun(operation: Operation): void {
		this.operations.push(operation);
		this.note(0 as Slot, () => `client ${operation.client} asks ${operation.member} ${operation.method} #${operation.id}`);
	}

	ended(operation: Operation): void {
		this.#hash.update(`${operation.id} ${operation.outcome} ${operation.returned}`);
		this.note(0 as Slot, () => `client ${operation.client} hears ${operation.outcome} ${operation.words} #${operation.id}`);
	}

	/** One member at a time runs on a machine: the last that was settled there. */
	#listenerAt(machine: number): SimLinks | null {
		return this.members.findLast((member) => member.machine === machine)?.process?.links ?? null;
	}

	#left(from: Slot, bytes: Uint8Array): void {
		const envelope = must(decodeEnvelope(bytes), 'a member sends what it can read');
		this.note(from, () => `~> ${envelope.to} term ${envelope.term} ${envelope.message.kind}`);
		try {
			for (const witness of this.witnesses) {
				witness.left(this.member(from).place, envelope);
			}
		} catch (error) {
			this.over(error, `member ${from}, a frame to ${envelope.to}`);
		}
	}
}
