/**
 * What must be true of who takes part (thesis 4.1 to 4.3; reliability.md I17 to I21): one membership an entry, on every member; one voter at a
 * time, or both halves jointly; one change on its way at a time; learners have no vote and lead nothing; slots and ids are given out once.
 */
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import { ENTRY_KIND, type Membership } from '../../../src/raft/state.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import { type MembershipFacts, membershipIn } from './membership-facts.ts';

const PROPERTY = 'membership';

export class MembershipRules extends Blind {
	readonly #facts: MembershipFacts;
	readonly #byIndex = new Map<number, string>();
	readonly #ids = new Map<number, string>();
	readonly #gone = new Set<string>();
	/** Of each process: the entry up to which it has applied, its own view of who takes part, and entries that change it, in its log. */
	readonly #applied = new Map<number, number>();
	readonly #views = new Map<number, Membership>();
	readonly #pending = new Map<number, Set<number>>();
	readonly #leads = new Map<number, number>();
	changes = 0;

	/** The facts must be told before. */
	constructor(facts: MembershipFacts) {
		super();
		this.#facts = facts;
	}

	override told(place: Place, from: Address, to: string, message: AnyMessage): void {
		if (from.role === 'store') {
			const membership = membershipIn(message);
			if (membership !== null && membership.index > 0) {
				this.#checkMembership(place, membership);
			}
		}
		switch (message.kind) {
			case 'applied':
				this.#applied.set(place.epoch, message.upTo);
				return;
			case 'restored':
				this.#applied.set(place.epoch, message.index);
				return;
			case 'store_opened':
				this.#applied.set(place.epoch, message.applied);
				return;
			case 'members_changed':
				this.#checkTable(place, message.slots, message.ids, message.removed);
				return;
			case 'role_changed':
				if (to === 'peer/0') {
					this.#checkRole(place, message.role, message.term);
				}
				return;
			case 'append':
				this.#checkAppend(place, message);
				return;
			default:
		}
	}

	#checkMembership(place: Place, membership: Membership): void {
		const { index, voters, votersOutgoing, learners, learnersNext } = membership;
		const text = JSON.stringify(membership);
		const former = this.#byIndex.get(index) ?? text;
		demand(former === text, PROPERTY, () => `entry ${index} made it ${former}, on member ${place.slot} ${text}`);
		this.#views.set(place.epoch, membership);
		if (this.#byIndex.has(index)) {
			return;
		}
		this.#byIndex.set(index, text);
		this.changes++;
		demand(voters.length > 0, PROPERTY, () => `nobody has a vote: ${text}`);
		const isApart =
			[...learners, ...learnersNext].every((slot) => !voters.includes(slot)) && learners.every((slot) => !votersOutgoing.includes(slot));
		demand(isApart, PROPERTY, () => `a learner has a vote: ${text}`);
		const before = this.#facts.history[this.#facts.history.findIndex((each) => each.index === index) - 1];
		if (before !== undefined) {
			const words = (): string => `from ${JSON.stringify(before)} to ${text} is no step that is safe`;
			demand(isSafeStep(before, membership), PROPERTY, words);
		}
	}

	#checkTable(place: Place, slots: readonly number[], ids: readonly string[], removed: readonly string[]): void {
		for (const [i, slot] of slots.entries()) {
			const id = ids[i] as string;
			const former = this.#ids.get(slot) ?? id;
			demand(former === id, PROPERTY, () => `slot ${slot} was given to ${former}; member ${place.slot} has ${id} there`);
			this.#ids.set(slot, id);
			demand(!removed.includes(id), PROPERTY, () => `member ${place.slot} knows ${id} for a member and for removed`);
		}
		for (const id of removed) {
			this.#gone.add(id);
		}
		for (const { id } of this.#facts.table.members) {
			demand(!this.#gone.has(id), PROPERTY, () => `the id ${id} has come back`);
		}
		const holders = new Set(this.#ids.values());
		demand(holders.size === this.#ids.size, PROPERTY, () => `an id has two slots: ${[...this.#ids].join(' ')}`);
	}

	#checkRole(place: Place, role: string, term: number): void {
		if (role !== 'leader') {
			this.#leads.delete(place.epoch);
			return;
		}
		this.#leads.set(place.epoch, term);
		const view = this.#views.get(place.epoch);
		const mayLead = view === undefined || view.voters.includes(place.slot) || view.votersOutgoing.includes(place.slot);
		demand(mayLead, PROPERTY, () => `member ${place.slot} leads term ${term} without a vote: ${JSON.stringify(view)}`);
	}

	/** I17: a leader takes a change only when those before it are applied. */
	#checkAppend(place: Place, message: Extract<AnyMessage, { readonly kind: 'append' }>): void {
		const pending = this.#pending.get(place.epoch) ?? new Set<number>();
		this.#pending.set(place.epoch, pending);
		for (const index of [...pending]) {
			if (index >= (message.truncateFrom ?? Number.POSITIVE_INFINITY) || message.resetTo !== null) {
				pending.delete(index);
			}
		}
		message.kinds.forEach((kind, i) => {
			const index = message.first + i;
			if (kind !== ENTRY_KIND.membership) {
				return;
			}
			const open = [...pending].filter((each) => each > (this.#applied.get(place.epoch) ?? 0));
			const isOwn = message.terms[i] === this.#leads.get(place.epoch);
			demand(
				!isOwn || open.length === 0,
				PROPERTY,
				() => `leader ${place.slot} takes entry ${index} for a change of membership, entry ${open[0]} is not applied yet`,
			);
			pending.add(index);
		});
	}
}

function isSafeStep(a: Membership, b: Membership): boolean {
	const wasJoint = a.votersOutgoing.length > 0;
	const isJoint = b.votersOutgoing.length > 0;
	if (!wasJoint && isJoint) {
		return isSame(a.voters, b.votersOutgoing);
	}
	if (wasJoint) {
		return isSame(a.voters, b.voters) && (!isJoint || isSame(a.votersOutgoing, b.votersOutgoing));
	}
	const came = b.voters.filter((slot) => !a.voters.includes(slot)).length;
	const left = a.voters.filter((slot) => !b.voters.includes(slot)).length;
	return came + left <= 1;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
	return a.length === b.length && a.every((slot) => b.includes(slot));
}
