import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Index, Slot, Term } from '../../../src/base/brand.ts';
import type { RaftInput } from '../../../src/raft/input.ts';
import { NO_MARK } from '../../../src/raft/state.ts';
import { accepted, append, heartbeat, LoneMember, membershipOf, voteRequest } from '../../paper/lone-member.ts';

function snapshot(index: number, term: number, leaderTerm = 3, from = 2): RaftInput {
	return {
		kind: 'snapshot_received',
		from: from as Slot,
		leaderTerm: leaderTerm as Term,
		index: index as Index,
		term: term as Term,
		path: `s${index}`,
	};
}

/** A follower in term 3 that has just been given a snapshot at 20. */
function installing(): LoneMember {
	const member = new LoneMember({ terms: [1, 1, 2], commit: 1, term: 3, config: { preVote: true } });
	member.receive(2, 3, heartbeat());
	member.step(snapshot(20, 3));
	return member;
}

test('raft: snapshot install: the store is not told before the mark is flushed', () => {
	const member = installing();
	deepEqual(member.batches.at(-1)?.mark, { index: 20, term: 3 });
	deepEqual(member.flush().restore, { index: 20, term: 3, path: 's20' });
});

test('raft: snapshot install: the log is reset once the store has it, and the leader told after that is flushed', () => {
	const member = installing();
	member.flush();
	const { persist } = member.step({ kind: 'restored', index: 20 as Index, term: 3 as Term, membership: membershipOf([1, 2, 3]) });
	deepEqual(persist?.resetTo, { index: 20, term: 3 });
	equal(member.sent('append_accepted').length, 0);
	member.flush();
	deepEqual(
		member.sent('append_accepted').map(({ to, message }) => [to, message.match]),
		[[2, 20]],
	);
	const { last, commit, applied } = member.core.status();
	deepEqual([last, commit, applied], [20, 20, 20]);
});

test('raft: snapshot install: replication goes on right after it', () => {
	const member = installing();
	member.flush();
	member.step({ kind: 'restored', index: 20 as Index, term: 3 as Term, membership: membershipOf([1, 2, 3]) });
	member.receive(2, 3, append(20, 3, [3], 21));
	member.flushAll();
	deepEqual(
		member.handed.map(({ index }) => index),
		[21],
	);
});

test('raft: snapshot install: meanwhile nothing is appended, committed or handed to the store', () => {
	const member = installing();
	member.receive(2, 3, append(3, 2, [3], 4));
	member.receive(2, 3, heartbeat(3));
	const { last, commit } = member.core.status();
	deepEqual([last, commit, member.handed.length], [3, 1, 0]);
});

test('raft: snapshot install: meanwhile it does not campaign, but votes and answers heartbeats', () => {
	const member = installing();
	member.tick(60);
	equal(member.core.status().role, 'follower');
	member.receive(3, 4, voteRequest(30, 3));
	member.flushAll();
	equal(member.sent('vote_reply')[0]?.message.granted, true);
	member.receive(3, 4, heartbeat());
	equal(member.sent('heartbeat_reply').at(-1)?.term, 4);
});

test('raft: snapshot install: a new leader meanwhile is told of it, not the old one', () => {
	const member = installing();
	member.flush();
	member.receive(3, 4, heartbeat());
	member.step({ kind: 'restored', index: 20 as Index, term: 3 as Term, membership: membershipOf([1, 2, 3]) });
	member.flushAll();
	deepEqual(
		member.sent('append_accepted').map(({ to, term }) => [to, term]),
		[[3, 4]],
	);
});

test('raft: snapshot install: one from a leader of the past is given back', () => {
	const member = new LoneMember({ term: 5 });
	deepEqual(member.step(snapshot(20, 3)).discard, ['s20']);
});

test('raft: snapshot install: one that is not ahead of what is committed is given back, and the leader told so', () => {
	const member = new LoneMember({ terms: [1, 1, 1], commit: 3, term: 3 });
	const { discard, send } = member.step(snapshot(3, 1));
	deepEqual(discard, ['s3']);
	deepEqual(
		send.map(({ message }) => message),
		[accepted(3)],
	);
});

test('raft: snapshot install: one whose entry is in the log already only commits up to it', () => {
	const member = new LoneMember({ terms: [1, 1, 1], commit: 1, term: 3 });
	const { discard, persist } = member.step(snapshot(3, 1));
	deepEqual([discard, persist?.mark ?? null, member.core.status().commit], [['s3'], null, 3]);
});

test('raft: snapshot install: a second one while the first goes in is given back', () => {
	deepEqual(installing().step(snapshot(30, 3)).discard, ['s30']);
});

test('raft: snapshot install: a newer leader’s snapshot makes it a follower of that leader', () => {
	const member = new LoneMember({ term: 3 });
	member.step(snapshot(20, 5, 6, 3));
	const { term, leader } = member.core.status();
	deepEqual([term, leader], [6, 3]);
});

const FAILED: RaftInput = { kind: 'restore_failed', index: 20 as Index, term: 3 as Term };

test('raft: snapshot install: one that the store cannot take is forgotten, and its mark cleared', () => {
	const member = installing();
	member.flush();
	deepEqual(member.step(FAILED).persist?.mark, NO_MARK);
	member.flushAll();
	const { last, commit } = member.core.status();
	deepEqual([last, commit, member.sent('append_accepted').length], [3, 1, 0]);
});

test('raft: snapshot install: after one that the store could not take another is waited for a while, and then taken', () => {
	const member = installing();
	member.flush();
	member.step(FAILED);
	member.flushAll();
	deepEqual(member.step(snapshot(30, 3)).discard, ['s30'], 'too soon');
	member.receive(2, 3, append(20, 3, [3], 21));
	equal(member.sent('append_rejected').length, 0, 'the leader must not send another yet');
	for (let i = 0; i < 100; i++) {
		member.receive(2, 3, heartbeat());
		member.tick();
	}
	member.receive(2, 3, append(20, 3, [3], 21));
	equal(member.sent('append_rejected').length, 1);
	member.step(snapshot(31, 3));
	deepEqual(member.flush().restore, { index: 31, term: 3, path: 's31' });
});
