/** Taking on a membership that the store has applied: the only way by which the core learns who takes part. */
import { leave } from './handover.ts';
import { confirmReads, maybeCommit } from './leader.ts';
import { Progress } from './progress.ts';
import { isVoter } from './quorum.ts';
import type { Replica } from './replica.ts';
import type { LeaderState } from './role-state.ts';
import type { Membership } from './state.ts';

export function adoptMembership(replica: Replica, membership: Membership): void {
	replica.adoptMembership(membership);
	const { state } = replica;
	if (state.role !== 'leader') {
		return;
	}
	adjustProgress(replica, state);
	// A smaller quorum may have reached further, in the log and in its answers to read rounds.
	maybeCommit(replica, state);
	confirmReads(replica, state);
	if (!isVoter(membership, replica.self)) {
		leave(replica, state);
	}
}

function adjustProgress(replica: Replica, state: LeaderState): void {
	for (const member of state.progress.keys()) {
		if (!replica.members.has(member)) {
			state.progress.delete(member);
		}
	}
	for (const member of replica.members) {
		if (member !== replica.self && !state.progress.has(member)) {
			// As if just heard, so that a leader does not step down before the newcomer had a chance to speak.
			state.progress.set(member, new Progress(replica.config, replica.log.last, state.now));
		}
	}
	if (state.transfer !== null && !isVoter(replica.membership, state.transfer.target)) {
		state.transfer = null;
	}
}
