/**
 * Starts the processes of members that were added, on their machines and with empty disks, as `--initial-cluster-state existing` does: asks those
 * who run, and lets the product's own rule judge what they tell (src/members/joining.ts). Stops what still runs of a member that has left.
 */
import type { Slot } from '../../src/base/brand.ts';
import { FatalError } from '../../src/base/fatal.ts';
import { agreedPlace, type JoiningMember, type ToldCluster } from '../../src/members/joining.ts';
import type { MemberRecord } from '../../src/members/record.ts';
import type { MembershipFacts } from './checkers/membership-facts.ts';
import type { Dice } from './dice.ts';
import { type Identity, machineOf } from './foundation.ts';
import type { Member } from './member.ts';
import type { Prospects } from './prospects.ts';
import { MILLISECOND, type Timeline } from './timeline.ts';
import { Violation } from './verdict.ts';

export interface OperatorCounts {
	joined: number;
	/** Those that were asked did not tell of a place, or not of the same. */
	joinsRefused: number;
}

export interface OperatorWorld {
	readonly timeline: Timeline;
	readonly facts: MembershipFacts;
	readonly prospects: Prospects;
	readonly members: readonly Member[];
	readonly operatorCounts: OperatorCounts;
	settle(identity: Identity): Member;
	note(slot: Slot, what: () => string): void;
}

const LOOKS = 150 * MILLISECOND;

export class Operator {
	readonly #world: OperatorWorld;
	readonly #dice: Dice;

	constructor(world: OperatorWorld, dice: Dice) {
		this.#world = world;
		this.#dice = dice;
	}

	/** For as long as the run lasts. */
	begin(): void {
		this.#world.timeline.after(1 + this.#dice.below(2 * LOOKS), () => {
			const { facts, members } = this.#world;
			for (const record of facts.table.members) {
				if (!members.some(({ slot }) => slot === record.slot) && !this.#dice.oneIn(3)) {
					this.#join(record);
				}
			}
			this.begin();
		});
	}

	#join(record: MemberRecord): void {
		const { members, prospects, operatorCounts: counts } = this.#world;
		const machine = machineOf(record.peerUrls[0] ?? '');
		const formers = members.filter((member) => member.machine === machine && !member.isGone);
		if (formers.some(({ isReliable, slot }) => isReliable && !prospects.mayLose(slot))) {
			// Others may not know yet that it has left, and need its vote to learn it.
			return;
		}
		for (const former of formers) {
			this.#world.note(former.slot, () => 'is taken down: another member gets its machine');
			former.isGone = true;
			former.crash('taken down');
		}
		const { list, told } = this.#ask(record);
		try {
			const place = agreedPlace({ name: record.id, initialCluster: list }, told);
			if (place?.ok !== true) {
				counts.joinsRefused++;
				return;
			}
			const { id, slot } = place.member;
			if (id !== record.id || slot !== record.slot) {
				throw new Violation('a member is itself', `the members tell of ${id} in slot ${slot} where ${record.id} is to begin in ${record.slot}`);
			}
			counts.joined++;
			this.#world.settle({ id, slot: slot as Slot, machine, isFounder: false }).start();
		} catch (error) {
			if (!(error instanceof FatalError)) {
				throw error;
			}
			counts.joinsRefused++;
			this.#world.note(record.slot, () => `cannot begin: ${error.message}`);
		}
	}

	/** Some of those who run, and at least one who has heard of it: from there is the list that the operator was given. */
	#ask({ id }: MemberRecord): { readonly list: JoiningMember['initialCluster']; readonly told: readonly ToldCluster[] } {
		const answers = this.#world.members.flatMap(({ process }) => (process === null ? [] : [process.links.told]));
		const knowing = this.#dice.shuffled(answers.filter(({ members }) => members.some((member) => member.id === id)))[0];
		const others = answers.filter((each) => each !== knowing && this.#dice.oneIn(2));
		return {
			list: (knowing?.members ?? []).map((member) => ({ name: member.id, urls: member.peerUrls })),
			told: knowing === undefined ? [] : this.#dice.shuffled([knowing, ...others]),
		};
	}
}
