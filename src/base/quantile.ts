/** Of a few numbers, exactly. Histograms have quantiles of their own (histogram.ts, adapters/hour-trips.ts). */

/** The smallest that at least this share is not above; of nothing 0. sorted: upwards. */
export function quantile(sorted: readonly number[], share: number): number {
	return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
