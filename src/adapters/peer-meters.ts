/** Counts what goes over the links between members, for /v2/stats: appends by number and rate, and how long a probe takes to come back. Kept by peer-network.ts. */
import type { AppendFigures, HourFigures, LatencyFigures, RecentTripFigures } from '../ports/peer-figures.ts';

const RATE_OVER = 200;
const STALE_MILLISECONDS = 1_000;
const MILLISECONDS_A_SECOND = 1_000;
/** As etcd prints a minimum of nothing. */
const NO_MINIMUM = 2 ** 63;

export class AppendMeter {
	#count = 0;
	readonly #recent: { readonly at: number; readonly bytes: number }[] = [];

	/** now: milliseconds of performance.now(). */
	note(bytes: number, now: number): void {
		this.#count += 1;
		this.#recent.push({ at: now, bytes });
		if (this.#recent.length > RATE_OVER) {
			this.#recent.shift();
		}
	}

	figures(now: number): AppendFigures {
		const first = this.#recent[0];
		const last = this.#recent.at(-1);
		if (first === undefined || last === undefined || now - last.at > STALE_MILLISECONDS || last.at === first.at) {
			return { count: this.#count, messagesPerSecond: 0, bytesPerSecond: 0 };
		}
		const seconds = (last.at - first.at) / MILLISECONDS_A_SECOND;
		const bytes = this.#recent.reduce((sum, each) => sum + each.bytes, 0);
		return { count: this.#count, messagesPerSecond: this.#recent.length / seconds, bytesPerSecond: bytes / seconds };
	}
}

/** What only the link knows. */
export interface LinkView {
	readonly recent: RecentTripFigures;
	readonly hour: HourFigures;
	readonly unanswered: number | null;
	readonly isUp: boolean;
}

export class LatencyMeter {
	#current = 0;
	#sum = 0;
	#sumOfSquares = 0;
	#minimum = NO_MINIMUM;
	#maximum = 0;
	#success = 0;
	#fail = 0;

	succeed(milliseconds: number): void {
		this.#success += 1;
		this.#current = milliseconds;
		this.#sum += milliseconds;
		this.#sumOfSquares += milliseconds * milliseconds;
		this.#minimum = Math.min(this.#minimum, milliseconds);
		this.#maximum = Math.max(this.#maximum, milliseconds);
	}

	fail(): void {
		this.#fail += 1;
	}

	figures(id: string, link: LinkView): LatencyFigures {
		const average = this.#success === 0 ? 0 : this.#sum / this.#success;
		const variance = this.#success === 0 ? 0 : this.#sumOfSquares / this.#success - average * average;
		return {
			id,
			current: this.#current,
			average,
			standardDeviation: Math.sqrt(Math.max(0, variance)),
			minimum: this.#minimum,
			maximum: this.#maximum,
			success: this.#success,
			fail: this.#fail,
			...link,
		};
	}
}
