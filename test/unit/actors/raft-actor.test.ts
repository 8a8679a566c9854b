import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { RaftActor } from '../../../src/actors/raft-actor.ts';
import { type Index, NOBODY, type RequestId, type Slot, type Term, toRequestId } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import type { Append, LogOpened, StoreOpened } from '../../../src/protocol/messages.ts';
import { encodeEnvelope } from '../../../src/protocol/peer-codec.ts';
import type { Inbox, Routes, Target } from '../../../src/protocol/routes.ts';
import type { RaftConfig } from '../../../src/raft/config.ts';
import type { PeerMessage } from '../../../src/raft/message.ts';
import { ENTRY_KIND, type Membership } from '../../../src/raft/state.ts';

type Posted = { [To in Target<'raft'>]: { readonly to: To; readonly message: Routes['raft'][To]; readonly lane: number } }[Target<'raft'>];

const SELF = 1 as Slot;
const CONFIG: RaftConfig = {
	self: SELF,
	electionTicks: 4,
	initialTickAdvance: false,
	heartbeatTicks: 1,
	preVote: true,
	checkQuorum: true,
	snapshotCount: 1,
	catchUpEntries: 0,
	appendBytesMax: 1_000,
	inflightAppendsMax: 8,
	inflightBytesMax: 10_000,
	uncommittedBytesMax: 10_000,
	applyBytesMax: 1_000,
	applyInflightBytesMax: 10_000,
	tailBytesMax: 100_000,
	boot: 77,
};
const LOG_OPENED: LogOpened = {
	kind: 'log_opened',
	term: 0 as Term,
	vote: NOBODY,
	commit: 0 as Index,
	beforeIndex: 0 as Index,
	beforeTerm: 0 as Term,
	last: 0 as Index,
	runIndexes: [],
	runTerms: [],
	mark: null,
};
const STORE_OPENED: StoreOpened = { kind: 'store_opened', applied: 0 as Index, appliedTerm: 0 as Term, membership: membershipOf([], 0) };
const BOOTSTRAP = Uint8Array.of(1, 2, 3);

function membershipOf(slots: readonly number[], index: number): Membership {
	return { index: index as Index, voters: slots as readonly Slot[], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
}

/** The actor, with what it posted; nobody answers but the test. */
class Stage {
	posted: Posted[] = [];
	readonly actor = new RaftActor(
		{ config: CONFIG, bootstrap: BOOTSTRAP, lanes: 2, watchLanes: 1 },
		{
			outbox: { post: (to, message, lane = 0) => this.posted.push({ to, message, lane } as Posted) },
			random: new SeededRandom(1),
			logger: SILENT,
		},
	);

	/** What one turn posts. */
	turn(...messages: readonly Inbox<'raft'>[]): readonly Posted[] {
		for (const message of messages) {
			this.actor.receive(message);
		}
		this.actor.flush();
		const posted = this.posted;
		this.posted = [];
		return posted;
	}

	/** The log flushes the batch that is among these. */
	persist(posted: readonly Posted[]): readonly Posted[] {
		const append = appendOf(posted);
		const count = append.terms.length;
		return this.turn({
			kind: 'persisted',
			batch: append.batch,
			lastIndex: (count === 0 ? 0 : append.first + count - 1) as Index,
			lastTerm: append.terms[count - 1] ?? (0 as Term),
		});
	}

	receive(from: number, message: PeerMessage): readonly Posted[] {
		const bytes = encodeEnvelope({ from: from as Slot, to: SELF, term: 2 as Term, message });
		return this.turn({ kind: 'received', from: from as Slot, bytes });
	}

	/** Of three, by the votes of 2, in term 2. */
	lead(): void {
		this.found([1, 2, 3]);
		for (let tick = 0; tick < 2 * CONFIG.electionTicks; tick++) {
			this.actor.tick();
		}
		this.turn();
		this.persist(this.receive(2, { kind: 'pre_vote_reply', granted: true }));
		this.receive(2, { kind: 'vote_reply', granted: true });
	}

	/** Founds the cluster of these members and applies its first entry. */
	found(slots: readonly number[]): readonly Posted[] {
		this.persist(this.turn(LOG_OPENED, STORE_OPENED));
		return this.turn({ kind: 'applied', upTo: 1 as Index, membership: membershipOf(slots, 1) });
	}
}

function appendOf(posted: readonly Posted[]): Append {
	const append = posted.find(({ message }) => message.kind === 'append')?.message;
	ok(append?.kind === 'append', `an append among ${kinds(posted)}`);
	return append;
}

function kinds(posted: readonly Posted[]): readonly string[] {
	return posted.map(({ to, message }) => `${to}:${message.kind}`);
}

test('actors: raft: nothing is said before log and store have both opened', () => {
	const stage = new Stage();
	deepEqual(kinds(stage.turn(STORE_OPENED)), []);
	ok(kinds(stage.turn(LOG_OPENED)).includes('log:append'));
});

test('actors: raft: an empty log and store found the cluster with entry 1', () => {
	const stage = new Stage();
	const append = appendOf(stage.turn(LOG_OPENED, STORE_OPENED));
	deepEqual([append.batch, append.first, append.terms, append.kinds, append.commit], [1, 1, [1], [ENTRY_KIND.membership], 1]);
	deepEqual(append.payloads, [BOOTSTRAP]);
});

test('actors: raft: a request before the core is there is refused with no leader, to its own lane', () => {
	const stage = new Stage();
	const requestId = toRequestId(1, 5);
	deepEqual(stage.turn({ kind: 'read_index', requestId }), [
		{ to: 'api', message: { kind: 'refused', requestId, code: CODES.no_leader.code }, lane: 1 },
	]);
});

test('actors: raft: a change of role goes to the peers, the store, the watch hub and every lane', () => {
	const stage = new Stage();
	const posted = stage.turn(LOG_OPENED, STORE_OPENED).filter(({ message }) => message.kind === 'role_changed');
	deepEqual(
		posted.map(({ to, lane }) => `${to}${lane}`),
		['peer0', 'store0', 'watch0', 'api0', 'api1'],
	);
});

test('actors: raft: a lone member proposes, flushes, applies, each after the other', () => {
	const stage = new Stage();
	const elected = stage.persist(stage.found([1]));
	const applied = stage.persist(elected);
	deepEqual(kinds(applied), ['store:apply']);
	const proposed = stage.turn({
		kind: 'propose',
		onlyTerm: null,
		requestId: toRequestId(0, 1),
		entryKind: ENTRY_KIND.command,
		command: Uint8Array.of(9),
	});
	deepEqual(kinds(proposed), ['log:append']);
	deepEqual(kinds(stage.persist(proposed)), ['store:apply']);
});

test('actors: raft: the write is posted before the messages that go out with it', () => {
	const stage = new Stage();
	stage.found([1, 2, 3]);
	const vote = encodeEnvelope({
		from: 2 as Slot,
		to: SELF,
		term: 5 as Term,
		message: { kind: 'vote_request', lastIndex: 1 as Index, lastTerm: 1 as Term, force: false },
	});
	const stale = encodeEnvelope({ from: 3 as Slot, to: SELF, term: 2 as Term, message: { kind: 'heartbeat', commit: 0 as Index, read: 0 } });
	const posted = stage.turn({ kind: 'received', from: 2 as Slot, bytes: vote }, { kind: 'received', from: 3 as Slot, bytes: stale });
	deepEqual(kinds(posted).slice(0, 2), ['log:append', 'peer:send']);
	// The vote itself waits in the append for the flush.
	equal(appendOf(posted).after.length, 1);
});

test('actors: raft: bytes that are no envelope, or come in another member’s name, are dropped', () => {
	const stage = new Stage();
	stage.found([1, 2, 3]);
	const heartbeat = encodeEnvelope({ from: 2 as Slot, to: SELF, term: 9 as Term, message: { kind: 'heartbeat', commit: 0 as Index, read: 0 } });
	deepEqual(
		stage.turn({ kind: 'received', from: 2 as Slot, bytes: Uint8Array.of(1, 2) }, { kind: 'received', from: 3 as Slot, bytes: heartbeat }),
		[],
	);
});

test('actors: raft: a snapshot that is not wanted is given back to the peer actor for deletion', () => {
	const stage = new Stage();
	stage.found([1, 2, 3]);
	const stale = { from: 2 as Slot, leaderTerm: 1 as Term, index: 1 as Index, term: 1 as Term, path: '/incoming/7' };
	ok(kinds(stage.turn({ kind: 'snapshot_received', ...stale })).includes('peer:discard_snapshot'));
});

test('actors: raft: a log that was cut off from an installed snapshot is reset first', () => {
	const stage = new Stage();
	const log: LogOpened = {
		...LOG_OPENED,
		term: 3 as Term,
		vote: 2 as Slot,
		commit: 1 as Index,
		last: 1 as Index,
		runIndexes: [1 as Index],
		runTerms: [1 as Term],
		mark: [40 as Index, 3 as Term],
	};
	const store: StoreOpened = { ...STORE_OPENED, applied: 40 as Index, appliedTerm: 3 as Term, membership: membershipOf([1, 2, 3], 1) };
	const append = appendOf(stage.turn(log, store));
	deepEqual([append.batch, append.resetTo, append.term, append.vote], [1, [40, 3], 3, 2]);
});

test('actors: raft: the mark of an install that never came to the store is cleared with the first batch', () => {
	const stage = new Stage();
	const log: LogOpened = {
		...LOG_OPENED,
		term: 3 as Term,
		vote: 2 as Slot,
		commit: 1 as Index,
		last: 1 as Index,
		runIndexes: [1 as Index],
		runTerms: [1 as Term],
		mark: [40 as Index, 3 as Term],
	};
	const store: StoreOpened = { ...STORE_OPENED, applied: 1 as Index, appliedTerm: 1 as Term, membership: membershipOf([1, 2, 3], 1) };
	const append = appendOf(stage.turn(log, store));
	deepEqual([append.batch, append.mark, append.resetTo], [1, [0, 0], null]);
});

test('actors: raft: a log that lacks what the store has applied ends the process', () => {
	const stage = new Stage();
	stage.actor.receive(LOG_OPENED);
	throws(
		() => stage.actor.receive({ ...STORE_OPENED, applied: 9 as Index, appliedTerm: 1 as Term }),
		(error) => error instanceof FatalError && error.reason === 'log_lost',
	);
});

test('actors: raft: status is answered from the core to the lane that asked', () => {
	const stage = new Stage();
	stage.found([1, 2, 3]);
	const requestId = toRequestId(1, 9) as RequestId;
	deepEqual(stage.turn({ kind: 'inquire_status', requestId }), [
		{
			to: 'api',
			message: { kind: 'raft_status', requestId, term: 1, leader: NOBODY, last: 1, commit: 1, applied: 1 },
			lane: 1,
		},
	]);
});

test('actors: raft: a member that does not lead is drained at once', () => {
	const stage = new Stage();
	stage.found([1, 2, 3]);
	stage.actor.drain();
	ok(stage.actor.isDrained());
});

test('actors: raft: a leader is drained when its successor leads, or has not answered for an election timeout', () => {
	const stage = new Stage();
	stage.lead();
	stage.actor.drain();
	ok(!stage.actor.isDrained());
	for (let tick = 0; tick < CONFIG.electionTicks; tick++) {
		stage.receive(2, { kind: 'heartbeat_reply', read: 0 });
		stage.actor.tick();
	}
	ok(stage.actor.isDrained());
});

test('actors: raft: progress is asked for by lanes and peers, and only a leader knows', () => {
	const stage = new Stage();
	const ask = (by: 'api' | 'peer') => stage.turn({ kind: 'inquire_progress', requestId: 7 as RequestId, by });
	const nothing = { kind: 'raft_progress', requestId: 7, slots: [], matches: [], active: [] };
	deepEqual(ask('peer'), [{ to: 'peer', message: nothing, lane: 0 }]);
	stage.lead();
	const [told] = ask('api').filter(({ message }) => message.kind === 'raft_progress');
	ok(told?.to === 'api' && told.message.kind === 'raft_progress');
	deepEqual([told.message.slots, told.message.matches.length, told.message.active.length], [[1, 2, 3], 3, 3]);
});
