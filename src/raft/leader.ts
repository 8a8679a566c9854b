/** What a leader does with time and with its followers' answers: heartbeats, commit, read rounds. Sending is replication.ts, ending handover.ts. */
import { type Index, NOBODY, type Slot } from '../base/brand.ts';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { abdicate, maybeTellSuccessor, tickHandover } from './handover.ts';
import type { AppendRejected } from './message.ts';
import type { Progress } from './progress.ts';
import { quorumReached } from './quorum.ts';
import type { Replica } from './replica.ts';
import { replicateTo, sendHeartbeat } from './replication.ts';
import type { LeaderState } from './role-state.ts';
import { ENTRY_KIND } from './state.ts';
import { becomeFollower, refuseRead } from './transitions.ts';
import { heartbeatTicks, tickTuner } from './tuning.ts';

export function tickLeader(replica: Replica, state: LeaderState): void {
	state.now++;
	if (replica.config.checkQuorum && !hasQuorumContact(replica, state)) {
		// A leader cut off from a quorum can commit nothing, and must not hold clients that another one could serve (thesis 6.2).
		becomeFollower(replica, replica.term, NOBODY);
		return;
	}
	if (replica.isDiskHanging && !replica.isSole) {
		abdicate(replica, state);
		return;
	}
	tickHandover(replica, state);
	if (replica.state !== state) {
		return;
	}
	tickTuner(replica, state);
	if (state.now % heartbeatTicks(replica, state) === 0) {
		for (const [member, progress] of state.progress) {
			progress.tick();
			sendHeartbeat(replica, member, progress, state.reads.openContext);
		}
	}
}

function hasQuorumContact(replica: Replica, state: LeaderState): boolean {
	const reached = quorumReached(replica.membership, (slot) => {
		return slot === replica.self || state.progress.get(slot)?.isActive(state.now, replica.timing.electionTicks) === true ? 1 : 0;
	});
	return reached === 1;
}

/** The end of a leader's turn: one read round, and what each follower is still to get. */
export function flushLeader(replica: Replica, state: LeaderState): void {
	maybeLeaveJoint(replica, state);
	const read = beginReadRound(replica, state);
	for (const [member, progress] of state.progress) {
		if (read > 0) {
			sendHeartbeat(replica, member, progress, read);
		}
		replicateTo(replica, state, member, progress);
	}
	if (read > 0) {
		confirmReads(replica, state);
	}
}

/** A joint configuration that is left by itself: as soon as the entry that entered it is applied, and by whoever leads then (thesis 4.3). */
function maybeLeaveJoint(replica: Replica, state: LeaderState): void {
	if (replica.membership.autoLeave && state.transfer === null && replica.membershipUpTo <= replica.log.applied) {
		replica.appendEntry(replica.term, ENTRY_KIND.membership, EMPTY_BYTES);
	}
}

/** The new round's number, or 0. Before an entry of its own term is committed a leader may not know what its predecessors committed. */
function beginReadRound(replica: Replica, state: LeaderState): number {
	if (!state.reads.hasWaiting || replica.log.commit < state.termStart) {
		return 0;
	}
	replica.readRounds++;
	state.reads.begin(replica.readRounds, replica.log.commit);
	return replica.readRounds;
}

export function confirmReads(replica: Replica, state: LeaderState): void {
	const newest = state.reads.newestContext;
	const confirmed = quorumReached(replica.membership, (slot) => (slot === replica.self ? newest : (state.progress.get(slot)?.readAcked ?? 0)));
	state.reads.confirm(confirmed, (ask, index) => {
		if (ask.origin === 'local') {
			replica.draft.grant(ask.requestId, index);
		} else {
			replica.draft.send(ask.from, replica.term, { kind: 'read_reply', context: ask.context, index });
		}
	});
}

/** Counts what is durable where, this member's own log only as far as its disk has confirmed (figure 3.1, Leaders 4; thesis 10.2.1). */
export function maybeCommit(replica: Replica, state: LeaderState): void {
	const { log } = replica;
	const reached = quorumReached(replica.membership, (slot) =>
		slot === replica.self ? log.persisted : (state.progress.get(slot)?.match ?? 0),
	) as Index;
	// An entry of an older term is never committed by counting: another leader could still replace it (figure 3.7, the paper's figure 8).
	if (reached > log.commit && log.termAt(reached) === replica.term) {
		log.commitTo(reached);
		state.uncommitted.freeUpTo(reached);
	}
}

export function onAppendAccepted(replica: Replica, state: LeaderState, from: Slot, match: Index): void {
	const progress = heard(state, from);
	if (progress === null || match > replica.log.last) {
		// Nobody can have what this log does not hold.
		return;
	}
	const isNews = progress.accepted(match);
	const isItsPlace = isNews || match === progress.match;
	if (isItsPlace && (progress.state.mode === 'probe' || (progress.state.mode === 'snapshot' && match >= replica.log.before.index))) {
		progress.becomeReplicate();
	}
	if (isNews) {
		maybeCommit(replica, state);
	}
	maybeTellSuccessor(replica, state);
}

export function onAppendRejected(replica: Replica, state: LeaderState, from: Slot, message: AppendRejected): void {
	const progress = heard(state, from);
	if (progress === null) {
		return;
	}
	// Skips all entries of terms that the follower cannot have, a term a round instead of an entry a round (raft paper 5.3).
	const hint = replica.log.findConflictByTerm(message.hintIndex, message.hintTerm);
	if (progress.rejected(message.rejected, hint.index)) {
		progress.poked = true;
	}
}

export function onHeartbeatReply(replica: Replica, state: LeaderState, from: Slot, read: number): void {
	const progress = heard(state, from);
	if (progress === null || read > state.reads.newestContext) {
		return;
	}
	if (progress.mayPoke && (progress.match < replica.log.last || progress.state.mode === 'probe')) {
		// It is alive and lacks entries, and nothing has moved since the last heartbeat: an append or its answer was lost.
		progress.mayPoke = false;
		progress.poked = true;
		if (progress.state.mode === 'probe') {
			progress.state.paused = false;
		}
	}
	if (read > progress.readAcked) {
		progress.readAcked = read;
		confirmReads(replica, state);
	}
}

function heard(state: LeaderState, from: Slot): Progress | null {
	const progress = state.progress.get(from) ?? null;
	if (progress !== null) {
		progress.heardAt = state.now;
	}
	return progress;
}

/** Another member's read for this leader to confirm. */
export function readAtLeader(replica: Replica, state: LeaderState, from: Slot, context: number): void {
	const ask = { origin: 'remote', from, context } as const;
	if (!state.reads.add(ask)) {
		refuseRead(replica, ask);
	}
}
