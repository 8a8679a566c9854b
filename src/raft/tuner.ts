/**
 * What a leader knows of how late words are, and the election timeout that it would have: pure arithmetic over ticks. Who measures is
 * tuning.ts, and what is done with a wish the actor's business: it becomes a command that all members apply.
 *
 * It is raised at once, and lowered only when a long calm shows that half of it, or whatever is needed and a quarter more, would have been
 * enough. A raise makes the next calm twice as long, a calm that was used half, so that it does not swing. Everything is the greatest that was seen
 * of any voter, not a mean: one that is slow today has the same vote as the others.
 */
import type { Slot } from '../base/brand.ts';
import { ELECTION_MARGIN, FLUSHES_AN_ELECTION, TRIPS_AN_ELECTION } from '../base/election-needs.ts';
import { RecentPeak } from './recent-peak.ts';
import { type TuningBounds, withinBounds } from './timing.ts';

/** What one voter has told and shown. */
class VoterTimes {
	/** There and back, in the leader's ticks: raft to raft, so that queues, stalls and collections of both ends are in it. */
	readonly trip = new RecentPeak();
	/** The longest silence that either end has seen of the other: lost and late words, in the very ticks that end in an election. */
	readonly gap = new RecentPeak();
	/** The longest that its disk has kept a batch. */
	readonly flush = new RecentPeak();
	/** The leader's ticks since it was heard. */
	silence = 0;
	/** The tick at which it was last taken to be down; null: it never was. */
	downAt: number | null = null;
	toldAt = 0;
	/** In force there; 0: it does not tune itself. */
	electionTicks = 0;

	/** What was asked before it was back says how long it was away, and a process that has just begun is slower than it will be: if it loses patience meanwhile, nobody votes for it. */
	isSettling(stamp: number): boolean {
		return this.downAt !== null && stamp < this.downAt + SETTLE_TICKS;
	}
}

export interface TimingWord {
	/** The leader's tick at which it was asked. */
	readonly stamp: number;
	readonly silence: number;
	readonly flush: number;
	readonly electionTicks: number;
}

const GAPS_AN_ELECTION = 2;
/** Lowered only to less than this share of what is in force. */
const LOWER_SHARE = 0.8;
const CALM_TICKS_MIN = 1_000;
const CALM_TICKS_MAX = 60_000;
/** One step: so that a member that has not heard of it yet, and one that has, still hear each other in time (heartbeats are a tenth). */
const RAISE_FACTOR_MAX = 4;
const LOWER_FACTOR_MAX = 2;
/** A voter that was not heard for so long is down, and says nothing for lowering; and a wish that has not come true is wished again. */
const FRESH_TICKS = 100;
/** As long as what a member remembers of its own beginning (recent-peak.ts). */
const SETTLE_TICKS = 1_000;

export class Tuner {
	readonly #bounds: TuningBounds;
	/** What a cluster has in which not everybody tunes itself. */
	readonly #default: number;
	readonly #voters = new Map<Slot, VoterTimes>();
	readonly #ownFlush = new RecentPeak();
	#calmSince = 0;
	#calmTicks = CALM_TICKS_MIN;
	/** The greatest need since the calm began. */
	#peak = 0;
	#wish: { readonly electionTicks: number; readonly at: number } | null = null;

	constructor(bounds: TuningBounds, electionTicks: number) {
		this.#bounds = bounds;
		this.#default = electionTicks;
	}

	told(from: Slot, word: TimingWord, now: number): void {
		const times = this.#timesOf(from);
		if (!times.isSettling(word.stamp)) {
			times.trip.note(Math.max(0, now - word.stamp) + 1, now);
			times.gap.note(word.silence, now);
			times.flush.note(word.flush, now);
		}
		times.toldAt = now;
		times.electionTicks = word.electionTicks;
	}

	/** For so long the leader has not heard from it; null: so long that it is down, which is no measure of how late words come. Said at each tick. */
	unheard(from: Slot, ticks: number | null, now: number): void {
		const times = this.#timesOf(from);
		if (ticks !== null && ticks < times.silence && !times.isSettling(now)) {
			// It has been heard since: only then was it a late word, and not the last one.
			times.gap.note(times.silence, now);
		}
		times.silence = ticks ?? 0;
		times.downAt = ticks === null ? now : times.downAt;
	}

	flushing(ticks: number, now: number): void {
		this.#ownFlush.note(ticks, now);
	}

	/**
	 * The smallest timeout that may be in force at a voter, as far as is known: a leader speaks as often as that one needs. Lower it may be only by a wish
	 * of this leader's own.
	 */
	leastInForce(own: number, now: number): number {
		let least = Math.min(own, this.#wish?.electionTicks ?? own);
		for (const { toldAt, electionTicks } of this.#voters.values()) {
			if (electionTicks > 0 && now - toldAt < FRESH_TICKS) {
				least = Math.min(least, electionTicks);
			}
		}
		return least;
	}

	/** What is to be in force from now on, or null: as it is. replicated: what the store has, null for nothing yet. */
	wish(voters: readonly Slot[], times: { readonly inForce: number; readonly replicated: number | null; readonly now: number }): number | null {
		const { inForce, replicated, now } = times;
		if (this.#wish !== null) {
			if (this.#wish.electionTicks !== replicated && now - this.#wish.at < FRESH_TICKS) {
				return null;
			}
			this.#wish = null;
		}
		const need = this.need(voters, now);
		this.#peak = Math.max(this.#peak, need);
		if (withinBounds(need, this.#bounds) > inForce) {
			this.#calmTicks = Math.min(CALM_TICKS_MAX, 2 * this.#calmTicks);
			return this.#wishFor(Math.min(need * ELECTION_MARGIN, inForce * RAISE_FACTOR_MAX), inForce, now);
		}
		if ((replicated ?? this.#default) < inForce) {
			// It was elected with more patience than the log knows of: what it took is needed.
			return this.#wishFor(inForce, 0, now);
		}
		if (!voters.every((voter) => this.#isFresh(voter, now))) {
			this.#beginCalm(now);
			return null;
		}
		return now - this.#calmSince < this.#calmTicks ? null : this.#lower(inForce, now);
	}

	/** The least timeout that all that was seen lately allows; whatever the bounds. */
	need(voters: readonly Slot[], now: number): number {
		let need = FLUSHES_AN_ELECTION * this.#ownFlush.at(now);
		for (const voter of voters) {
			const times = this.#voters.get(voter);
			if (times !== undefined) {
				const late = GAPS_AN_ELECTION * times.gap.at(now);
				const vote = TRIPS_AN_ELECTION * times.trip.at(now) + FLUSHES_AN_ELECTION * times.flush.at(now);
				const isFixed = times.electionTicks === 0 && times.toldAt > 0;
				need = Math.max(need, late, vote, isFixed ? this.#default : 0);
			}
		}
		return need;
	}

	#lower(inForce: number, now: number): number | null {
		const enough = withinBounds(this.#peak * ELECTION_MARGIN, this.#bounds);
		this.#beginCalm(now);
		if (enough > inForce * LOWER_SHARE) {
			return null;
		}
		this.#calmTicks = Math.max(CALM_TICKS_MIN, this.#calmTicks / 2);
		return this.#wishFor(Math.max(enough, inForce / LOWER_FACTOR_MAX), inForce, now);
	}

	#wishFor(electionTicks: number, inForce: number, now: number): number | null {
		const wanted = withinBounds(electionTicks, this.#bounds);
		this.#beginCalm(now);
		if (wanted === inForce) {
			return null;
		}
		this.#wish = { electionTicks: wanted, at: now };
		return wanted;
	}

	#beginCalm(now: number): void {
		this.#calmSince = now;
		this.#peak = 0;
	}

	#isFresh(voter: Slot, now: number): boolean {
		const times = this.#voters.get(voter);
		return times !== undefined && times.toldAt > 0 && now - times.toldAt < FRESH_TICKS;
	}

	#timesOf(voter: Slot): VoterTimes {
		let times = this.#voters.get(voter);
		if (times === undefined) {
			times = new VoterTimes();
			this.#voters.set(voter, times);
		}
		return times;
	}
}
