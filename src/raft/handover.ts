/**
 * How a reign ends by the leader's own will: on demand (thesis 3.10), because it is no voter any more (4.2.2), or because its disk hangs.
 * Ends that come from outside, a greater term or the loss of contact, are in received.ts and leader.ts.
 */
import { assert } from '../base/assert.ts';
import { NOBODY, type Slot } from '../base/brand.ts';
import { isVoter } from './quorum.ts';
import type { Replica } from './replica.ts';
import type { LeaderState } from './role-state.ts';
import { becomeFollower } from './transitions.ts';

/** Hands over: the successor first gets the whole log, then the word (thesis 3.10). Meanwhile nothing new is appended. A learner cannot succeed. */
export function onTransfer(replica: Replica, state: LeaderState, target: Slot): void {
	const successor = target === NOBODY ? furthestVoter(replica, state) : target;
	if (!state.progress.has(successor) || !isVoter(replica.membership, successor) || state.transfer?.target === successor) {
		return;
	}
	state.transfer = { target: successor, ticks: 0, told: false };
	maybeTellSuccessor(replica, state);
}

/** Of the half that stays, if joint: one of the other half would soon have to leave again. */
function furthestVoter(replica: Replica, state: LeaderState): Slot {
	let furthest = NOBODY;
	let match = -1;
	for (const [member, progress] of state.progress) {
		if (replica.membership.voters.includes(member) && progress.isActive(state.now, replica.timing.electionTicks) && progress.match > match) {
			furthest = member;
			match = progress.match;
		}
	}
	return furthest;
}

export function maybeTellSuccessor(replica: Replica, state: LeaderState): void {
	const { transfer } = state;
	if (transfer === null || transfer.told) {
		return;
	}
	assert(transfer.target !== replica.self, 'a leader hands over to another');
	if (state.progress.get(transfer.target)?.match === replica.log.last) {
		transfer.told = true;
		replica.draft.send(transfer.target, replica.term, { kind: 'timeout_now' });
	}
}

export function tickHandover(replica: Replica, state: LeaderState): void {
	const { transfer } = state;
	if (transfer === null) {
		return;
	}
	transfer.ticks++;
	if (transfer.ticks < replica.config.electionTicks) {
		transfer.told = false;
		maybeTellSuccessor(replica, state);
	} else if (state.isLeaving) {
		becomeFollower(replica, replica.term, NOBODY);
	} else {
		state.transfer = null;
	}
}

/**
 * The store has applied that this leader is no voter any more. It does not stop at once: without it, those who stay might never hear that its
 * removal is committed, and of two members the one that stays could not elect itself.
 */
export function leave(replica: Replica, state: LeaderState): void {
	state.isLeaving = true;
	onTransfer(replica, state, NOBODY);
	if (state.transfer === null) {
		// Nobody who could take over has been heard lately.
		becomeFollower(replica, replica.term, NOBODY);
	}
}

/** A leader that cannot write can apply nothing and serve no read. It cannot wait for its successor to have all of its log. */
export function abdicate(replica: Replica, state: LeaderState): void {
	const successor = state.transfer?.target ?? furthestVoter(replica, state);
	if (successor !== NOBODY) {
		replica.draft.send(successor, replica.term, { kind: 'timeout_now' });
	}
	becomeFollower(replica, replica.term, NOBODY);
}
