/**
 * The proposals that one api lane has outstanding, and their three outcomes: it happened or was refused by the store (settled),
 * it did not happen (refused by raft for good), or nobody knows (its time is over). Unknown is never reported as "did not".
 *
 *   propose --> sent --settled--> answered
 *     |          ^ |
 *     v    leader| | refused for want of a leader: it entered no log, so asking again cannot do it twice
 *    held -------+ +--> held            either state --deadline--> answered with a time-out
 *
 *                  |
 *                  +--ANSWER_FOLLOWS--> it happened, and its answer comes when it comes: no deadline
 *
 * Used by api-actor.ts; it posts through it and decides nothing about Raft.
 */
import type { Identity } from '../auth/identity.ts';
import { assert } from '../base/assert.ts';
import type { RequestId } from '../base/brand.ts';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import type { CommandKind } from '../protocol/command.ts';
import { ANSWER_FOLLOWS } from '../protocol/hold-messages.ts';
import type { LaneBudget } from './lane-budget.ts';

export type ProposalDone = (code: number, response: Uint8Array) => void;

/** Sends a proposal's body under a request id of its own; returns the id. */
export type SendProposal = (kind: CommandKind, body: Uint8Array, plain: boolean, who: Identity) => RequestId;

export interface NewProposal {
	readonly kind: CommandKind;
	readonly body: Uint8Array;
	readonly deadline: number;
	readonly done: ProposalDone;
	/** done only sends the answer on (ports/lane.ts). */
	readonly plain: boolean;
	/** In whose name. */
	readonly who: Identity;
}

interface Proposal extends NewProposal {
	/**
	 * Of the newest attempt, null while held. Each attempt has an id of its own: a refusal of an earlier attempt that comes late
	 * must not be taken for a refusal of the one in flight, or the command would be proposed twice.
	 */
	requestId: RequestId | null;
}

const WANT_OF_LEADER: ReadonlySet<number> = new Set([
	CODES.no_leader.code,
	CODES.leader_changed.code,
	CODES.not_leader.code,
	CODES.membership_pending.code,
]);

/** A refusal that says nothing about the request: there was no leader to take it, or none that had finished the last change of membership. */
export function isWantOfLeader(code: number): boolean {
	return WANT_OF_LEADER.has(code);
}

export class LaneProposals {
	readonly #budget: LaneBudget;
	readonly #send: SendProposal;
	/** Every unanswered one, oldest deadline first: all have the same time to live, and a Set keeps the order of insertion. */
	readonly #open = new Set<Proposal>();
	readonly #sent = new Map<RequestId, Proposal>();
	/** Executed, and not answered yet. */
	readonly #executed = new Map<RequestId, Proposal>();
	#held: Proposal[] = [];
	/** That were not executed, or of which nobody knows. */
	#failed = 0;

	constructor(budget: LaneBudget, send: SendProposal) {
		this.#budget = budget;
		this.#send = send;
	}

	/** Not answered yet. */
	get pending(): number {
		return this.#open.size + this.#executed.size;
	}

	get failed(): number {
		return this.#failed;
	}

	/** The budget has been taken by the caller. The body must stay as it is until done is called. */
	add(proposal: NewProposal, hold: boolean): void {
		const entry: Proposal = { ...proposal, requestId: null };
		this.#open.add(entry);
		if (hold) {
			this.#held.push(entry);
		} else {
			this.#attempt(entry);
		}
	}

	/** Whether the id is one of ours (an id that has timed out is no longer). */
	refuse(requestId: RequestId, code: number): boolean {
		const entry = this.#sent.get(requestId);
		if (entry === undefined) {
			return false;
		}
		assert(code !== 0, 'a refusal has a code');
		if (isWantOfLeader(code)) {
			this.#sent.delete(requestId);
			entry.requestId = null;
			this.#held.push(entry);
		} else {
			this.#fail(entry, code);
		}
		return true;
	}

	settle(requestId: RequestId, code: number, response: Uint8Array): void {
		const entry = this.#sent.get(requestId) ?? this.#executed.get(requestId);
		if (entry === undefined) {
			return;
		}
		if (code === ANSWER_FOLLOWS) {
			this.#open.delete(entry);
			this.#sent.delete(requestId);
			this.#executed.set(requestId, entry);
		} else {
			this.#finish(entry, code, response);
		}
	}

	/** The store is another one, and owes nothing of what a former one has executed. */
	loseExecuted(): void {
		for (const entry of [...this.#executed.values()]) {
			this.#fail(entry, CODES.timeout.code);
		}
	}

	/** A leader is known: what is held goes out, in the order in which it came. */
	retryHeld(): void {
		const held = this.#held;
		if (held.length === 0) {
			return;
		}
		this.#held = [];
		for (const entry of held) {
			if (this.#open.has(entry)) {
				this.#attempt(entry);
			}
		}
	}

	expire(now: number): void {
		for (const entry of this.#open) {
			if (entry.deadline > now) {
				break;
			}
			this.#fail(entry, CODES.timeout.code);
		}
		if (this.#held.length > 0) {
			this.#held = this.#held.filter((entry) => this.#open.has(entry));
		}
	}

	/** This lane is going: what is held entered no log, and nobody will propose it any more. */
	failHeld(code: number): void {
		const held = this.#held;
		this.#held = [];
		for (const entry of held) {
			this.#fail(entry, code);
		}
	}

	failAll(code: number): void {
		for (const entry of [...this.#open, ...this.#executed.values()]) {
			this.#fail(entry, code);
		}
		this.#held = [];
	}

	#attempt(entry: Proposal): void {
		const requestId = this.#send(entry.kind, entry.body, entry.plain, entry.who);
		assert(!this.#sent.has(requestId), () => `request id ${requestId} is in use`);
		entry.requestId = requestId;
		this.#sent.set(requestId, entry);
	}

	#fail(entry: Proposal, code: number): void {
		this.#failed += 1;
		this.#finish(entry, code, EMPTY_BYTES);
	}

	#finish(entry: Proposal, code: number, response: Uint8Array): void {
		const wasExecuted = entry.requestId !== null && this.#executed.delete(entry.requestId);
		if (!this.#open.delete(entry) && !wasExecuted) {
			return;
		}
		if (entry.requestId !== null) {
			this.#sent.delete(entry.requestId);
		}
		this.#budget.giveBack(entry.body.length);
		entry.done(code, response);
	}
}
