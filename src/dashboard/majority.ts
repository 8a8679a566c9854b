/**
 * Which follower a commit waits for: the slowest of the fastest majority, and who would be it without that one. By the time that each takes to have a
 * batch durable, where the leader has measured it; else by round trips.
 */
import type { LinkState } from '../ports/dashboard-state.ts';

export interface Awaited {
	readonly id: string;
	readonly milliseconds: number;
	/** What of it is the way there and back; the rest is the follower's disk and CPU. */
	readonly trip: number;
}

export interface Majority {
	/** null: too few followers answer. */
	readonly slowest: Awaited | null;
	readonly without: Awaited | null;
	readonly isMeasured: boolean;
}

/** acknowledged: median milliseconds by follower, as far as known. */
export function judgeMajority(
	members: readonly { readonly id: string; readonly learner: boolean }[],
	{ leader, acknowledged }: { readonly leader: string; readonly acknowledged: ReadonlyMap<string, number> },
	links: readonly Pick<LinkState, 'id' | 'p50' | 'isLate'>[],
): Majority {
	const voters = members.filter(({ learner }) => !learner);
	// The leader's own vote is the first of a majority.
	const needed = Math.floor(voters.length / 2);
	const answering = voters.flatMap(({ id }) => {
		const link = links.find((each) => each.id === id);
		return id === leader || link === undefined || link.isLate ? [] : [{ id, trip: link.p50 }];
	});
	const isMeasured = answering.every(({ id }) => acknowledged.has(id));
	const awaited = answering.map(({ id, trip }) => ({ id, trip, milliseconds: isMeasured ? (acknowledged.get(id) ?? trip) : trip }));
	awaited.sort((a, b) => a.milliseconds - b.milliseconds);
	return { slowest: awaited[needed - 1] ?? null, without: awaited[needed] ?? null, isMeasured };
}
