/**
 * What one api lane has asked of raft that is neither a proposal nor a read: status, the members' progress, and a leader that is to change.
 * All end with the request's time at the latest. Used by api-actor.ts.
 */
import { type Index, NOBODY, type RequestId, type Slot } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { AppendFigures, LatencyFigures, PeerFigures } from '../ports/peer-figures.ts';
import type { AskFigures, FiguresTold } from '../protocol/figure-messages.ts';
import type { InquireProgress, InquireStatus, RaftProgress, RaftStatus, TransferLeader } from '../protocol/messages.ts';
import type { MemberProgress } from '../raft/inquiry.ts';
import type { LaneAdmission } from './lane-admission.ts';
import type { LaneBudget } from './lane-budget.ts';

export type StatusDone = (status: RaftStatus | null) => void;

interface StatusInquiry {
	readonly deadline: number;
	readonly done: StatusDone;
}

export type ProgressDone = (progress: readonly MemberProgress[] | null) => void;

interface ProgressInquiry {
	readonly deadline: number;
	readonly done: ProgressDone;
}

export type FiguresDone = (figures: PeerFigures | null) => void;

interface FiguresInquiry {
	readonly deadline: number;
	readonly done: FiguresDone;
}

interface LeaderMove {
	readonly target: Slot;
	readonly deadline: number;
	readonly done: (code: number) => void;
}

export class LaneInquiries {
	readonly #admission: LaneAdmission;
	readonly #budget: LaneBudget;
	readonly #post: (message: InquireStatus | InquireProgress | TransferLeader) => void;
	readonly #statuses = new Map<RequestId, StatusInquiry>();
	readonly #progresses = new Map<RequestId, ProgressInquiry>();
	readonly #figures = new Map<RequestId, FiguresInquiry>();
	#moves: LeaderMove[] = [];

	constructor(admission: LaneAdmission, budget: LaneBudget, post: (message: InquireStatus | InquireProgress | TransferLeader) => void) {
		this.#admission = admission;
		this.#budget = budget;
		this.#post = post;
	}

	askStatus(done: StatusDone): void {
		if (this.#admission.admit(0) !== 0) {
			done(null);
			return;
		}
		const requestId = this.#admission.nextId();
		this.#statuses.set(requestId, { deadline: this.#admission.deadline, done });
		this.#post({ kind: 'inquire_status', requestId });
	}

	askProgress(done: ProgressDone): void {
		if (this.#admission.admit(0) !== 0) {
			done(null);
			return;
		}
		const requestId = this.#admission.nextId();
		this.#progresses.set(requestId, { deadline: this.#admission.deadline, done });
		this.#post({ kind: 'inquire_progress', requestId, by: 'api' });
	}

	/** post: to the peer actor. */
	askFigures(post: (message: AskFigures) => void, done: FiguresDone): void {
		if (this.#admission.admit(0) !== 0) {
			done(null);
			return;
		}
		const requestId = this.#admission.nextId();
		this.#figures.set(requestId, { deadline: this.#admission.deadline, done });
		post({ kind: 'ask_figures', requestId });
	}

	/** Only a leader hands over; to itself, at once. */
	move({ target, self, leader }: { readonly target: Slot; readonly self: Slot; readonly leader: Slot }, done: (code: number) => void): void {
		const refusal = leader !== self ? CODES.not_leader.code : target === self ? 0 : this.#admission.admit(0);
		if (refusal !== 0 || target === self) {
			done(refusal);
			return;
		}
		this.#moves.push({ target, deadline: this.#admission.deadline, done });
		this.#post({ kind: 'transfer_leader', target });
	}

	answerStatus(status: RaftStatus): void {
		const inquiry = this.#statuses.get(status.requestId);
		if (inquiry !== undefined) {
			this.#statuses.delete(status.requestId);
			this.#budget.giveBack(0);
			inquiry.done(status);
		}
	}

	answerProgress({ requestId, slots, matches, active }: RaftProgress): void {
		const inquiry = this.#progresses.get(requestId);
		if (inquiry !== undefined) {
			this.#progresses.delete(requestId);
			this.#budget.giveBack(0);
			inquiry.done(slots.map((slot, i) => ({ slot, match: matches[i] as Index, isActive: active[i] === true })));
		}
	}

	answerFigures({ requestId, sent, received, ids, latencies }: FiguresTold): void {
		const inquiry = this.#figures.get(requestId);
		if (inquiry !== undefined) {
			this.#figures.delete(requestId);
			this.#budget.giveBack(0);
			const members = ids.map((id, i) => latencyFigures(id, latencies[i] ?? []));
			inquiry.done({ sent: appendFigures(sent), received: appendFigures(received), members });
		}
	}

	/** isOther: than this member. Where any successor would do, that is enough. */
	leaderIs(leader: Slot, isOther: boolean): void {
		this.#finishMoves((move) => move.target === leader || (move.target === NOBODY && isOther), 0);
	}

	expire(now: number): void {
		this.#expireOldest(this.#statuses, now);
		this.#expireOldest(this.#progresses, now);
		this.#expireOldest(this.#figures, now);
		this.#finishMoves((move) => move.deadline <= now, CODES.timeout_leader_transfer.code);
	}

	failAll(): void {
		this.expire(Number.POSITIVE_INFINITY);
	}

	/** All have the same time to live, and a Map keeps the order of insertion. */
	#expireOldest(inquiries: Map<RequestId, { readonly deadline: number; readonly done: (answer: null) => void }>, now: number): void {
		for (const [requestId, inquiry] of inquiries) {
			if (inquiry.deadline > now) {
				break;
			}
			inquiries.delete(requestId);
			this.#budget.giveBack(0);
			inquiry.done(null);
		}
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

function appendFigures([count = 0, messagesPerSecond = 0, bytesPerSecond = 0]: readonly number[]): AppendFigures {
	return { count, messagesPerSecond, bytesPerSecond };
}

function latencyFigures(
	id: string,
	[current = 0, average = 0, standardDeviation = 0, minimum = 0, maximum = 0, success = 0, fail = 0, ...lately]: readonly number[],
): LatencyFigures {
	const [count = 0, p50 = 0, p99 = 0, recentMaximum = 0, jitter = 0, latest = 0, ...before] = lately;
	const recent = { count, p50, p99, maximum: recentMaximum, jitter, latest };
	const [hourCount = 0, hourP50 = 0, hourP99 = 0, hourMaximum = 0, late = 0, lost = 0, unanswered = -1, isUp = 0] = before;
	const hour = { count: hourCount, p50: hourP50, p99: hourP99, maximum: hourMaximum, late, lost };
	const link = { recent, hour, unanswered: unanswered < 0 ? null : unanswered, isUp: isUp === 1 };
	return { id, current, average, standardDeviation, minimum, maximum, success, fail, ...link };
}
