/** The bounds of a lease's time, as etcd has them (reference/etcd-surface.md 2.8). */

/** Beyond, a lease is refused. */
export const TTL_SECONDS_MAX = 9_000_000_000;

/** Shorter ones are raised to this: a lease must outlive an election, or it would always expire with its leader. */
export function minTtlSeconds(electionTicks: number, tickMilliseconds: number): number {
	return Math.ceil((Math.floor((3 * electionTicks) / 2) * tickMilliseconds) / 1_000);
}
