/**
 * Sending: what a leader's followers get at the end of a turn. Steps only note that there is something to send, so that all proposals of a
 * turn leave in one append, and all its reads in one round of heartbeats.
 */
import { assert } from '../base/assert.ts';
import type { Index, Slot } from '../base/brand.ts';
import type { FetchPurpose } from './input.ts';
import type { Progress } from './progress.ts';
import type { Replica } from './replica.ts';
import type { LeaderState } from './role-state.ts';
import type { Entry } from './state.ts';

const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

/** One heartbeat: the commit index as far as the member is known to have it, and the newest read round. */
export function sendHeartbeat(replica: Replica, member: Slot, progress: Progress, read: number): void {
	const commit = Math.min(progress.match, replica.log.commit) as Index;
	progress.commitSent = Math.max(progress.commitSent, commit) as Index;
	replica.draft.send(member, replica.term, { kind: 'heartbeat', commit, read });
}

export function replicateTo(replica: Replica, state: LeaderState, member: Slot, progress: Progress): void {
	const { log } = replica;
	const mode = progress.state;
	if (progress.fetching !== null) {
		return;
	}
	switch (mode.mode) {
		case 'snapshot':
			if (progress.poked && mode.delivered !== null) {
				askWhetherInstalled(replica, member, progress, mode.delivered);
			}
			return;
		case 'probe':
			if (!mode.paused && (progress.poked || progress.next <= log.last)) {
				sendNext(replica, state, member, progress);
			}
			return;
		case 'replicate': {
			let going = true;
			while (going && progress.next <= log.last && !mode.inflight.isFull) {
				going = sendNext(replica, state, member, progress);
			}
			// A member whose window is full answers nothing: it gets no commit news, which would pile up, until it is heard again.
			const isCommitNews = !mode.inflight.isFull && progress.commitSent < Math.min(log.commit, progress.next - 1);
			if (going && (isCommitNews || progress.poked)) {
				// Poked with a full window: this finds out whether what filled it was lost.
				sendEmpty(replica, state, member, progress);
			}
			return;
		}
	}
}

/** The next entries, as many as one message holds. False if they must come from elsewhere first. */
function sendNext(replica: Replica, state: LeaderState, member: Slot, progress: Progress): boolean {
	const { log, config, draft } = replica;
	if (progress.next > log.last) {
		return sendEmpty(replica, state, member, progress);
	}
	if (progress.next <= log.before.index) {
		needSnapshot(replica, state, member, progress);
		return false;
	}
	const entries = log.slice(progress.next, (log.last + 1) as Index, config.appendBytesMax);
	if (entries === null) {
		progress.fetching = progress.next;
		draft.fetch({ member, lo: progress.next, hi: log.memoryFirst });
		return false;
	}
	sendEntries(replica, member, progress, entries);
	return true;
}

function sendEmpty(replica: Replica, state: LeaderState, member: Slot, progress: Progress): boolean {
	if (progress.next <= replica.log.before.index) {
		needSnapshot(replica, state, member, progress);
		return false;
	}
	sendEntries(replica, member, progress, NO_ENTRIES);
	return true;
}

function sendEntries(replica: Replica, member: Slot, progress: Progress, entries: readonly Entry[]): void {
	const { log } = replica;
	const previousIndex = (progress.next - 1) as Index;
	const previousTerm = log.termAt(previousIndex);
	assert(previousTerm !== null, () => `the term of entry ${previousIndex} is not known, the log keeps entries after ${log.before.index}`);
	let bytes = 0;
	for (const entry of entries) {
		bytes += entry.data.length;
	}
	replica.draft.send(member, replica.term, { kind: 'append_request', previousIndex, previousTerm, entries, commit: log.commit });
	progress.sent((previousIndex + entries.length) as Index, bytes, log.commit);
}

/** A delivered snapshot is either installed, or lost with a crash: an empty append at its index tells which. */
function askWhetherInstalled(replica: Replica, member: Slot, progress: Progress, delivered: Index): void {
	const { log, draft } = replica;
	const previousTerm = log.termAt(delivered);
	if (previousTerm === null) {
		// The log was compacted beyond it in the meantime. Begin again.
		progress.becomeProbe();
		return;
	}
	progress.poked = false;
	draft.send(member, replica.term, { kind: 'append_request', previousIndex: delivered, previousTerm, entries: NO_ENTRIES, commit: log.commit });
}

/** What the member wants next is compacted. A silent member gets none: making one is dear, and it may never come back. */
function needSnapshot(replica: Replica, state: LeaderState, member: Slot, progress: Progress): void {
	if (!progress.isActive(state.now, replica.timing.electionTicks)) {
		return;
	}
	// The store will cut the snapshot at this index or a later one.
	progress.becomeSnapshot(replica.log.applied);
	replica.draft.snapshotTo(member);
}

/** Entries that had left the memory, for one follower. */
export function onFetchedForMember(replica: Replica, purpose: FetchPurpose, entries: readonly Entry[]): void {
	const { state, log } = replica;
	const progress = state.role === 'leader' ? state.progress.get(purpose.member) : undefined;
	if (state.role !== 'leader' || progress === undefined || progress.fetching !== purpose.lo) {
		return;
	}
	progress.fetching = null;
	const first = entries[0];
	const last = entries[entries.length - 1];
	if (first === undefined || last === undefined) {
		needSnapshot(replica, state, purpose.member, progress);
		return;
	}
	// Read in an earlier reign perhaps, before this log was cut and grew again: only what this log holds may be sent.
	const isOurs = first.index === progress.next && log.matches(last.index, last.term) && log.termAt((first.index - 1) as Index) !== null;
	if (isOurs && progress.state.mode !== 'snapshot') {
		sendEntries(replica, purpose.member, progress, entries);
	}
}

/** The peer actor is done with a snapshot. The member's own word (append_accepted) ends this mode; it may have come before. */
export function onSnapshotSent(replica: Replica, member: Slot, index: Index, ok: boolean): void {
	const progress = replica.state.role === 'leader' ? replica.state.progress.get(member) : undefined;
	if (progress === undefined || progress.state.mode !== 'snapshot') {
		return;
	}
	if (ok) {
		progress.state.delivered = index;
		return;
	}
	progress.becomeProbe();
	// Not at once: whatever failed is likely to fail again. The next heartbeat's answer wakes it.
	progress.pauseProbe();
}

/** Appends under way may be lost with the link: find the place again, from what is known to be there. */
export function onLinkDown(replica: Replica, member: Slot): void {
	const progress = replica.state.role === 'leader' ? replica.state.progress.get(member) : undefined;
	if (progress !== undefined && progress.state.mode === 'replicate') {
		progress.becomeProbe();
		progress.poked = true;
	}
}
