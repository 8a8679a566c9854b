/**
 * Where a leader's writes spend their time, a batch of the log at a time, so that it costs a write nothing: from the append to the flush here (flush),
 * from there to the commit (quorum: others are slower), from there to the store's word (apply); and how long each follower takes to have a batch durable.
 * Kept by raft-actor.ts; tells nothing while another leads.
 */
import type { Slot } from '../base/brand.ts';
import { BUCKETS, Histogram } from '../base/histogram.ts';
import { histogram, type Metric } from '../base/metric.ts';
import type { Clock } from '../ports/clock.ts';

interface Batch {
	/** Its last entry. */
	readonly last: number;
	readonly appendedAt: number;
	persistedAt: number | null;
	committedAt: number | null;
	isApplied: boolean;
}

/** Of a follower that is further behind, the oldest are not told. */
const BATCHES_MAX = 4_096;

export class WriteStages {
	readonly #clock: Clock;
	/** In the order of the log. */
	#batches: Batch[] = [];
	/** The number of the first of them: batches are numbered for as long as this member leads. */
	#first = 0;
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
		this.#batches.push({ last, appendedAt: this.#clock(), persistedAt: null, committedAt: null, isApplied: false });
		if (this.#batches.length > BATCHES_MAX) {
			this.#batches.splice(0, BATCHES_MAX / 2);
			this.#first += BATCHES_MAX / 2;
		}
	}

	persisted(last: number): void {
		this.#each(
			last,
			({ persistedAt }) => persistedAt === null,
			(batch, now) => {
				batch.persistedAt = now;
				this.#flush.observe(now - batch.appendedAt);
			},
		);
	}

	/** Entries up to this one were handed to the store. */
	committed(last: number): void {
		this.#each(
			last,
			({ committedAt }) => committedAt === null,
			(batch, now) => {
				batch.committedAt = now;
				this.#quorum.observe(now - (batch.persistedAt ?? batch.appendedAt));
			},
		);
	}

	applied(last: number): void {
		this.#each(
			last,
			({ isApplied }) => !isApplied,
			(batch, now) => {
				batch.isApplied = true;
				this.#apply.observe(now - (batch.committedAt ?? now));
			},
		);
	}

	/** The follower has entries up to this one, durable. */
	acknowledged(by: Slot, match: number): void {
		let next = Math.max(this.#next.get(by) ?? 0, this.#first);
		const before = next;
		const now = this.#clock();
		for (let batch = this.#batches[next - this.#first]; batch !== undefined && batch.last <= match; batch = this.#batches[next - this.#first]) {
			this.#histogramOf(by).observe(now - batch.appendedAt);
			next += 1;
		}
		if (next !== before || !this.#next.has(by)) {
			this.#next.set(by, next);
		}
	}

	/** Another leads, or this member anew. */
	forget(): void {
		this.#batches = [];
		this.#first = 0;
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

	/** The batches up to this entry that are to be looked at, which are the last of those: from the end on back. */
	#each(last: number, isDue: (batch: Batch) => boolean, tell: (batch: Batch, now: number) => void): void {
		const now = this.#clock();
		for (let at = this.#indexBehind(last) - 1; at >= 0; at--) {
			const batch = this.#batches[at] as Batch;
			if (!isDue(batch)) {
				break;
			}
			tell(batch, now);
		}
	}

	/** Of the batches in #batches, how many end at this entry or before. */
	#indexBehind(last: number): number {
		let lo = 0;
		let hi = this.#batches.length;
		while (lo < hi) {
			const middle = (lo + hi) >> 1;
			if ((this.#batches[middle] as Batch).last <= last) {
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
