/**
 * The transitions between roles, and nothing else.
 *
 *     silence            pre-votes won          votes won, own vote durable
 *   follower ──> pre_candidate ──────> candidate ──────> leader
 *      ^               │                   │               │
 *      └───────────────┴── lost, a leader, or a greater term ──┘
 */
import { assert } from '../base/assert.ts';
import { type Index, NOBODY, type Slot, type Term } from '../base/brand.ts';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import { Progress } from './progress.ts';
import type { ReadAsk } from './reads.ts';
import type { Replica } from './replica.ts';
import { leaderState, type RoleState } from './role-state.ts';
import { ENTRY_KIND } from './state.ts';
import { forgetPatience } from './tuning.ts';

/** A greater term, a leader of the same one, or an election that was lost. */
export function becomeFollower(replica: Replica, term: Term, leader: Slot): void {
	assert(leader !== replica.self, 'a member does not follow itself');
	if (leader !== NOBODY) {
		forgetPatience(replica);
	}
	enter(replica, term, { role: 'follower', leader, silence: 0, isCalled: false, patience: replica.drawPatience() });
}

/**
 * A candidate's greater term. The patience of a follower goes on: only a leader's word, or a vote given, is a reason to wait anew (figure 3.1,
 * Followers). Else members that are quick to campaign, and whose logs are too short to win, could keep the one that would from ever doing so.
 */
export function followTerm(replica: Replica, term: Term): void {
	const { state } = replica;
	if (state.role === 'follower') {
		enter(replica, term, { ...state, leader: NOBODY, isCalled: false });
	} else {
		becomeFollower(replica, term, NOBODY);
	}
}

/** Asks first, without a new term: a member that was cut off must not disturb the others when it is back (thesis 9.6). */
export function becomePreCandidate(replica: Replica): void {
	assert(replica.state.role !== 'leader', 'a leader does not campaign');
	enter(replica, replica.term, { role: 'pre_candidate', votes: new Map(), silence: 0, patience: replica.drawPatience() });
}

export function becomeCandidate(replica: Replica): void {
	assert(replica.state.role !== 'leader', 'a leader does not campaign');
	enter(replica, (replica.term + 1) as Term, { role: 'candidate', votes: new Map(), silence: 0, patience: replica.drawPatience() });
	replica.vote = replica.self;
}

export function becomeLeader(replica: Replica): void {
	assert(replica.state.role === 'candidate', () => `a ${replica.state.role} cannot become leader`);
	// Its own vote was flushed before it was asked for others (candidate.ts), so nothing of this term can be forgotten by a crash.
	assert(replica.ledger.durableTerm === replica.term, () => `leader of term ${replica.term}, durable is ${replica.ledger.durableTerm}`);
	assert(replica.ledger.durableVote === replica.self, 'a leader whose own vote is not durable');
	const next = (replica.log.last + 1) as Index;
	const state = leaderState(replica.config, next);
	for (const member of replica.members) {
		if (member !== replica.self) {
			state.progress.set(member, new Progress(replica.config, next, state.now));
		}
	}
	enter(replica, replica.term, state);
	// Only an entry of the own term may be counted for commit, so there must be one (thesis 3.6.2 and 6.4).
	replica.appendEntry(replica.term, ENTRY_KIND.noop, EMPTY_BYTES);
}

function enter(replica: Replica, term: Term, state: RoleState): void {
	assert(term >= replica.term, () => `term would fall from ${replica.term} to ${term}`);
	const former = { term: replica.term, leader: replica.leader };
	if (replica.state.role === 'leader') {
		replica.state.reads.drop((ask) => refuseRead(replica, ask));
	}
	if (term > replica.term) {
		replica.term = term;
		replica.vote = NOBODY;
	}
	replica.state = state;
	if (term !== former.term || replica.leader !== former.leader) {
		replica.forwarding.leaderChanged();
	}
}

/** The read was not served: no harm in asking again. */
export function refuseRead(replica: Replica, ask: ReadAsk): void {
	if (ask.origin === 'local') {
		replica.draft.refuse(ask.requestId, CODES.leader_changed.code);
	} else {
		replica.draft.send(ask.from, replica.term, { kind: 'read_reply', context: ask.context, index: 0 as Index });
	}
}
