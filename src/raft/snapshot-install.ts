/**
 * Taking a leader's snapshot in, so that a crash at any point leaves a log and a store that fit:
 *
 *   snapshot_received ─> persist {mark} ─> flushed ─> restore ─> restored (durable in the store) ─> persist {resetTo}
 *
 * Meanwhile the log stands still: no appends, no commits, nothing to the store, no campaign. A crash before the store has switched finds the
 * old log with the old store; a crash after it finds a log whose mark names the store's point, and which may therefore be reset. A store that
 * cannot take the snapshot says `restore_failed`: all is as before then, but another snapshot is taken only after a while.
 */
import { assert, must } from '../base/assert.ts';
import { NOBODY } from '../base/brand.ts';
import { heardFromLeader } from './follower.ts';
import type { RaftInput } from './input.ts';
import { adoptMembership } from './membership.ts';
import type { Replica } from './replica.ts';
import type { EntryId } from './state.ts';
import { becomeFollower } from './transitions.ts';

type Received = Extract<RaftInput, { readonly kind: 'snapshot_received' }>;
type RestoreFailed = Extract<RaftInput, { readonly kind: 'restore_failed' }>;
type Restored = Extract<RaftInput, { readonly kind: 'restored' }>;

export function onSnapshotReceived(replica: Replica, input: Received): void {
	if (!isWanted(replica, input)) {
		replica.draft.discard(input.path);
		return;
	}
	const { log, draft, ledger } = replica;
	if (log.matches(input.index, input.term)) {
		// All of it is in the log already (it was slow, not lost): no need to rebuild the store.
		log.commitTo(input.index);
		draft.accept(input.from, replica.term, input.index);
		draft.discard(input.path);
		return;
	}
	replica.install = { index: input.index, term: input.term, path: input.path, isRestoring: false, failedTicks: null };
	ledger.mark({ index: input.index, term: input.term });
}

/** Election timeouts to wait before the next snapshot, which may be no better, is taken in. */
const RETRY_ELECTIONS = 10;

/** From the leader of this term or a newer one, and ahead of what is committed here. */
function isWanted(replica: Replica, input: Received): boolean {
	if (input.leaderTerm < replica.term || input.term > input.leaderTerm || input.from === replica.self) {
		return false;
	}
	if (input.leaderTerm > replica.term) {
		becomeFollower(replica, input.leaderTerm, input.from);
	}
	if (!heardFromLeader(replica, input.from) || replica.install !== null) {
		return false;
	}
	if (input.index <= replica.log.commit) {
		replica.draft.accept(input.from, replica.term, replica.log.commit);
		return false;
	}
	return true;
}

/** A batch with a mark is durable. */
export function onMarkDurable(replica: Replica, mark: EntryId): void {
	const install = must(replica.install, `a snapshot to install at the mark ${mark.index}`);
	assert(install.index === mark.index && !install.isRestoring, () => `mark ${mark.index} is flushed, installing ${install.index}`);
	install.isRestoring = true;
	replica.draft.restore = { index: install.index, term: install.term, path: install.path };
}

/** The store is the snapshot now, durably. */
export function onRestored(replica: Replica, input: Restored): void {
	const install = must(replica.install, `a snapshot that was to be installed, restored is ${input.index}`);
	assert(
		install.isRestoring && install.failedTicks === null && install.index === input.index && install.term === input.term,
		() => `restored ${input.index}, wanted ${install.index}`,
	);
	const point = { index: input.index, term: input.term };
	replica.install = null;
	replica.log.reset(point);
	replica.ledger.reset(point);
	replica.applying.reset();
	replica.membershipUpTo = input.index;
	adoptMembership(replica, input.membership);
	if (replica.leader !== NOBODY) {
		replica.draft.accept(replica.leader, replica.term, input.index);
	}
}

/** The snapshot is of no use to the store, which is what it was. The leader hears nothing until the wait is over, and then sends another. */
export function onRestoreFailed(replica: Replica, input: RestoreFailed): void {
	const install = must(replica.install, `a snapshot that was to be installed, failed is ${input.index}`);
	assert(
		install.isRestoring && install.index === input.index && install.term === input.term && install.failedTicks === null,
		() => `the store could not take ${input.index}, wanted ${install.index}`,
	);
	install.failedTicks = 0;
	replica.ledger.unmark();
}

export function tickInstall(replica: Replica): void {
	const { install, config } = replica;
	if (install === null || install.failedTicks === null) {
		return;
	}
	install.failedTicks++;
	if (install.failedTicks >= RETRY_ELECTIONS * config.electionTicks) {
		replica.install = null;
	}
}
