/**
 * Round trips of the last minute to one member: few numbers in a ring, which are looked at only when somebody asks (the dashboard). Not the
 * figures since the start, which are peer-meters.ts. Kept by peer-outgoing.ts.
 */
import { gauge, type Metric } from '../base/metric.ts';
import { quantile } from '../base/quantile.ts';
import type { LatencyFigures, RecentTripFigures } from '../ports/peer-figures.ts';

/** Probes come once a second, or twice while somebody looks. */
const TRIPS_MAX = 256;
const LATEST = 5;
const WINDOW_MILLISECONDS = 60_000;
const MILLISECONDS_A_SECOND = 1_000;

interface Trip {
	readonly at: number;
	readonly milliseconds: number;
}

export class RecentTrips {
	readonly #trips: Trip[] = [];
	#next = 0;

	/** at: milliseconds of performance.now(). */
	note(trip: Trip): void {
		this.#trips[this.#next] = trip;
		this.#next = (this.#next + 1) % TRIPS_MAX;
	}

	figures(now: number): RecentTripFigures {
		const inOrder = [...this.#trips.slice(this.#next), ...this.#trips.slice(0, this.#next)];
		const recent = inOrder.filter(({ at }) => now - at <= WINDOW_MILLISECONDS).map(({ milliseconds }) => milliseconds);
		const steps = recent.slice(1).map((milliseconds, i) => Math.abs(milliseconds - (recent[i] as number)));
		const sorted = recent.toSorted((a, b) => a - b);
		return {
			count: recent.length,
			p50: quantile(sorted, 0.5),
			p99: quantile(sorted, 0.99),
			maximum: sorted.at(-1) ?? 0,
			latest: quantile(
				recent.slice(-LATEST).toSorted((a, b) => a - b),
				0.5,
			),
			jitter: steps.length === 0 ? 0 : steps.reduce((sum, step) => sum + step, 0) / steps.length,
		};
	}
}

/** What the dashboard shows of each member, so that it can be held against what it shows. */
export function recentTripMetrics(members: readonly Pick<LatencyFigures, 'id' | 'recent'>[]): Metric {
	const values = members.flatMap(({ id, recent: { p50, p99, maximum } }) =>
		Object.entries({ '0.5': p50, '0.99': p99, '1': maximum }).map(([quantile, milliseconds]) => ({
			labels: { To: id, quantile },
			value: milliseconds / MILLISECONDS_A_SECOND,
		})),
	);
	return gauge('quorate_peer_recent_round_trip_seconds', 'Round trips to a member in the last minute, on the connection of heartbeats.', values);
}
