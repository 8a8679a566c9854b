/**
 * Where a leader's writes spend their time, a batch of the log at a time, so that it costs a write nothing: from the append to the flush here (flush),
 * from there to the commit (quorum: others are slower), from there to the store's word (apply); and how long each follower takes to have a batch durable.
 * What is before the append and after the store's word only a lane knows: lane-stages.ts, which asks here for the moments of a batch.
 * Kept by raft-actor.ts; tells nothing while another leads.
 */
import type { Slot } from '../base/brand.ts';
import { BUCKETS, Histogram } from '../base/histogram.ts';
import { histogram, type Metric } from '../base/metric.ts';
import type { Clock } from '../ports/clock.ts';

/** Of a follower that is further behind, the oldest are not told. A power of two. */
const BATCHES_MAX = 4_096;
const MASK = BATCHES_MAX - 1;
const NOT_YET = -1;

export class WriteStages {
	readonly #clock: Clock;
	/** A ring of batches in the order of the log, by columns; each has a number for as long as this member leads. The last entry of each: */
	readonly #last = new Float64Array(BATCHES_MAX);
	readonly #appendedAt = new Float64Array(BATCHES_MAX);
	readonly #persistedAt = new Float64Array(BATCHES_MAX);
	readonly #committedAt = new Float64Array(BATCHES_MAX);
	readonly #appliedAt = new Float64Array(BATCHES_MAX);
	/** The number of the oldest that is known, and that of the next. */
	#first = 0;
	#end = 0;
	/** By follower, the number of the batch that it is to acknowledge next. */
	readonly #next = new Map<Slot, number>();
	readonly #acknowledged = new Map<Slot, Histogram>();
	readonly #flush = new Histogram(BUCKETS.b);
	readonly #quorum = new Histogram(BUCKETS.b);
	readonly #apply = new Histogram(BUCKETS.b);

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	/** A batch up to this entry goes to the log, and to the followers in the same turn. */
	appended(last: number): void {
		const at = this.#end & MASK;
		this.#last[at] = last;
		this.#appendedAt[at] = this.#clock();
		this.#persistedAt[at] = NOT_YET;
		this.#committedAt[at] = NOT_YET;
		this.#appliedAt[at] = NOT_YET;
		this.#end += 1;
		this.#first = Math.max(this.#first, this.#end - BATCHES_MAX);
	}

	persisted(last: number): void {
		this.#reached(last, this.#persistedAt, this.#flush, this.#appendedAt);
	}

	/** Entries up to this one were handed to the store. */
	committed(last: number): void {
		this.#reached(last, this.#committedAt, this.#quorum, this.#persistedAt);
	}

	applied(last: number): void {
		this.#reached(last, this.#appliedAt, this.#apply, this.#committedAt);
	}

	/** The follower has entries up to this one, durable. */
	acknowledged(by: Slot, match: number): void {
		let next = Math.max(this.#next.get(by) ?? 0, this.#first);
		const now = this.#clock();
		for (; next < this.#end && (this.#last[next & MASK] as number) <= match; next++) {
			this.#histogramOf(by).observe(now - (this.#appendedAt[next & MASK] as number));
		}
		this.#next.set(by, next);
	}

	/** When the batch with this entry was appended, persisted, committed and applied, -1: not yet. Empty: it is not known here. */
	momentsOf(index: number): readonly number[] {
		const number = this.#numberBehind(index - 1);
		if (number === this.#end) {
			return [];
		}
		const at = number & MASK;
		return [this.#appendedAt, this.#persistedAt, this.#committedAt, this.#appliedAt].map((moments) => moments[at] as number);
	}

	/** Another leads, or this member anew. */
	forget(): void {
		this.#first = 0;
		this.#end = 0;
		this.#next.clear();
	}

	metrics(): readonly Metric[] {
		const stages = [
			[{ stage: 'flush' }, this.#flush],
			[{ stage: 'quorum' }, this.#quorum],
			[{ stage: 'apply' }, this.#apply],
		] as const;
		const followers = [...this.#acknowledged].map(([slot, each]) => [{ slot: String(slot) }, each] as const);
		return [
			histogram(
				'quorate_write_stage_seconds',
				"Where batches of writes spent their time on this leader: its flush, the quorum's, the store.",
				stages,
			),
			histogram('quorate_append_acknowledged_seconds', 'From sending a batch to the word that a follower has it durable.', followers),
		];
	}

	/** The batches up to this entry that have not come so far yet, which are the last of those: from the end on back. */
	#reached(last: number, moments: Float64Array, stage: Histogram, before: Float64Array): void {
		const now = this.#clock();
		for (let number = this.#numberBehind(last) - 1; number >= this.#first; number--) {
			const at = number & MASK;
			if (moments[at] !== NOT_YET) {
				break;
			}
			moments[at] = now;
			// Others may have flushed it before this member has: then the append is what comes before.
			const began = before[at] === NOT_YET ? (this.#appendedAt[at] as number) : (before[at] as number);
			stage.observe(now - began);
		}
	}

	/** The number of the first batch that ends behind this entry. */
	#numberBehind(last: number): number {
		let lo = this.#first;
		let hi = this.#end;
		while (lo < hi) {
			const middle = (lo + hi) >>> 1;
			if ((this.#last[middle & MASK] as number) <= last) {
				lo = middle + 1;
			} else {
				hi = middle;
			}
		}
		return lo;
	}

	#histogramOf(slot: Slot): Histogram {
		const known = this.#acknowledged.get(slot);
		if (known !== undefined) {
			return known;
		}
		const made = new Histogram(BUCKETS.b);
		this.#acknowledged.set(slot, made);
		return made;
	}
}
