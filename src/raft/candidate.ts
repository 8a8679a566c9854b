/** Campaigns: when they start, whom they ask, and how votes are counted. Answering them is voter.ts. */
import { NOBODY, type Slot, type Term } from '../base/brand.ts';
import type { Committed, Envelope } from './message.ts';
import { isVoter, membersOf, voteResult } from './quorum.ts';
import type { Replica } from './replica.ts';
import type { CandidateState } from './role-state.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './transitions.ts';
import { becomePatient } from './tuning.ts';

/** A tick of a member that does not lead. */
export function tickElection(replica: Replica): void {
	const { state } = replica;
	if (state.role === 'leader') {
		return;
	}
	state.silence++;
	if (state.role === 'follower') {
		state.isCalled = false;
	}
	if (state.silence >= state.patience && replica.isPromotable) {
		becomePatient(replica);
		campaign(replica);
	}
}

export function campaign(replica: Replica): void {
	if (replica.config.preVote && !replica.isSole) {
		askPreVotes(replica);
	} else {
		askVotes(replica, false);
	}
}

/** Its leader has asked it to take over: no pre-vote, and the voters' patience with the old leader does not count (thesis 3.10). */
export function maybeSucceed(replica: Replica): void {
	if (replica.state.role === 'follower' && replica.state.isCalled && replica.isPromotable) {
		askVotes(replica, true);
	}
}

/** Alone, there is nobody to wait for. */
export function maybeCampaignAlone(replica: Replica): void {
	if (replica.isSole && replica.state.role === 'follower' && replica.isPromotable) {
		campaign(replica);
	}
}

function askPreVotes(replica: Replica): void {
	becomePreCandidate(replica);
	const { log, draft } = replica;
	for (const voter of others(replica)) {
		// Binds nobody to anything, so it may leave at once.
		draft.send(voter, (replica.term + 1) as Term, { kind: 'pre_vote_request', lastIndex: log.last, lastTerm: log.lastTerm });
	}
	count(replica, replica.self, true);
}

/**
 * The requests wait for the flush of the new term and vote, and of the log that they speak of. Were they to leave at once, a candidate could
 * win by the others' votes, crash before its own was durable, campaign in the same term again and win again with the same votes: two leaders
 * of one term, or a vote spent on a log that is no longer there.
 */
function askVotes(replica: Replica, force: boolean): void {
	becomeCandidate(replica);
	const { log, draft } = replica;
	for (const voter of others(replica)) {
		draft.sendDurable(voter, replica.term, { kind: 'vote_request', lastIndex: log.last, lastTerm: log.lastTerm, force });
	}
	// The own vote counts once it is durable: onVoteDurable.
}

/** Every other voter, of both halves while joint. */
function others(replica: Replica): readonly Slot[] {
	return membersOf(replica.membership).filter((member) => member !== replica.self && isVoter(replica.membership, member));
}

/** Something was flushed: perhaps the own vote. */
export function onVoteDurable(replica: Replica): void {
	const { state, ledger } = replica;
	if (state.role === 'candidate' && ledger.durableTerm === replica.term && ledger.durableVote === replica.self && !state.votes.has(replica.self)) {
		count(replica, replica.self, true);
	}
}

export function onVoteReply(replica: Replica, envelope: Envelope, granted: boolean): void {
	if (replica.state.role === 'candidate' && envelope.term === replica.term) {
		count(replica, envelope.from, granted);
	}
}

/** A granted pre-vote names the term that was asked for, a refused one the voter's own. */
export function onPreVoteReply(replica: Replica, envelope: Envelope, granted: boolean): void {
	const about = granted ? replica.term + 1 : replica.term;
	if (replica.state.role === 'pre_candidate' && envelope.term === about) {
		count(replica, envelope.from, granted);
	}
}

/** A voter says what it knows to be committed. If that is a change of membership, this campaign was on an old one, and ends. */
export function onCommitted(replica: Replica, { index, entryTerm }: Committed): void {
	const { log, state } = replica;
	if (state.role === 'leader' || replica.install !== null || index <= log.commit || !log.matches(index, entryTerm)) {
		return;
	}
	log.commitTo(index);
	if (state.role !== 'follower' && !replica.isPromotable) {
		becomeFollower(replica, replica.term, NOBODY);
	}
}

function count(replica: Replica, voter: Envelope['from'], granted: boolean): void {
	const state = replica.state as CandidateState;
	if (state.votes.has(voter)) {
		// One word each: a repeated reply, or a second thought, changes nothing.
		return;
	}
	state.votes.set(voter, granted);
	switch (voteResult(replica.membership, (slot) => state.votes.get(slot))) {
		case 'won':
			if (state.role === 'pre_candidate') {
				askVotes(replica, false);
			} else if (state.votes.has(replica.self)) {
				becomeLeader(replica);
			}
			return;
		case 'lost':
			becomeFollower(replica, replica.term, NOBODY);
			return;
		case 'pending':
			return;
	}
}
