/**
 * Round trips of the last hour to one member: a histogram a minute, so that an hour takes a few kilobytes; and how many heartbeats came late or were
 * lost. The last minute to the point is recent-trips.ts. Kept by peer-outgoing.ts.
 */
import type { HourFigures } from '../ports/peer-figures.ts';

const MINUTES = 60;
const MILLISECONDS_A_MINUTE = 60_000;
/** Buckets grow by a tenth from 10 us on: the last begins at about a minute. */
const FIRST_MILLISECONDS = 0.01;
const GROWTH = 1.1;
const BUCKETS = 164;

interface Minute {
	readonly number: number;
	readonly counts: Uint16Array;
	maximum: number;
	late: number;
	lost: number;
}

export class HourTrips {
	readonly #lateMilliseconds: number;
	/** By the number of the minute since the clock began. */
	readonly #minutes = new Map<number, Minute>();

	/** A trip above is late. */
	constructor(lateMilliseconds: number) {
		this.#lateMilliseconds = lateMilliseconds;
	}

	/** at: milliseconds of performance.now(). */
	note({ at, milliseconds }: { readonly at: number; readonly milliseconds: number }): void {
		const minute = this.#minuteAt(at);
		const bucket = bucketOf(milliseconds);
		minute.counts[bucket] = (minute.counts[bucket] as number) + 1;
		minute.maximum = Math.max(minute.maximum, milliseconds);
		minute.late += milliseconds > this.#lateMilliseconds ? 1 : 0;
	}

	/** What was on its way went down with the connection. */
	noteLost(at: number): void {
		this.#minuteAt(at).lost += 1;
	}

	figures(now: number): HourFigures {
		const oldest = Math.floor(now / MILLISECONDS_A_MINUTE) - MINUTES;
		const minutes = [...this.#minutes.values()].filter(({ number }) => number > oldest);
		const counts = new Float64Array(BUCKETS);
		for (const minute of minutes) {
			minute.counts.forEach((count, i) => {
				counts[i] = (counts[i] as number) + count;
			});
		}
		const sum = (read: (minute: Minute) => number): number => minutes.reduce((total, minute) => total + read(minute), 0);
		const maximum = Math.max(0, ...minutes.map((minute) => minute.maximum));
		const quantile = (share: number): number => Math.min(maximum, quantileOf(counts, share));
		return {
			count: counts.reduce((total, count) => total + count, 0),
			p50: quantile(0.5),
			p99: quantile(0.99),
			maximum,
			late: sum(({ late }) => late),
			lost: sum(({ lost }) => lost),
		};
	}

	#minuteAt(at: number): Minute {
		const number = Math.floor(at / MILLISECONDS_A_MINUTE);
		const known = this.#minutes.get(number);
		if (known !== undefined) {
			return known;
		}
		const fresh: Minute = { number, counts: new Uint16Array(BUCKETS), maximum: 0, late: 0, lost: 0 };
		this.#minutes.set(number, fresh);
		// Oldest first: time does not go back.
		for (const each of this.#minutes.keys()) {
			if (each > number - MINUTES) {
				break;
			}
			this.#minutes.delete(each);
		}
		return fresh;
	}
}

function bucketOf(milliseconds: number): number {
	const bucket = milliseconds <= FIRST_MILLISECONDS ? 0 : Math.ceil(Math.log(milliseconds / FIRST_MILLISECONDS) / Math.log(GROWTH));
	return Math.min(BUCKETS - 1, bucket);
}

/** The upper end of the bucket; of nothing 0. */
function quantileOf(counts: Float64Array, share: number): number {
	const total = counts.reduce((sum, count) => sum + count, 0);
	let below = 0;
	for (const [i, count] of counts.entries()) {
		below += count;
		if (total > 0 && below >= total * share) {
			return FIRST_MILLISECONDS * GROWTH ** i;
		}
	}
	return 0;
}
