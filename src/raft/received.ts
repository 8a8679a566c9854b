/** A message of another member: the rules of terms, which are the same for all roles, and then the file that answers it. */
import { unreachable } from '../base/assert.ts';
import { NOBODY, type Slot } from '../base/brand.ts';
import { onCommitted, onPreVoteReply, onVoteReply } from './candidate.ts';
import { onAppendRequest, onHeartbeat, onTimeoutNow } from './follower.ts';
import { isSound } from './gateway.ts';
import { onAppendAccepted, onAppendRejected, onHeartbeatReply } from './leader.ts';
import type { AppendAccepted, AppendRejected, Envelope, HeartbeatReply } from './message.ts';
import { onForwardPropose, onForwardRead } from './proposals.ts';
import type { Replica } from './replica.ts';
import type { LeaderState } from './role-state.ts';
import { becomeFollower, followTerm } from './transitions.ts';
import { onTimingReply, onTimingRequest } from './tuning.ts';
import { hasLiveLeader, onPreVoteRequest, onVoteRequest } from './voter.ts';

export function onReceived(replica: Replica, envelope: Envelope): void {
	if (!isSound(envelope, replica.self)) {
		return;
	}
	if (envelope.term > replica.term && (isOutsider(replica, envelope) || !admitGreaterTerm(replica, envelope))) {
		return;
	}
	if (envelope.term < replica.term && !admitSmallerTerm(replica, envelope)) {
		return;
	}
	answer(replica, envelope);
}

/**
 * A greater term from one that is no member here: a removed one that campaigned in vain, whose term must not end a reign (thesis 4.2.3). But a
 * leader or a candidate may be a member of a newer configuration than this one has applied, and is heard.
 */
function isOutsider(replica: Replica, { from, message }: Envelope): boolean {
	switch (message.kind) {
		case 'append_request':
		case 'heartbeat':
		case 'vote_request':
		case 'pre_vote_request':
		case 'committed':
			return false;
		default:
			return !replica.members.has(from);
	}
}

/** False: to be dropped. */
function admitGreaterTerm(replica: Replica, envelope: Envelope): boolean {
	const { message, from, term } = envelope;
	switch (message.kind) {
		case 'vote_request':
			if (!message.force && hasLiveLeader(replica)) {
				return false;
			}
			followTerm(replica, term);
			return true;
		case 'pre_vote_request':
			return !hasLiveLeader(replica);
		case 'committed':
			return true;
		case 'pre_vote_reply':
			if (!message.granted) {
				becomeFollower(replica, term, NOBODY);
			}
			return true;
		case 'append_request':
		case 'heartbeat':
			becomeFollower(replica, term, from);
			return true;
		default:
			becomeFollower(replica, term, NOBODY);
			return true;
	}
}

/** False: answered, or to be dropped. */
function admitSmallerTerm(replica: Replica, envelope: Envelope): boolean {
	const { message, from } = envelope;
	switch (message.kind) {
		case 'append_request':
		case 'heartbeat':
			// A leader of the past, perhaps back from a pause. Our term ends its reign; without this word a member that campaigned while it was
			// cut off could never rejoin, since its requests are not answered while there is a leader (thesis 9.6, etcd issue 8501).
			replica.draft.send(from, replica.term, { kind: 'heartbeat_reply', read: 0 });
			return false;
		case 'vote_request':
			replica.draft.send(from, replica.term, { kind: 'vote_reply', granted: false });
			return false;
		case 'pre_vote_request':
			replica.draft.send(from, replica.term, { kind: 'pre_vote_reply', granted: false });
			return false;
		case 'forward_propose':
		case 'forward_refused':
		case 'forward_read':
		case 'read_reply':
		case 'committed':
			// Known by numbers of their own, or a fact for ever: the term does not matter.
			return true;
		default:
			return false;
	}
}

function answer(replica: Replica, envelope: Envelope): void {
	const { message, from } = envelope;
	switch (message.kind) {
		case 'vote_request':
			onVoteRequest(replica, envelope, message);
			return;
		case 'vote_reply':
			onVoteReply(replica, envelope, message.granted);
			return;
		case 'pre_vote_request':
			onPreVoteRequest(replica, envelope, message);
			return;
		case 'pre_vote_reply':
			onPreVoteReply(replica, envelope, message.granted);
			return;
		case 'append_request':
			onAppendRequest(replica, envelope, message);
			return;
		case 'heartbeat':
			onHeartbeat(replica, envelope, message);
			return;
		case 'timeout_now':
			onTimeoutNow(replica, envelope);
			return;
		case 'append_accepted':
		case 'append_rejected':
		case 'heartbeat_reply':
			if (replica.state.role === 'leader') {
				answerAsLeader(replica, replica.state, from, message);
			}
			return;
		case 'forward_propose':
			onForwardPropose(replica, envelope, message);
			return;
		case 'forward_refused':
			replica.forwarding.onRefused(message);
			return;
		case 'forward_read':
			onForwardRead(replica, envelope, message);
			return;
		case 'read_reply':
			replica.forwarding.onReadReply(message);
			return;
		case 'committed':
			onCommitted(replica, message);
			return;
		case 'timing_request':
			onTimingRequest(replica, envelope, message.stamp);
			return;
		case 'timing_reply':
			if (replica.state.role === 'leader') {
				onTimingReply(replica, replica.state, from, message);
			}
			return;
		default:
			unreachable(message);
	}
}

function answerAsLeader(replica: Replica, state: LeaderState, from: Slot, message: AppendAccepted | AppendRejected | HeartbeatReply): void {
	switch (message.kind) {
		case 'append_accepted':
			onAppendAccepted(replica, state, from, message.match);
			return;
		case 'append_rejected':
			onAppendRejected(replica, state, from, message);
			return;
		case 'heartbeat_reply':
			onHeartbeatReply(replica, state, from, message.read);
	}
}
