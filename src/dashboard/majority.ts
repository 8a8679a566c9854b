/** Which follower a commit waits for: the slowest of the fastest majority, and who would be it without that one. */
import type { LinkState } from '../ports/dashboard-state.ts';

export interface Awaited {
	readonly id: string;
	readonly milliseconds: number;
}

/** slowest null: too few followers answer. */
export function judgeMajority(
	members: readonly { readonly id: string; readonly learner: boolean }[],
	leader: string,
	links: readonly Pick<LinkState, 'id' | 'p50' | 'isLate'>[],
): { readonly slowest: Awaited | null; readonly without: Awaited | null } {
	const voters = members.filter(({ learner }) => !learner);
	// The leader's own vote is the first of a majority.
	const needed = Math.floor(voters.length / 2);
	const answering = voters
		.filter(({ id }) => id !== leader)
		.flatMap(({ id }) => {
			const link = links.find((each) => each.id === id);
			return link === undefined || link.isLate ? [] : [{ id, milliseconds: link.p50 }];
		})
		.sort((a, b) => a.milliseconds - b.milliseconds);
	return { slowest: answering[needed - 1] ?? null, without: answering[needed] ?? null };
}
