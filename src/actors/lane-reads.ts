/**
 * The linearizable reads that one api lane has outstanding (thesis 6.4). All reads of a turn share one ReadIndex request; the index that
 * comes back is a lower bound for what they must see, so they wait until the store has applied it. Used by api-actor.ts.
 *
 *   gathered --flush--> in a round --granted--> waiting for applied --> answered
 *       ^                  | refused for want of a leader
 *       +---- resting <----+              any state --deadline--> answered with a time-out
 */
import { assert } from '../base/assert.ts';
import type { Index, RequestId } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { LaneBudget } from './lane-budget.ts';
import { isWantOfLeader } from './lane-proposals.ts';

export type ReadDone = (code: number) => void;

interface Read {
	readonly deadline: number;
	readonly done: ReadDone;
}

interface Round {
	/** The request may be lost on its way to the leader, so that it is asked again under a further id; the first answer counts. */
	readonly requestIds: RequestId[];
	readonly reads: readonly Read[];
	askedTick: number;
}

interface Granted {
	readonly index: Index;
	readonly reads: readonly Read[];
}

export class LaneReads {
	readonly #budget: LaneBudget;
	/** Asks raft for a read index under a new id. */
	readonly #ask: () => RequestId;
	readonly #repeatTicks: number;
	/** Every unanswered one, oldest deadline first. */
	readonly #open = new Set<Read>();
	readonly #rounds = new Map<RequestId, Round>();
	#gathered: Read[] = [];
	/** Refused for want of a leader: asked again after a tick or a change of leader, not at once, or the refusals would spin. */
	#resting: Read[] = [];
	#granted: Granted[] = [];
	#slow = 0;
	#failed = 0;

	constructor(options: { readonly repeatTicks: number }, budget: LaneBudget, ask: () => RequestId) {
		assert(options.repeatTicks > 0, 'repeating at once would flood raft');
		this.#repeatTicks = options.repeatTicks;
		this.#budget = budget;
		this.#ask = ask;
	}

	/** Rounds that had to be asked for again. */
	get slow(): number {
		return this.#slow;
	}

	/** Reads that were not granted. */
	get failed(): number {
		return this.#failed;
	}

	get hasGathered(): boolean {
		return this.#gathered.length > 0;
	}

	/** The budget has been taken by the caller. */
	add(read: Read): void {
		this.#open.add(read);
		this.#gathered.push(read);
	}

	/** Once a turn, while a leader is known: one request for all that was gathered. */
	askForGathered(now: number): void {
		const reads = this.#gathered.filter((read) => this.#open.has(read));
		this.#gathered = [];
		if (reads.length > 0) {
			const round: Round = { requestIds: [], reads, askedTick: now };
			this.#askFor(round, now);
		}
	}

	wakeResting(): void {
		if (this.#resting.length > 0) {
			this.#gathered = [...this.#resting, ...this.#gathered];
			this.#resting = [];
		}
	}

	/** applied: what this lane knows the store to have committed. */
	grant(requestId: RequestId, index: Index, applied: Index): void {
		const round = this.#rounds.get(requestId);
		if (round === undefined) {
			return;
		}
		this.#forget(round);
		if (index <= applied) {
			this.#answer(round.reads, 0);
		} else {
			this.#granted.push({ index, reads: round.reads });
		}
	}

	/** Whether the id is one of ours. */
	refuse(requestId: RequestId, code: number): boolean {
		const round = this.#rounds.get(requestId);
		if (round === undefined) {
			return false;
		}
		if (!isWantOfLeader(code)) {
			this.#forget(round);
			this.#answer(round.reads, code);
			return true;
		}
		this.#rounds.delete(requestId);
		round.requestIds.splice(round.requestIds.indexOf(requestId), 1);
		if (round.requestIds.length === 0) {
			this.#resting.push(...round.reads);
		}
		return true;
	}

	appliedTo(applied: Index): void {
		if (this.#granted.length === 0) {
			return;
		}
		const ready = this.#granted.filter((granted) => granted.index <= applied);
		if (ready.length > 0) {
			this.#granted = this.#granted.filter((granted) => granted.index > applied);
			for (const { reads } of ready) {
				this.#answer(reads, 0);
			}
		}
	}

	/** Expires what is over, and asks again for rounds that nobody has answered. */
	tick(now: number): void {
		for (const read of this.#open) {
			if (read.deadline > now) {
				break;
			}
			this.#answer([read], CODES.timeout.code);
		}
		for (const round of new Set(this.#rounds.values())) {
			if (round.reads.every((read) => !this.#open.has(read))) {
				this.#forget(round);
			} else if (now - round.askedTick >= this.#repeatTicks) {
				this.#slow += 1;
				this.#askFor(round, now);
			}
		}
		this.#granted = this.#granted.filter(({ reads }) => reads.some((read) => this.#open.has(read)));
		this.#resting = this.#resting.filter((read) => this.#open.has(read));
		this.#gathered = this.#gathered.filter((read) => this.#open.has(read));
	}

	failAll(code: number): void {
		this.#answer([...this.#open], code);
		this.#rounds.clear();
		this.#gathered = [];
		this.#resting = [];
		this.#granted = [];
	}

	#askFor(round: Round, now: number): void {
		const requestId = this.#ask();
		assert(!this.#rounds.has(requestId), () => `request id ${requestId} is in use`);
		round.requestIds.push(requestId);
		round.askedTick = now;
		this.#rounds.set(requestId, round);
	}

	#forget(round: Round): void {
		for (const requestId of round.requestIds) {
			this.#rounds.delete(requestId);
		}
	}

	#answer(reads: readonly Read[], code: number): void {
		for (const read of reads) {
			if (this.#open.delete(read)) {
				this.#failed += code === CODES.ok.code ? 0 : 1;
				this.#budget.giveBack(0);
				read.done(code);
			}
		}
	}
}
