import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Index, Slot, Term } from '../../../src/base/brand.ts';
import type { RaftConfig } from '../../../src/raft/config.ts';
import { accepted, LoneMember } from '../../paper/lone-member.ts';

/** A leader with ten entries, all committed and applied; 2 has them all, 3 has nothing. */
function leaderOfTen(config: Partial<RaftConfig> = {}): LoneMember {
	const member = new LoneMember({ config: { checkQuorum: true, ...config } }).lead();
	for (let i = 3; i <= 10; i++) {
		member.propose();
	}
	member.flushAll();
	member.receive(2, 2, accepted(10));
	member.step({ kind: 'applied', upTo: 10 as Index, membership: null });
	// The log learns with the next batch that all ten are committed.
	member.propose();
	member.flushAll();
	return member;
}

function checkpoint(member: LoneMember, index: number): Index | null {
	return member.step({ kind: 'checkpointed', index: index as Index, term: 2 as Term }).compact;
}

test('raft: compaction: a follower’s log goes up to the checkpoint, less the catch-up entries', () => {
	const member = new LoneMember({ terms: [1, 1, 1, 1, 1, 1], commit: 6, config: { catchUpEntries: 2 } });
	equal(checkpoint(member, 5), null);
	member.receive(2, 2, { kind: 'append_request', previousIndex: 6 as Index, previousTerm: 1 as Term, entries: [], commit: 6 as Index });
	equal(checkpoint(member, 5), 3);
	equal(checkpoint(member, 5), null);
});

test('raft: compaction: the log is never compacted beyond the commit index that it was told', () => {
	const member = new LoneMember({ size: 1 });
	member.flushAll();
	member.step({ kind: 'applied', upTo: 2 as Index, membership: null });
	member.propose();
	member.flushAll();
	member.step({ kind: 'applied', upTo: 3 as Index, membership: null });
	// Entry 3 was committed after its batch had left with commit index 2.
	equal(checkpoint(member, 3), 2);
});

test('raft: compaction: a follower that is heard keeps what it lacks', () => {
	const member = leaderOfTen();
	member.receive(3, 2, accepted(4));
	equal(checkpoint(member, 10), 4);
});

test('raft: compaction: a follower that has been silent for an election timeout keeps nothing', () => {
	const member = leaderOfTen();
	member.receive(3, 2, accepted(4));
	for (let i = 0; i < 10; i++) {
		member.receive(2, 2, { kind: 'heartbeat_reply', read: 0 });
		member.tick();
	}
	equal(checkpoint(member, 10), 10);
});

test('raft: compaction: a silent follower gets no snapshot until it is heard', () => {
	const member = leaderOfTen();
	for (let i = 0; i < 10; i++) {
		member.receive(2, 2, { kind: 'heartbeat_reply', read: 0 });
		member.tick();
	}
	checkpoint(member, 10);
	equal(member.tick().snapshotTo.length, 0);
	const { snapshotTo } = member.receive(3, 2, { kind: 'append_rejected', rejected: 1 as Index, hintIndex: 0 as Index, hintTerm: 0 as Term });
	equal(snapshotTo[0], 3 as Slot);
	// Once: until the peer actor is done with it, no other.
	equal(member.receive(3, 2, { kind: 'heartbeat_reply', read: 0 }).snapshotTo.length, 0);
});

test('raft: compaction: the log waits until there are as many entries to forget as the snapshot count says', () => {
	const entries = Array.from({ length: 12 }, () => 1);
	const member = new LoneMember({ terms: entries, commit: 12, config: { snapshotCount: 4, catchUpEntries: 2 } });
	member.receive(2, 2, { kind: 'append_request', previousIndex: 12 as Index, previousTerm: 1 as Term, entries: [], commit: 12 as Index });
	equal(checkpoint(member, 5), null);
	equal(checkpoint(member, 6), 4);
});

test('raft: compaction: after one, as many entries again must be applied before the next', () => {
	const entries = Array.from({ length: 12 }, () => 1);
	const member = new LoneMember({ terms: entries, commit: 12, config: { snapshotCount: 4, catchUpEntries: 2 } });
	member.receive(2, 2, { kind: 'append_request', previousIndex: 12 as Index, previousTerm: 1 as Term, entries: [], commit: 12 as Index });
	checkpoint(member, 7);
	equal(checkpoint(member, 10), null);
	equal(checkpoint(member, 11), 9);
});
