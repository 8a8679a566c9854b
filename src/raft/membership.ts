/** Taking on a membership that the store has applied: the only way by which the core learns who takes part. */
import { NOBODY } from '../base/brand.ts';
import { maybeCommit } from './leader.ts';
import { Progress } from './progress.ts';
import { isVoter, membersOf } from './quorum.ts';
import type { Replica } from './replica.ts';
import type { LeaderState } from './role-state.ts';
import type { Membership } from './state.ts';
import { becomeFollower } from './transitions.ts';

export function adoptMembership(replica: Replica, membership: Membership): void {
	replica.adoptMembership(membership);
	const { state } = replica;
	if (state.role !== 'leader') {
		return;
	}
	if (!isVoter(membership, replica.self)) {
		// Removed or demoted: its last act was to commit that (thesis 4.2.2).
		becomeFollower(replica, replica.term, NOBODY);
		return;
	}
	adjustProgress(replica, state);
	// A smaller quorum may have reached further.
	maybeCommit(replica, state);
}

function adjustProgress(replica: Replica, state: LeaderState): void {
	const members = new Set(membersOf(replica.membership));
	for (const member of state.progress.keys()) {
		if (!members.has(member)) {
			state.progress.delete(member);
		}
	}
	for (const member of members) {
		if (member !== replica.self && !state.progress.has(member)) {
			// As if just heard, so that a leader does not step down before the newcomer had a chance to speak.
			state.progress.set(member, new Progress(replica.config, replica.log.last, state.now));
		}
	}
	if (state.transfer !== null && !members.has(state.transfer.target)) {
		state.transfer = null;
	}
}
