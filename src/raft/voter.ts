/** Answering campaigns (thesis 3.4, 3.6.1, 9.6). Every member answers, a learner too: it may be a voter in a newer configuration. */
import { type Index, NOBODY, type Slot } from '../base/brand.ts';
import type { Envelope, PreVoteRequest, VoteRequest } from './message.ts';
import type { Replica } from './replica.ts';

/**
 * A leader was heard within an election timeout: who campaigns now was cut off or removed, and is not answered (thesis 4.2.3). A leader is its
 * own proof, since it steps down when it loses touch with a quorum.
 */
export function hasLiveLeader(replica: Replica): boolean {
	const { state, config, timing } = replica;
	if (!config.checkQuorum) {
		return false;
	}
	return state.role === 'leader' || (state.role === 'follower' && state.leader !== NOBODY && state.silence < timing.electionTicks);
}

/** The envelope's term is this member's own by now (core.ts). */
export function onVoteRequest(replica: Replica, envelope: Envelope, request: VoteRequest): void {
	const { from } = envelope;
	tellMembership(replica, from, request.lastIndex);
	if (!isFree(replica, from) || !replica.log.isUpToDate(request.lastIndex, request.lastTerm)) {
		replica.draft.send(from, replica.term, { kind: 'vote_reply', granted: false });
		return;
	}
	replica.vote = from;
	if (replica.state.role === 'follower') {
		replica.state.silence = 0;
	}
	// One vote a term, also across a crash: the reply waits for the flush (figure 3.1).
	replica.draft.sendDurable(from, replica.term, { kind: 'vote_reply', granted: true });
}

/** Neither term nor vote changes here: this only says what the answer to a real request would be. */
export function onPreVoteRequest(replica: Replica, envelope: Envelope, request: PreVoteRequest): void {
	const { from, term } = envelope;
	tellMembership(replica, from, request.lastIndex);
	const granted =
		(term > replica.term || (term === replica.term && isFree(replica, from))) && replica.log.isUpToDate(request.lastIndex, request.lastTerm);
	replica.draft.send(from, granted ? term : replica.term, { kind: 'pre_vote_reply', granted });
}

/** The founding entry is known by all to be committed, and nobody could use news of an entry that it lacks. */
function tellMembership(replica: Replica, candidate: Slot, lastIndex: Index): void {
	const { membership, membershipTerm, draft } = replica;
	if (membership.index > 1 && membership.index <= lastIndex && membershipTerm !== null) {
		draft.send(candidate, replica.term, { kind: 'committed', index: membership.index, entryTerm: membershipTerm });
	}
}

/** Not promised to another in this term, and no leader of it known. */
function isFree(replica: Replica, candidate: Slot): boolean {
	return replica.vote === candidate || (replica.vote === NOBODY && replica.leader === NOBODY);
}
