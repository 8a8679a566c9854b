/**
 * What one api lane has asked of the lessor, which is wherever the leader is: in the store of this member, or behind another's peer port.
 * To ask twice does no harm, so a question that finds no leader, or no answer, is asked again until the request's time is over.
 *
 *   gathered --flush--> asked --told--> answered
 *       ^                 | not the leader, no answer
 *       +--- resting <----+          any state --deadline--> answered with a time-out
 *
 * To another member there is one question of each sort on its way, with all that has gathered meanwhile in the next. Used by api-actor.ts.
 */
import { assert } from '../base/assert.ts';
import { NOBODY, type RequestId, type Slot } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import { LEASE_QUESTION_MAX } from '../base/limits.ts';
import type { LeaseAnswer, LeaseQuestion } from '../ports/leader-leases.ts';
import type { AskLeases, LeasesTold } from '../protocol/lease-messages.ts';
import type { LaneAdmission } from './lane-admission.ts';
import type { LaneBudget } from './lane-budget.ts';
import { isWantOfLeader } from './lane-proposals.ts';

/** Code 0 with seconds, granted 0 for a lease that is not there; else a refusal, or a time-out (a renewal may have happened). */
export type LeaseDone = (code: number, remaining: number, granted: number) => void;

interface Ask {
	readonly id: bigint;
	readonly renew: boolean;
	readonly deadline: number;
	readonly done: LeaseDone;
}

export interface LaneLeasesPorts {
	readonly selfSlot: Slot;
	readonly leader: () => Slot;
	readonly post: (message: AskLeases) => void;
	readonly askMember: (leader: Slot, question: LeaseQuestion, done: (answer: LeaseAnswer | null) => void) => void;
	/** Brings a turn whose flush sends what has gathered. */
	readonly wake: () => void;
}

export class LaneLeases {
	readonly #admission: LaneAdmission;
	readonly #budget: LaneBudget;
	readonly #ports: LaneLeasesPorts;
	/** Every unanswered one, oldest deadline first: all have the same time to live. */
	readonly #open = new Set<Ask>();
	readonly #asked = new Map<RequestId, Ask>();
	/** On their way to another member, by sort. */
	readonly #questions = new Map<boolean, readonly Ask[]>();
	#gathered: Ask[] = [];
	#resting: Ask[] = [];

	constructor(admission: LaneAdmission, budget: LaneBudget, ports: LaneLeasesPorts) {
		this.#admission = admission;
		this.#budget = budget;
		this.#ports = ports;
	}

	ask(id: bigint, renew: boolean, done: LeaseDone): void {
		const refusal = this.#admission.admit(0);
		if (refusal !== 0) {
			done(refusal, 0, 0);
			return;
		}
		const ask: Ask = { id, renew, deadline: this.#admission.deadline, done };
		this.#open.add(ask);
		this.#gathered.push(ask);
		this.#ports.wake();
	}

	/** The turn ends: to whom it goes is known now. */
	flush(): void {
		if (this.#gathered.length === 0) {
			return;
		}
		const leader = this.#ports.leader();
		const gathered = this.#gathered.filter((ask) => this.#open.has(ask));
		this.#gathered = [];
		if (leader === NOBODY) {
			this.#resting.push(...gathered);
		} else if (leader === this.#ports.selfSlot) {
			for (const ask of gathered) {
				this.#askOwnStore(ask);
			}
		} else {
			this.#askMember(leader, gathered, true);
			this.#askMember(leader, gathered, false);
		}
	}

	told({ requestId, code, remaining, granted }: LeasesTold): void {
		const ask = this.#asked.get(requestId);
		if (ask !== undefined) {
			this.#asked.delete(requestId);
			this.#take([ask], { code, remaining, granted });
		}
	}

	/** A leader is known, or a tick has passed since it was not. */
	wakeResting(): void {
		this.#gathered = [...this.#resting, ...this.#gathered];
		this.#resting = [];
	}

	/** What another member was asked may never be answered: whoever leads now is asked. */
	leaderChanged(): void {
		for (const asks of this.#questions.values()) {
			this.#resting.push(...asks);
		}
		this.#questions.clear();
	}

	expire(now: number): void {
		for (const ask of this.#open) {
			if (ask.deadline > now) {
				break;
			}
			this.#finish(ask, CODES.timeout.code, 0, 0);
		}
		this.#resting = this.#resting.filter((ask) => this.#open.has(ask));
	}

	failAll(code: number): void {
		for (const ask of this.#open) {
			this.#finish(ask, code, 0, 0);
		}
	}

	#askOwnStore(ask: Ask): void {
		const requestId = this.#admission.nextId();
		this.#asked.set(requestId, ask);
		this.#ports.post({ kind: 'ask_leases', requestId, by: 'api', ids: [ask.id], renew: ask.renew });
	}

	#askMember(leader: Slot, gathered: readonly Ask[], renew: boolean): void {
		const asks = gathered.filter((ask) => ask.renew === renew);
		const now = this.#questions.has(renew) ? [] : asks.slice(0, LEASE_QUESTION_MAX);
		this.#gathered.push(...asks.slice(now.length));
		if (now.length === 0) {
			return;
		}
		this.#questions.set(renew, now);
		this.#ports.askMember(leader, { ids: now.map(({ id }) => id), renew }, (answer) => {
			if (this.#questions.get(renew) === now) {
				this.#questions.delete(renew);
				this.#take(now, answer);
				this.#ports.wake();
			}
		});
	}

	#take(asks: readonly Ask[], answer: LeaseAnswer | null): void {
		if (answer === null || isWantOfLeader(answer.code)) {
			this.#resting.push(...asks);
			return;
		}
		const { code, remaining, granted } = answer;
		assert(code !== CODES.ok.code || (remaining.length === asks.length && granted.length === asks.length), 'a row for each lease');
		asks.forEach((ask, i) => {
			this.#finish(ask, code, remaining[i] ?? 0, granted[i] ?? 0);
		});
	}

	#finish(ask: Ask, code: number, remaining: number, granted: number): void {
		if (this.#open.delete(ask)) {
			this.#budget.giveBack(0);
			ask.done(code, remaining, granted);
		}
	}
}
