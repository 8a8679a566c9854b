/** Breaks things, each kind at its own random times: whole processes, links, clocks. Disks and single frames break by themselves (log-disk.ts, network.ts). */
import type { Slot } from '../../src/base/brand.ts';
import type { Dice } from './dice.ts';
import type { Member } from './member.ts';
import type { Network } from './network.ts';
import type { FaultPlan } from './plan.ts';
import { MILLISECOND, type Timeline } from './timeline.ts';

export interface FaultCounts {
	crashes: number;
	powerCuts: number;
	pauses: number;
	stalledThreads: number;
	partitions: number;
	oneWays: number;
	clogs: number;
	stops: number;
}

export interface FaultWorld {
	readonly timeline: Timeline;
	readonly network: Network;
	readonly members: readonly Member[];
	readonly faultCounts: FaultCounts;
	/** The safety phase lasts. */
	readonly isStormy: boolean;
	note(slot: Slot, what: () => string): void;
}

export class Faults {
	readonly #plan: FaultPlan;
	readonly #world: FaultWorld;
	readonly #dice: Dice;

	constructor(plan: FaultPlan, world: FaultWorld, dice: Dice) {
		this.#plan = plan;
		this.#world = world;
		this.#dice = dice;
	}

	/** A member that ends by itself is started again, as by init. */
	watch(member: Member): void {
		member.whenDead = () => this.#startLater(member);
	}

	begin(): void {
		const { crash, powerCut, pause, stall, partition, oneWay, clog, stop } = this.#plan;
		this.#every(crash, () => this.#crash());
		this.#every(powerCut, () => this.#powerCut());
		this.#every(pause, () => this.#pause());
		this.#every(stall, () => this.#stall());
		this.#every(partition, () => this.#partition());
		this.#every(oneWay, () => this.#oneWay());
		this.#every(clog, () => this.#clog());
		this.#every(stop, () => this.#stop());
	}

	#every(mean: number, work: () => void): void {
		if (mean === 0) {
			return;
		}
		this.#world.timeline.after(1 + this.#dice.below(2 * mean), () => {
			if (this.#world.isStormy) {
				work();
				this.#every(mean, work);
			}
		});
	}

	#crash(): void {
		const victim = this.#victim();
		const kill = (why: string, within: number, member = victim): void => {
			this.#world.timeline.after(this.#dice.below(within), () => {
				if (member.isUp && !member.isGone) {
					this.#world.faultCounts.crashes++;
					member.crash(why, this.#dice.oneIn(2));
					this.#startLater(member);
				}
			});
		};
		switch (this.#dice.below(5)) {
			case 0:
				kill('killed', 1);
				return;
			case 1:
				victim.store.ambush = () => kill('killed during a checkpoint', this.#dice.pick([1, 20, 2_000]));
				return;
			case 2:
				// Installs are rare: whoever comes to one.
				for (const member of this.#world.members) {
					member.store.installAmbush = () => kill('killed during an install', this.#dice.pick([1, 20, 2_000]), member);
				}
				return;
			default:
				victim.log.ambush = () => kill('killed during a flush', this.#dice.pick([1, 50, 500]));
		}
	}

	#powerCut(): void {
		this.#world.faultCounts.powerCuts++;
		for (const member of this.#world.members) {
			if (member.isUp) {
				member.crash('power cut', true);
				this.#startLater(member);
			}
		}
	}

	#pause(): void {
		this.#world.faultCounts.pauses++;
		this.#victim().pause(this.#dice.between(50, this.#dice.between(50, 4_000)) * MILLISECOND);
	}

	/** A thread that the machine forgets, while the others of the process go on: a leader may send heartbeats and write nothing. */
	#stall(): void {
		this.#world.faultCounts.stalledThreads++;
		this.#victim().process?.stallThread(this.#dice.between(20, this.#dice.between(20, 3_000)) * MILLISECOND);
	}

	#stop(): void {
		const member = this.#victim();
		if (member.isUp) {
			this.#world.faultCounts.stops++;
			member.stop(() => this.#startLater(member));
		}
	}

	#partition(): void {
		const members = this.#candidates;
		const alone = this.#dice.oneIn(2) ? this.#victim() : null;
		const here = new Set(members.filter((member) => (alone === null ? this.#dice.oneIn(2) : member === alone)).map(({ slot }) => slot));
		const cut = this.#pairs().filter(([from, to]) => here.has(from) !== here.has(to));
		if (cut.length > 0) {
			this.#world.faultCounts.partitions++;
			this.#cutFor(cut, this.#dice.between(200, 5_000));
		}
	}

	#oneWay(): void {
		const pairs = this.#pairs();
		if (pairs.length > 0) {
			this.#world.faultCounts.oneWays++;
			this.#cutFor(this.#dice.shuffled(pairs).slice(0, this.#dice.between(1, 3)), this.#dice.between(200, 5_000));
		}
	}

	#clog(): void {
		const pairs = this.#pairs();
		if (pairs.length > 0) {
			this.#world.faultCounts.clogs++;
			for (const [from, to] of this.#dice.shuffled(pairs).slice(0, this.#dice.between(1, 4))) {
				this.#world.network.clog(from, to, this.#dice.between(50, 3_000) * MILLISECOND);
			}
		}
	}

	/** Half the time one that leads, or believes so: there is more to break. */
	#victim(): Member {
		const members = this.#candidates;
		const leaders = members.filter(({ process }) => process?.api[0]?.leaderView.role === 'leader');
		return this.#dice.pick(leaders.length > 0 && this.#dice.oneIn(2) ? leaders : members);
	}

	/** Those whose time is not over. There is always one. */
	get #candidates(): readonly Member[] {
		return this.#world.members.filter(({ isGone, hasRefused }) => !isGone && !hasRefused);
	}

	#cutFor(pairs: readonly (readonly [Slot, Slot])[], milliseconds: number): void {
		const { network, timeline } = this.#world;
		this.#world.note(0 as Slot, () => `cut for ${milliseconds} ms: ${pairs.map(([from, to]) => `${from}>${to}`).join(' ')}`);
		for (const [from, to] of pairs) {
			network.cut(from, to);
		}
		timeline.after(milliseconds * MILLISECOND, () => {
			// In the liveness phase what is broken stays so, and what is healed was healed at its beginning.
			if (this.#world.isStormy) {
				for (const [from, to] of pairs) {
					network.mend(from, to);
				}
			}
		});
	}

	#pairs(): (readonly [Slot, Slot])[] {
		const slots = this.#candidates.map(({ slot }) => slot);
		return slots.flatMap((from) => slots.filter((to) => to !== from).map((to) => [from, to] as const));
	}

	#startLater(member: Member): void {
		this.#world.timeline.after(this.#dice.skewed(this.#plan.restartMicroseconds), () => {
			member.start();
		});
	}
}
