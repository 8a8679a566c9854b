/**
 * What the raft core costs a proposal, from `propose` to `applied`, with a disk and followers that answer at once: one member and the leader
 * of three, one proposal a turn and a hundred. Run: node --import tsx bench/micro/core-step.ts
 */
import assert from 'node:assert/strict';
import { type Index, NOBODY, type Slot, type Term, toRequestId } from '../../src/base/brand.ts';
import {
	APPEND_BYTES_MAX,
	APPLY_BYTES_MAX,
	APPLY_INFLIGHT_BYTES_MAX,
	INFLIGHT_APPENDS_MAX,
	INFLIGHT_BYTES_MAX,
	TAIL_BYTES_MAX,
	UNCOMMITTED_BYTES_MAX,
} from '../../src/base/limits.ts';
import { SeededRandom } from '../../src/base/random.ts';
import type { RaftConfig } from '../../src/raft/config.ts';
import { RaftCore } from '../../src/raft/core.ts';
import type { Envelope, PeerMessage } from '../../src/raft/message.ts';
import { ENTRY_KIND } from '../../src/raft/state.ts';
import { repeat } from './repeat.ts';

const PROPOSALS = 20_000;
const SELF = 1 as Slot;
const COMMAND = new Uint8Array(320).fill(7);

const CONFIG: RaftConfig = {
	self: SELF,
	electionTicks: 10,
	initialTickAdvance: false,
	heartbeatTicks: 1,
	preVote: false,
	checkQuorum: false,
	snapshotCount: 1,
	catchUpEntries: 5_000,
	appendBytesMax: APPEND_BYTES_MAX,
	inflightAppendsMax: INFLIGHT_APPENDS_MAX,
	inflightBytesMax: INFLIGHT_BYTES_MAX,
	uncommittedBytesMax: UNCOMMITTED_BYTES_MAX,
	applyBytesMax: APPLY_BYTES_MAX,
	applyInflightBytesMax: APPLY_INFLIGHT_BYTES_MAX,
	tailBytesMax: TAIL_BYTES_MAX,
	boot: 1,
};

/** A core whose first entry, the membership, is applied. */
function openCore(voters: readonly Slot[]): RaftCore {
	const first = { index: 1 as Index, term: 1 as Term };
	const hardState = { term: 1 as Term, vote: NOBODY, commit: 1 as Index };
	const log = { hardState, before: { index: 0 as Index, term: 0 as Term }, last: first.index, terms: [first] };
	const membership = { index: first.index, voters, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
	return new RaftCore(CONFIG, { log, applied: first, membership, resetTo: null, isMarkStale: false, bootstrap: null }, new SeededRandom(1));
}

/** What a healthy follower says to this at once, or null. */
function reply({ message }: Envelope): PeerMessage | null {
	switch (message.kind) {
		case 'vote_request':
			return { kind: 'vote_reply', granted: true };
		case 'append_request':
			return { kind: 'append_accepted', match: (message.previousIndex + message.entries.length) as Index };
		case 'heartbeat':
			return { kind: 'heartbeat_reply', read: message.read };
		default:
			return null;
	}
}

/** Answers everything that the core asks for, until it asks for nothing; how many entries it handed to the store. */
function settle(core: RaftCore): number {
	let applied = 0;
	for (let isBusy = true; isBusy; ) {
		const { persist, send, apply } = core.takeOutput();
		isBusy = persist !== null || send.length > 0 || apply.length > 0;
		if (persist !== null) {
			const last = persist.entries.at(-1);
			const { batch } = persist;
			core.step({ kind: 'persisted', batch, lastIndex: last?.index ?? (0 as Index), lastTerm: last?.term ?? (0 as Term) });
		}
		// Votes asked for leave with the batch that makes the candidate's own durable.
		for (const envelope of [...send, ...(persist?.after ?? [])]) {
			const message = reply(envelope);
			if (message !== null) {
				core.step({ kind: 'received', envelope: { from: envelope.to, to: SELF, term: envelope.term, message } });
			}
		}
		const newest = apply.at(-1);
		if (newest !== undefined) {
			applied += apply.length;
			core.step({ kind: 'applied', upTo: newest.index, membership: null });
			core.step({ kind: 'checkpointed', index: newest.index, term: newest.term });
		}
	}
	return applied;
}

function openLeader(members: number): RaftCore {
	const core = openCore(Array.from({ length: members }, (_, i) => (i + 1) as Slot));
	settle(core);
	for (let ticks = 0; core.status().role !== 'leader'; ticks++) {
		assert.ok(ticks < 100, 'nobody was elected');
		core.step({ kind: 'tick' });
		settle(core);
	}
	return core;
}

function propose(core: RaftCore, perTurn: number): void {
	let applied = 0;
	for (let i = 0; i < PROPOSALS; i++) {
		core.step({ kind: 'propose', onlyTerm: null, requestId: toRequestId(0, i), entryKind: ENTRY_KIND.command, data: COMMAND });
		if ((i + 1) % perTurn === 0) {
			applied += settle(core);
		}
	}
	assert.equal(applied, PROPOSALS);
}

const cases = [1, 3].flatMap((members) =>
	[1, 100].map((perTurn) => {
		const core = openLeader(members);
		const name = `${members === 1 ? 'alone' : `leader of ${members}`}, ${perTurn} a turn: a proposal`;
		return { name, operations: PROPOSALS, run: () => propose(core, perTurn) };
	}),
);
await repeat('core-step', cases);
