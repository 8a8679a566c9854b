/**
 * Who may come to take part: the membership that is committed, and every change that was asked for and may yet happen, or have happened. Before
 * anything is lost for good, or asked for, this says whether a majority would be left whatever becomes of the rest: the simulator breaks no
 * cluster that no system could save.
 */
import type { Slot } from '../../src/base/brand.ts';
import type { Membership } from '../../src/raft/state.ts';
import type { MembershipFacts } from './checkers/membership-facts.ts';
import { machineOf } from './foundation.ts';

/** A newcomer goes by the machine on which it will run, which is never lost. */
export type Voter = Slot | `machine ${number}`;

export interface Change {
	readonly kind: 'add' | 'addLearner' | 'promote' | 'remove' | 'replace' | 'update';
	readonly comes: Voter | null;
	readonly leaves: Slot | null;
}

/** More changes that nobody knows the end of, and no other is asked for. */
export const PENDING_MAX = 4;

export interface KnownUpTo {
	readonly slot: Slot;
	readonly upTo: number;
}

export class Prospects {
	readonly #facts: MembershipFacts;
	readonly #isAlive: (slot: Slot) => boolean;
	readonly #known: () => readonly KnownUpTo[];
	/** Asked for, and not answered. */
	readonly #pending = new Set<Change>();
	/** Answered by nobody, or in words that leave it open. */
	readonly #open = new Set<Change>();

	/** A member that was never started is alive: it will be. known: of those that run or will, what they know for committed after any crash. */
	constructor(facts: MembershipFacts, isAlive: (slot: Slot) => boolean, known: () => readonly KnownUpTo[]) {
		this.#facts = facts;
		this.#isAlive = isAlive;
		this.#known = known;
	}

	get isFull(): boolean {
		return this.#pending.size + this.#open.size >= PENDING_MAX;
	}

	isPending(change: Change): boolean {
		return this.#pending.has(change);
	}

	begin(change: Change): void {
		this.#pending.add(change);
	}

	/** It has happened, and the facts know it; or it never will. */
	end(change: Change): void {
		this.#pending.delete(change);
	}

	leaveOpen(change: Change): void {
		this.#pending.delete(change);
		this.#open.add(change);
	}

	/** What was left open and has happened after all. */
	forgetDone(): void {
		const { members } = this.#facts.table;
		for (const change of this.#open) {
			const { comes, leaves } = change;
			const hasLeft = leaves === null || !members.some(({ slot }) => slot === leaves);
			const hasCome = comes === null || members.some(({ slot, learner, peerUrls }) => !learner && (slot === comes || isOn(peerUrls, comes)));
			if (hasLeft && hasCome && change.kind !== 'addLearner') {
				this.#open.delete(change);
			}
		}
	}

	mayLose(slot: Slot): boolean {
		// Before anything is committed nobody can be spared: who would tell them apart?
		return this.#facts.latest !== null && this.possible([]).every((voters) => hasMajority(voters, (voter) => voter !== slot && this.#lives(voter)));
	}

	mayAsk(change: Change): boolean {
		return this.possible([change]).every((voters) => voters.size > 0 && hasMajority(voters, (voter) => this.#lives(voter)));
	}

	/** Whether these, and who is still to come, could decide whatever the membership turns out to be. */
	canDecide(core: ReadonlySet<Slot>): boolean {
		return this.possible([]).every((voters) => hasMajority(voters, (voter) => typeof voter === 'string' || core.has(voter)));
	}

	/** Every set of voters that may be in force, now or later, or again after a crash that takes somebody back; while joint, both halves are. */
	possible(more: readonly Change[]): readonly ReadonlySet<Voter>[] {
		let sets: ReadonlySet<Voter>[] = this.#inForce.flatMap(({ voters, votersOutgoing }) =>
			votersOutgoing.length === 0 ? [new Set(voters)] : [new Set(voters), new Set(votersOutgoing)],
		);
		for (const { comes, leaves } of [...this.#pending, ...this.#open, ...more]) {
			sets = sets.flatMap((voters) => {
				const changed = new Set(voters);
				if (comes !== null) {
					changed.add(comes);
				}
				if (leaves !== null) {
					changed.delete(leaves);
				}
				return [voters, changed];
			});
		}
		return sets;
	}

	/** The newest membership, and those before it by which somebody may still vote. */
	get #inForce(): readonly Membership[] {
		const { history } = this.#facts;
		let oldest = history.length - 1;
		for (const { slot, upTo } of this.#known()) {
			const at = history.findLastIndex(({ index }) => index <= upTo);
			const view = history[at];
			if (view !== undefined && (view.voters.includes(slot) || view.votersOutgoing.includes(slot))) {
				oldest = Math.min(oldest, at);
			}
		}
		return history.slice(Math.max(0, oldest));
	}

	#lives(voter: Voter): boolean {
		return typeof voter === 'string' || this.#isAlive(voter);
	}
}

function isOn(peerUrls: readonly string[], comes: Voter): boolean {
	return comes === `machine ${machineOf(peerUrls[0] ?? '')}`;
}

function hasMajority(voters: ReadonlySet<Voter>, holds: (voter: Voter) => boolean): boolean {
	return [...voters].filter(holds).length > voters.size / 2;
}
