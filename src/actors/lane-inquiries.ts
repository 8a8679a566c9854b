/**
 * What one api lane has asked of raft that is neither a proposal nor a read: status, and a leader that is to change.
 * Both end with the request's time at the latest. Used by api-actor.ts.
 */
import type { RequestId, Slot } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { RaftStatus } from '../protocol/messages.ts';
import type { LaneBudget } from './lane-budget.ts';

export type StatusDone = (status: RaftStatus | null) => void;

interface StatusInquiry {
	readonly deadline: number;
	readonly done: StatusDone;
}

interface LeaderMove {
	readonly target: Slot;
	readonly deadline: number;
	readonly done: (code: number) => void;
}

export class LaneInquiries {
	readonly #budget: LaneBudget;
	readonly #statuses = new Map<RequestId, StatusInquiry>();
	#moves: LeaderMove[] = [];

	constructor(budget: LaneBudget) {
		this.#budget = budget;
	}

	addStatus(requestId: RequestId, inquiry: StatusInquiry): void {
		this.#statuses.set(requestId, inquiry);
	}

	addMove(move: LeaderMove): void {
		this.#moves.push(move);
	}

	answerStatus(status: RaftStatus): void {
		const inquiry = this.#statuses.get(status.requestId);
		if (inquiry !== undefined) {
			this.#statuses.delete(status.requestId);
			this.#budget.giveBack(0);
			inquiry.done(status);
		}
	}

	leaderIs(leader: Slot): void {
		this.#finishMoves((move) => move.target === leader, 0);
	}

	expire(now: number): void {
		for (const [requestId, inquiry] of this.#statuses) {
			if (inquiry.deadline > now) {
				break;
			}
			this.#statuses.delete(requestId);
			this.#budget.giveBack(0);
			inquiry.done(null);
		}
		this.#finishMoves((move) => move.deadline <= now, CODES.timeout_leader_transfer.code);
	}

	failAll(): void {
		this.expire(Number.POSITIVE_INFINITY);
	}

	#finishMoves(isOver: (move: LeaderMove) => boolean, code: number): void {
		const over = this.#moves.filter(isOver);
		if (over.length === 0) {
			return;
		}
		this.#moves = this.#moves.filter((move) => !over.includes(move));
		for (const move of over) {
			this.#budget.giveBack(0);
			move.done(code);
		}
	}
}
