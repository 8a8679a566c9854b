/**
 * Asks for changes of who takes part and who leads, through the product's own handlers, at any member and at any time, one at a time: members
 * added as voters and as learners, promoted, removed (leaders too), moved to other URLs, put in another's place. Of what comes back it knows as
 * little as an operator: a request without an answer may have happened. It asks for nothing that could cost the cluster its majority for good.
 */
import type { Slot } from '../../src/base/brand.ts';
import type { MemberRecord } from '../../src/members/record.ts';
import { type ChangeAnswer, type ChangeRequest, drawChange, moveLeader, removeMember } from './change-requests.ts';
import type { AcknowledgedChange } from './checkers/membership-answers.ts';
import type { MembershipFacts } from './checkers/membership-facts.ts';
import type { Dice } from './dice.ts';
import type { Member } from './member.ts';
import type { ChangePlan } from './plan.ts';
import type { Change, Prospects } from './prospects.ts';
import { SECOND, type Timeline } from './timeline.ts';

export interface ChangeCounts {
	changesAsked: number;
	/** Acknowledged, by kind. */
	add: number;
	addLearner: number;
	promote: number;
	remove: number;
	replace: number;
	update: number;
	/** Of those removed and replaced. */
	leadersRemoved: number;
	leadersMoved: number;
	changesRefused: number;
	changesUnknown: number;
}

export interface AdministratorWorld {
	readonly timeline: Timeline;
	readonly facts: MembershipFacts;
	readonly prospects: Prospects;
	readonly members: readonly Member[];
	readonly changeCounts: ChangeCounts;
	readonly isStormy: boolean;
	freeMachine(): number;
	note(slot: Slot, what: () => string): void;
}

const PATIENCE_MIN = 1 * SECOND;
const PATIENCE_MAX = 8 * SECOND;
const DRAWS_MAX = 4;
const MEMBERS_EVER_MAX = 14;
const WORLD = 0 as Slot;

export class Administrator {
	readonly #plan: ChangePlan;
	readonly #world: AdministratorWorld;
	readonly #dice: Dice;
	/** Answered: it has happened. */
	readonly acknowledged: AcknowledgedChange[] = [];
	#isWaiting = false;

	constructor(plan: ChangePlan, world: AdministratorWorld, dice: Dice) {
		this.#plan = plan;
		this.#world = world;
		this.#dice = dice;
	}

	begin(): void {
		if (this.#plan.mean > 0) {
			this.#world.timeline.after(1 + this.#dice.below(2 * this.#plan.mean), () => {
				if (this.#world.isStormy) {
					this.#act();
					this.begin();
				}
			});
		}
	}

	/** As it was committed last. */
	get table(): readonly MemberRecord[] {
		return this.#world.facts.table.members;
	}

	/** Who says so of itself. */
	get leader(): Slot | null {
		return this.#world.members.find(({ process }) => process?.api[0]?.leaderView.role === 'leader')?.slot ?? null;
	}

	freeMachine(): number {
		return this.#world.freeMachine();
	}

	#act(): void {
		const up = this.#world.members.filter(({ isUp }) => isUp);
		this.#world.prospects.forgetDone();
		if (up.length === 0 || this.table.length === 0 || this.#world.prospects.isFull) {
			return;
		}
		const at = this.#dice.pick(up);
		if (this.#plan.moveLeader > 0 && this.#dice.below(10) < this.#plan.moveLeader) {
			// No change of membership: it may come at any time, also while one is on its way.
			const leading = this.#dice.oneIn(4) ? at : (up.find(({ slot }) => slot === this.leader) ?? at);
			moveLeader(this.table, leading, this.#dice, (outcome) => {
				this.#world.changeCounts.leadersMoved += outcome === 'ok' ? 1 : 0;
			});
		} else if (!this.#isWaiting && this.#world.members.length < MEMBERS_EVER_MAX) {
			const lost = this.table.find(({ slot }) => this.#world.members.some((member) => member.slot === slot && member.loss !== null));
			const isReplacing = lost !== undefined && this.#plan.replacesLost && this.#dice.oneIn(2);
			const request = isReplacing ? removeMember(lost) : this.#draw();
			if (request !== null && this.#world.prospects.mayAsk(request.change)) {
				this.#ask(request, at);
			}
		}
	}

	/** Not everything can be asked for at any time. */
	#draw(): ChangeRequest | null {
		for (let draw = 0; draw < DRAWS_MAX; draw++) {
			const request = drawChange(this.#plan, this, this.#dice);
			if (request !== null && this.#world.prospects.mayAsk(request.change)) {
				return request;
			}
		}
		return null;
	}

	#ask({ change, method, send }: ChangeRequest, at: Member): void {
		const { prospects, changeCounts: counts, timeline } = this.#world;
		this.#isWaiting = true;
		prospects.begin(change);
		counts.changesAsked++;
		this.#world.note(WORLD, () => `administrator asks ${at.slot}: ${method} ${JSON.stringify(change)}`);
		const leader = this.leader;
		const end: ChangeAnswer = (outcome, words, id) => {
			if (!this.#isWaiting || !prospects.isPending(change)) {
				return;
			}
			this.#isWaiting = false;
			this.#world.note(WORLD, () => `administrator hears ${outcome} ${words} ${id} of ${method}`);
			if (outcome === 'ok') {
				this.acknowledged.push({ method, id });
				this.#happened(change, leader);
			} else if (outcome === 'refused') {
				counts.changesRefused++;
				prospects.end(change);
			} else {
				// It may happen yet, for as long as a log holds it.
				counts.changesUnknown++;
				prospects.leaveOpen(change);
			}
		};
		timeline.after(this.#dice.between(PATIENCE_MIN, this.#dice.between(PATIENCE_MIN, PATIENCE_MAX)), () => end('unknown', 'own deadline', ''));
		send(at, end);
	}

	#happened(change: Change, leader: Slot | null): void {
		const { changeCounts: counts, prospects } = this.#world;
		prospects.end(change);
		counts[change.kind]++;
		counts.leadersRemoved += change.leaves !== null && change.leaves === leader ? 1 : 0;
	}
}
