/**
 * Members whose data is lost for good: disks that are wiped, damaged, or half gone. Each is started again, as an operator would do first, and
 * must refuse; the administrator may then put another in its place. Never so many that no majority would be left (prospects.ts).
 */
import { assert } from '../../src/base/assert.ts';
import type { Slot } from '../../src/base/brand.ts';
import { FatalError } from '../../src/base/fatal.ts';
import { TREE } from '../../src/base/store-trees.ts';
import { agreedPlace, refuseIfFounded, type ToldCluster } from '../../src/members/joining.ts';
import type { Dice } from './dice.ts';
import { CLUSTER_ID } from './foundation.ts';
import { damageEngine } from './log-image.ts';
import type { Loss, Member } from './member.ts';
import type { Network } from './network.ts';
import type { LossPlan } from './plan.ts';
import type { Prospects } from './prospects.ts';
import { MILLISECOND, SECOND, type Timeline } from './timeline.ts';
import { Violation } from './verdict.ts';

export interface LossCounts {
	wiped: number;
	damagedLogs: number;
	lostLogs: number;
	damagedStores: number;
}

export interface LossWorld {
	readonly timeline: Timeline;
	readonly network: Network;
	readonly prospects: Prospects;
	readonly members: readonly Member[];
	readonly lossCounts: LossCounts;
	readonly isStormy: boolean;
	over(error: unknown, where: string): void;
	note(slot: Slot, what: () => string): void;
}

/** A process that is started reads what it must within this time. */
const OPENING = 30 * SECOND;
const AGAIN = 300 * MILLISECOND;

export class Losses {
	readonly #plan: LossPlan;
	readonly #world: LossWorld;
	readonly #dice: Dice;

	constructor(plan: LossPlan, world: LossWorld, dice: Dice) {
		this.#plan = plan;
		this.#world = world;
		this.#dice = dice;
	}

	begin(): void {
		if (this.#plan.mean > 0) {
			this.#world.timeline.after(1 + this.#dice.below(2 * this.#plan.mean), () => {
				if (this.#world.isStormy) {
					this.#loseOne();
					this.begin();
				}
			});
		}
	}

	#loseOne(): void {
		const { members, prospects } = this.#world;
		const victims = members.filter((member) => member.isAlive && prospects.mayLose(member.slot));
		const { wipe, damageLog, loseLog, damageStore } = this.#plan;
		if (victims.length === 0 || wipe + damageLog + loseLog + damageStore === 0) {
			return;
		}
		const victim = this.#dice.pick(victims);
		const at = this.#dice.below(wipe + damageLog + loseLog + damageStore);
		victim.crash('its machine fails', true);
		if (at < wipe) {
			this.#wipe(victim);
		} else if (at < wipe + damageLog) {
			this.#damageLog(victim);
		} else if (at < wipe + damageLog + loseLog) {
			this.#loseLog(victim);
		} else {
			this.#damageStore(victim);
		}
	}

	#wipe(victim: Member): void {
		this.#world.lossCounts.wiped++;
		victim.lose('wiped');
		this.#world.timeline.after(this.#dice.skewed(AGAIN), () => this.#startWiped(victim));
	}

	#damageLog(victim: Member): void {
		if (victim.log.damage()) {
			this.#world.lossCounts.damagedLogs++;
			this.#startDamaged(victim, 'log damaged');
		} else {
			this.#startAgain(victim);
		}
	}

	/** Where the store holds nothing either, nothing was lost that could be missed. */
	#loseLog(victim: Member): void {
		if ((victim.store.durable?.point.index ?? 0) > 0) {
			this.#world.lossCounts.lostLogs++;
			victim.log.empty();
			this.#startDamaged(victim, 'log lost');
		} else {
			this.#startAgain(victim);
		}
	}

	/** Of what is read at every start: damage elsewhere shows when it is read, and travels in snapshots until then. */
	#damageStore(victim: Member): void {
		const image = victim.store.durable?.image.fork();
		if (victim.store.durable !== null && image !== undefined && damageEngine(image, [TREE.members, TREE.meta], this.#dice)) {
			this.#world.lossCounts.damagedStores++;
			victim.store.durable = { ...victim.store.durable, image };
			this.#startDamaged(victim, 'store damaged');
		} else {
			this.#startAgain(victim);
		}
	}

	#startAgain(victim: Member): void {
		this.#world.timeline.after(this.#dice.skewed(AGAIN), () => victim.start());
	}

	#startDamaged(victim: Member, loss: Loss): void {
		victim.lose(loss);
		this.#startAgain(victim);
		if (loss !== 'log damaged') {
			// What is damaged in a log may be folded, or compacted, and of no use to anybody; this is read in any case.
			this.#world.timeline.after(OPENING, () => {
				if (!victim.hasRefused && victim.isUp) {
					this.#world.over(new Violation('damage is refused', `member ${victim.slot} runs: ${loss}`), 'the disks');
				}
			});
		}
	}

	/**
	 * Under its old id, with the options of its first boot: the product asks who it is. An operator who does this while nobody who knows the
	 * member can be reached would be let in, as with etcd; so it is tried until somebody can.
	 */
	#startWiped(victim: Member): void {
		const told = this.#ask(victim);
		if (!told.some(({ members }) => isKnown(victim, members))) {
			if (this.#world.isStormy) {
				this.#world.timeline.after(this.#dice.skewed(AGAIN), () => this.#startWiped(victim));
			}
			return;
		}
		const words = refusalOf(victim, told);
		if (words === null) {
			this.#world.over(new Violation('a wiped member is refused', `member ${victim.slot} may begin anew under its id ${victim.id}`), 'the disks');
		} else {
			victim.refused(words);
		}
	}

	#ask({ slot }: Member): readonly ToldCluster[] {
		const { members, network } = this.#world;
		const reached = members.filter((other) => other.slot !== slot && !network.isCut(slot, other.slot) && !network.isCut(other.slot, slot));
		return this.#dice.shuffled(reached).flatMap(({ process }) => (process === null || this.#dice.oneIn(4) ? [] : [process.links.told]));
	}
}

/** As a member that has run, or as none of them any more. */
function isKnown({ id, isFounder }: Member, members: ToldCluster['members']): boolean {
	const known = members.find((member) => member.id === id);
	return known === undefined ? isFounder && members.length > 0 : known.name !== '';
}

/** null: it may begin. */
function refusalOf({ id, isFounder }: Member, told: readonly ToldCluster[]): string | null {
	try {
		if (isFounder) {
			refuseIfFounded({ memberId: id, clusterId: CLUSTER_ID }, told);
			return null;
		}
		const [first] = told;
		assert(first !== undefined, 'somebody was asked');
		const list = first.members.map((member) => ({ name: member.id, urls: member.peerUrls }));
		const place = agreedPlace({ name: id, initialCluster: list }, told);
		return place?.ok === true ? null : (place?.problem ?? 'nobody tells of such a cluster');
	} catch (error) {
		if (error instanceof FatalError) {
			return error.message;
		}
		throw error;
	}
}
