/**
 * A cluster in one process, driven by one seed: messages are delayed, lost, repeated and reordered, members crash and come back, disks and
 * stores work at their own pace. First everything fails at will (safety), then the cluster is healed and must make progress (liveness).
 */
import { assert, must } from '../../../../src/base/assert.ts';
import type { RequestId, Slot, Term } from '../../../../src/base/brand.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import type { Envelope } from '../../../../src/raft/message.ts';
import { everybody, type Roster } from './changes.ts';
import type { Disk, StoreState } from './disk.ts';
import { drawChange } from './draw-change.ts';
import { Member, type Surroundings } from './member.ts';
import { CONFIG, WIRE_MAX, type WorldOptions } from './options.ts';
import { Oracle } from './oracle.ts';

interface Snapshot {
	readonly from: Slot;
	readonly to: Slot;
	readonly leaderTerm: Term;
	readonly path: string;
}

export class World implements Surroundings {
	readonly oracle = new Oracle();
	readonly founders: readonly Slot[];
	readonly #hasGuards: boolean;
	readonly #hasChanges: boolean;
	readonly #random: SeededRandom;
	readonly #members: readonly Member[];
	readonly #wire: Envelope[] = [];
	#snapshots: Snapshot[] = [];
	readonly #files = new Map<string, StoreState>();
	#requests = 0;
	#cut: ReadonlySet<Slot> = new Set();
	deliveries = 0;
	installs = 0;

	/** spares: members that wait, with empty disks, to be added; with none the membership stays as it is founded. */
	constructor(seed: number, { size, spares = 0, config = {} }: WorldOptions) {
		this.#random = new SeededRandom(seed);
		const slots = Array.from({ length: size + spares }, (_, i) => (i + 1) as Slot);
		const full = { ...CONFIG, ...config };
		this.founders = slots.slice(0, size);
		this.#hasGuards = full.preVote && full.checkQuorum;
		this.#hasChanges = spares > 0;
		this.#members = slots.map((slot) => new Member(slot, full, this.#random.fork(), this));
		for (const member of this.#members) {
			member.start();
		}
	}

	post(envelope: Envelope): void {
		if (this.#wire.length < 2_000) {
			this.#wire.push(envelope);
		}
	}

	disk(slot: Slot): Disk {
		return this.#member(slot).disk;
	}

	snapshotAt(path: string): StoreState {
		this.installs++;
		return must(this.#files.get(path), path);
	}

	spool(from: Slot, to: Slot): void {
		const member = this.#member(from);
		const path = `snapshot-${this.#files.size}`;
		this.#files.set(path, member.disk.store);
		this.#snapshots.push({ from, to, leaderTerm: member.core.status().term, path });
	}

	/** Anything may happen. */
	storm(steps: number): void {
		for (let i = 0; i < steps; i++) {
			this.#happen();
		}
	}

	/** Of the member that has applied most. */
	get roster(): Roster {
		return this.#members.map(({ disk }) => disk.store).reduce((most, store) => (store.applied.index > most.applied.index ? store : most));
	}

	/** Heals everything, then demands a leader, convergence, and a write that reaches everybody. */
	heal(): void {
		this.#cut = new Set();
		for (const member of this.#members) {
			if (!member.isUp) {
				member.start();
			}
		}
		const before = this.oracle.committed;
		for (let round = 0; round < 400; round++) {
			this.#stopRemoved();
			this.#calm(round);
			if (this.#isConverged(before)) {
				return;
			}
		}
		assert(
			false,
			() => `no progress after healing: ${JSON.stringify(this.roster)} ${JSON.stringify(this.#up.map((member) => member.core.status()))}`,
		);
	}

	get #up(): readonly Member[] {
		return this.#members.filter(({ isUp }) => isUp);
	}

	/** Pre-vote and check-quorum keep a removed member from disturbing the others (thesis 4.2.3); without them it has to be stopped, once the others know. */
	#stopRemoved(): void {
		const { membership, removed } = this.roster;
		const areTold = everybody(membership).every((slot) => this.disk(slot).store.membership.index === membership.index);
		if (!this.#hasGuards && areTold) {
			for (const member of this.#up.filter(({ slot }) => removed.includes(slot))) {
				member.crash();
			}
		}
	}

	#calm(round: number): void {
		for (const member of this.#up) {
			member.step({ kind: 'tick' });
			if (round % 10 === 0 && this.#hasChanges) {
				member.change(this.#nextRequest(), null);
			}
			if (round % 10 === 5) {
				member.propose(this.#nextRequest());
				const read = this.#nextRequest();
				this.oracle.asksRead(read);
				member.step({ kind: 'read_index', requestId: read });
			}
			member.turn();
		}
		for (let i = 0; i < 200; i++) {
			let isQuiet = true;
			for (const envelope of this.#wire.splice(0)) {
				this.#deliver(envelope);
				isQuiet = false;
			}
			for (const member of this.#up) {
				while (member.doLogWork() || member.doStoreWork()) {
					member.turn();
					isQuiet = false;
				}
			}
			while (this.#snapshots.length > 0) {
				this.#moveSnapshot(true);
				isQuiet = false;
			}
			if (isQuiet) {
				return;
			}
		}
		assert(false, 'the cluster never comes to rest between two ticks');
	}

	#isConverged(before: number): boolean {
		const { membership } = this.roster;
		const status = everybody(membership).map((slot) => this.#member(slot).core.status());
		const leaders = new Set(status.map(({ leader }) => leader));
		const applied = new Set(status.map((one) => one.applied));
		const isEven = leaders.size === 1 && applied.size === 1 && membership.voters.some((slot) => leaders.has(slot));
		const isSettled = membership.votersOutgoing.length === 0 && must(status[0]?.applied, 'a member') > before;
		return isEven && isSettled && status.every(({ applied: at, last }) => at === last);
	}

	#happen(): void {
		while (this.#wire.length > WIRE_MAX) {
			// A network that is always full would only ever deliver what is long out of date.
			this.#wire.splice(this.#random.below(this.#wire.length), 1);
		}
		const dice = this.#random.below(1_000);
		const member = this.#anyMember();
		if (dice < 420) {
			this.#deliverAny();
		} else if (!member.isUp) {
			if (dice < 520) {
				member.start();
			}
		} else if (dice < 540) {
			member.step({ kind: 'tick' });
			this.#maybeTurn(member);
		} else if (dice < 690) {
			member.doLogWork();
			this.#maybeTurn(member);
		} else if (dice < 800) {
			member.doStoreWork();
			this.#maybeTurn(member);
		} else if (dice < 900) {
			member.propose(this.#nextRequest());
			this.#maybeTurn(member);
		} else {
			this.#happenSeldom(dice, member);
		}
	}

	#happenSeldom(dice: number, member: Member): void {
		if (dice >= 925 && dice < 940 && this.#hasChanges) {
			const change = drawChange(this.#random, this.roster.membership, () => this.#anyMember().slot, this.#members.length);
			member.change(this.#nextRequest(), change);
			this.#maybeTurn(member);
		} else if (dice < 940) {
			const read = this.#nextRequest();
			this.oracle.asksRead(read);
			member.step({ kind: 'read_index', requestId: read });
			this.#maybeTurn(member);
		} else if (dice < 955) {
			member.checkpoint();
			member.turn();
		} else if (dice < 960) {
			member.step({ kind: 'transfer', target: this.#random.below(this.#members.length + 1) as Slot });
			member.turn();
		} else if (dice < 966) {
			// A change of membership takes a while: more crashes than this and none is ever reached.
			if (!this.#hasChanges || this.#random.below(6) === 0) {
				member.crash();
			}
		} else if (dice < 975) {
			member.step({ kind: 'link_down', member: (1 + this.#random.below(this.#members.length)) as Slot });
		} else if (dice < 980) {
			const isCut = this.#random.below(this.#hasChanges ? 4 : 2) === 0;
			this.#cut = new Set(isCut ? this.#members.filter(() => this.#random.below(3) === 0).map(({ slot }) => slot) : []);
		} else {
			this.#moveSnapshot(this.#random.below(4) !== 0);
		}
	}

	/** Mostly one of those who take part, or are the next to. */
	#anyMember(): Member {
		const { removed } = this.roster;
		const present = this.#members.filter(({ slot }) => !removed.includes(slot));
		const among = this.#random.below(8) === 0 ? this.#members : present.slice(0, this.founders.length + 2);
		return must(among[this.#random.below(among.length)], 'a member');
	}

	/** Several inputs may share a turn. */
	#maybeTurn(member: Member): void {
		if (this.#random.below(3) !== 0) {
			member.turn();
		}
	}

	#deliverAny(): void {
		const at = this.#random.below(Math.min(this.#wire.length, 30) || 1);
		const envelope = this.#wire[at];
		if (envelope === undefined) {
			return;
		}
		const fate = this.#random.below(20);
		if (fate > 1) {
			// 1 leaves a copy behind, which arrives once more, perhaps much later.
			this.#wire.splice(at, 1);
		}
		if (fate !== 19 && this.#cut.has(envelope.from) === this.#cut.has(envelope.to)) {
			this.#deliver(envelope);
		}
	}

	#deliver(envelope: Envelope): void {
		const member = this.#member(envelope.to);
		if (member.isUp) {
			this.deliveries++;
			member.step({ kind: 'received', envelope });
			this.#maybeTurn(member);
		}
	}

	#moveSnapshot(ok: boolean): void {
		const snapshot = this.#snapshots.shift();
		if (snapshot === undefined) {
			return;
		}
		const { from, to, leaderTerm, path } = snapshot;
		const point = must(this.#files.get(path), path).applied;
		const receiver = this.#member(to);
		const sender = this.#member(from);
		if (ok && receiver.isUp) {
			receiver.step({ kind: 'snapshot_received', from, leaderTerm, index: point.index, term: point.term, path });
			receiver.turn();
		}
		if (sender.isUp) {
			sender.step({ kind: 'snapshot_sent', to, index: point.index, ok: ok && receiver.isUp });
			sender.turn();
		}
	}

	#member(slot: Slot): Member {
		return must(this.#members[slot - 1], `member ${slot}`);
	}

	#nextRequest(): RequestId {
		this.#requests++;
		return this.#requests as RequestId;
	}
}
