/** What a follower does with a leader's messages: appends, heartbeats, the call to take over. */
import { type Index, NOBODY, type Slot } from '../base/brand.ts';
import { maybeSucceed } from './candidate.ts';
import type { AppendRequest, Envelope, Heartbeat } from './message.ts';
import type { Replica } from './replica.ts';
import type { Entry } from './state.ts';
import { becomeFollower } from './transitions.ts';
import { noteSilence } from './tuning.ts';

/** Notes that the sender leads this term. False if it cannot: this member leads it, or another does. */
export function heardFromLeader(replica: Replica, from: Slot): boolean {
	const { state } = replica;
	if (state.role === 'leader') {
		return false;
	}
	if (state.role !== 'follower' || state.leader === NOBODY) {
		becomeFollower(replica, replica.term, from);
		return true;
	}
	if (state.leader !== from) {
		return false;
	}
	noteSilence(replica, state.silence);
	state.silence = 0;
	return true;
}

export function onAppendRequest(replica: Replica, envelope: Envelope, request: AppendRequest): void {
	if (!heardFromLeader(replica, envelope.from) || replica.install !== null) {
		// While a snapshot goes in, the log is about to be replaced: entries are for later.
		return;
	}
	const { log, draft } = replica;
	if (request.previousIndex < log.commit) {
		// An old or overlapping append. Everything committed matches the leader's log, which is more than was asked.
		draft.accept(envelope.from, replica.term, log.commit);
		return;
	}
	if (!log.matches(request.previousIndex, request.previousTerm)) {
		const hint = log.findConflictByTerm(request.previousIndex, request.previousTerm);
		// A refusal promises nothing, so it may leave at once.
		draft.send(envelope.from, replica.term, {
			kind: 'append_rejected',
			rejected: request.previousIndex,
			hintIndex: hint.index,
			hintTerm: hint.term,
		});
		return;
	}
	const lastNew = (request.previousIndex + request.entries.length) as Index;
	appendMissing(replica, request.entries);
	if (request.commit > log.commit) {
		// Only up to the last entry that this message vouches for (figure 3.1, AppendEntries 5).
		log.commitTo(Math.max(log.commit, Math.min(request.commit, lastNew)) as Index);
	}
	draft.accept(envelope.from, replica.term, lastNew);
}

/** Entries that are already here stay: an old append must not take away newer ones (figure 3.1, AppendEntries 3 and 4). */
function appendMissing(replica: Replica, entries: readonly Entry[]): void {
	const { log } = replica;
	let at = 0;
	while (at < entries.length && log.matches((entries[at] as Entry).index, (entries[at] as Entry).term)) {
		at++;
	}
	const first = entries[at];
	if (first !== undefined && first.index <= log.last) {
		replica.truncateFrom(first.index);
	}
	for (; at < entries.length; at++) {
		const entry = entries[at] as Entry;
		replica.appendEntry(entry.term, entry.kind, entry.data);
	}
}

export function onHeartbeat(replica: Replica, envelope: Envelope, heartbeat: Heartbeat): void {
	if (!heardFromLeader(replica, envelope.from)) {
		return;
	}
	const { log } = replica;
	// The leader knows our log up to this commit index to be its own. Beyond our last entry it cannot be true, and is not believed.
	if (replica.install === null && heartbeat.commit > log.commit && heartbeat.commit <= log.last) {
		log.commitTo(heartbeat.commit);
	}
	// Says only that nobody newer had our word when it was sent, so it needs no flush (the term of a vote given is durable by itself).
	replica.draft.send(envelope.from, replica.term, { kind: 'heartbeat_reply', read: heartbeat.read });
}

export function onTimeoutNow(replica: Replica, envelope: Envelope): void {
	if (replica.state.role === 'follower' && replica.state.leader === envelope.from) {
		replica.state.isCalled = true;
		maybeSucceed(replica);
	}
}
