/** What a leader knows of the members, for those who decide on changes of membership (reference/etcd-surface.md 7.3). It changes nothing. */
import type { Index, Slot } from '../base/brand.ts';
import type { Replica } from './replica.ts';

export interface MemberProgress {
	readonly slot: Slot;
	/** The greatest entry known to be durable there; of the leader itself, the last of its log. */
	readonly match: Index;
	/** Heard within an election timeout. */
	readonly isActive: boolean;
}

/** Null for a member that does not lead: only a leader knows. */
export function progressOf(replica: Replica): readonly MemberProgress[] | null {
	const { state, log, self } = replica;
	if (state.role !== 'leader') {
		return null;
	}
	const { electionTicks } = replica.timing;
	const others = [...state.progress].map(([slot, progress]) => ({
		slot,
		match: progress.match,
		isActive: progress.isActive(state.now, electionTicks),
	}));
	return [{ slot: self, match: log.last, isActive: true }, ...others];
}
