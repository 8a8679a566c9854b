import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestId, Slot } from '../../src/base/brand.ts';
import { CODES } from '../../src/base/codes.ts';
import { accepted, append, heartbeat, LoneMember, membershipOf, preVoteRequest, voteRequest } from './lone-member.ts';

function commitFirst(member: LoneMember): LoneMember {
	member.receive(2, member.core.status().term, accepted(member.core.status().last));
	member.left.length = 0;
	return member;
}

function read(requestId: number): { readonly kind: 'read_index'; readonly requestId: RequestId } {
	return { kind: 'read_index', requestId: requestId as RequestId };
}

test('paper: 3.10: a successor that has the whole log is told at once', () => {
	const member = commitFirst(new LoneMember().lead());
	const { send } = member.step({ kind: 'transfer', target: 2 as Slot });
	deepEqual(
		send.map(({ to, message }) => [to, message.kind]),
		[[2, 'timeout_now']],
	);
});

test('paper: 3.10: a successor that lags gets the log first', () => {
	const member = commitFirst(new LoneMember().lead());
	member.propose();
	member.step({ kind: 'transfer', target: 2 as Slot });
	equal(member.sent('timeout_now').length, 0);
	member.receive(2, 2, accepted(3));
	equal(member.sent('timeout_now').length, 1);
});

test('paper: 3.10: while it hands over, a leader appends nothing', () => {
	const member = commitFirst(new LoneMember().lead());
	member.step({ kind: 'transfer', target: 2 as Slot });
	const { refused } = member.step({ kind: 'propose', onlyTerm: null, requestId: 5 as RequestId, entryKind: 1, data: Buffer.from('x') });
	deepEqual(refused, [{ requestId: 5, code: CODES.leader_changed.code }]);
});

test('paper: 3.10: a handover that takes an election timeout is given up', () => {
	const member = commitFirst(new LoneMember().lead());
	member.step({ kind: 'transfer', target: 2 as Slot });
	member.tick(9);
	equal(member.core.status().isHandingOver, true);
	member.tick();
	equal(member.core.status().isHandingOver, false);
	member.propose();
	equal(member.core.status().last, 3);
});

test('paper: 3.10: a successor campaigns at once, without pre-vote, and says that its leader wished it', () => {
	const member = new LoneMember({ config: { preVote: true, checkQuorum: true } });
	member.receive(2, 1, heartbeat());
	member.receive(2, 1, { kind: 'timeout_now' });
	equal(member.core.status().role, 'candidate');
	member.flushAll();
	deepEqual(
		member.sent('vote_request').map(({ message }) => message.force),
		[true, true],
	);
});

test('paper: 3.10: only the leader can call a successor', () => {
	const member = new LoneMember();
	member.receive(2, 1, heartbeat());
	member.receive(3, 1, { kind: 'timeout_now' });
	equal(member.core.status().role, 'follower');
});

test('paper: 4.2.3: a voter that hears its leader does not answer a campaign, unless the leader wished it', () => {
	const member = new LoneMember({ config: { checkQuorum: true } });
	member.receive(2, 1, heartbeat());
	member.receive(3, 5, voteRequest(9, 4));
	equal(member.core.status().term, 1);
	member.receive(3, 5, voteRequest(9, 4, true));
	equal(member.core.status().term, 5);
});

test('paper: 4.2.3: it answers once an election timeout has passed', () => {
	const member = new LoneMember({ config: { checkQuorum: true }, random: { below: () => 9 } });
	member.receive(2, 1, heartbeat());
	member.tick(10);
	member.receive(3, 5, voteRequest(9, 4));
	member.flushAll();
	deepEqual(
		member.sent('vote_reply').map(({ message }) => message.granted),
		[true],
	);
});

test('paper: 4.2.1: a learner does not campaign, but votes', () => {
	const member = new LoneMember({ membership: membershipOf([2, 3], { learners: [1 as Slot] }) });
	member.tick(40);
	equal(member.core.status().role, 'follower');
	member.receive(2, 2, voteRequest(1, 1));
	member.flushAll();
	equal(member.sent('vote_reply')[0]?.message.granted, true);
});

test('paper: 4.3: while joint, an entry needs a majority of both halves', () => {
	const joint = membershipOf([1, 2, 3], { votersOutgoing: [1, 4, 5] as readonly number[] as readonly Slot[] });
	const member = new LoneMember({ membership: joint });
	member.tick(10);
	member.flushAll();
	member.receive(2, 2, { kind: 'vote_reply', granted: true });
	equal(member.core.status().role, 'candidate');
	member.receive(4, 2, { kind: 'vote_reply', granted: true });
	equal(member.core.status().role, 'leader');
	member.flushAll();
	member.receive(3, 2, accepted(2));
	equal(member.core.status().commit, 1);
	member.receive(5, 2, accepted(2));
	equal(member.core.status().commit, 2);
});

test('paper: 4.1: nobody campaigns while a committed change of membership may be unapplied', () => {
	const member = new LoneMember({ terms: [1, 1, 1], commit: 1 });
	member.receive(2, 1, append(3, 1, [], 3));
	member.tick(40);
	equal(member.core.status().role, 'follower');
});

test('paper: 4.1: a second change of membership waits until the first is applied', () => {
	const member = new LoneMember().lead();
	const change = { kind: 'propose', onlyTerm: null, entryKind: 2, data: Buffer.from('m') } as const;
	deepEqual(member.step({ ...change, requestId: 1 as RequestId }).refused, []);
	const { refused } = member.step({ ...change, requestId: 2 as RequestId });
	deepEqual(refused, [{ requestId: 2, code: CODES.membership_pending.code }]);
	member.flushAll();
	member.receive(2, 2, accepted(3));
	member.step({ kind: 'applied', upTo: 3 as never, membership: membershipOf([1, 2, 3]) });
	deepEqual(member.step({ ...change, requestId: 3 as RequestId }).refused, []);
});

test('paper: 6.2: a leader without contact to a quorum steps down after an election timeout', () => {
	const member = new LoneMember({ size: 5, config: { checkQuorum: true } }).lead();
	for (let i = 0; i < 30; i++) {
		member.receive(2, 2, { kind: 'heartbeat_reply', read: 0 });
		member.receive(3, 2, { kind: 'heartbeat_reply', read: 0 });
		member.tick();
	}
	equal(member.core.status().role, 'leader');
	for (let i = 0; i < 9; i++) {
		member.receive(2, 2, { kind: 'heartbeat_reply', read: 0 });
		member.tick();
	}
	equal(member.core.status().role, 'follower');
});

test('paper: 6.4: a read waits until the leader has committed an entry of its own term', () => {
	const member = new LoneMember().lead();
	deepEqual(member.step(read(1)).send, []);
	const { send } = member.receive(2, 2, accepted(2));
	equal(send.filter(({ message }) => message.kind === 'heartbeat' && message.read > 0).length, 2);
});

test('paper: 6.4: a read is granted at the commit index of its round once a majority has answered it', () => {
	const member = commitFirst(new LoneMember({ size: 5 }).lead());
	member.receive(3, 2, accepted(2));
	member.step(read(1));
	const round = member.sent('heartbeat')[0]?.message.read ?? 0;
	deepEqual(member.receive(2, 2, { kind: 'heartbeat_reply', read: round }).granted, []);
	deepEqual(member.receive(4, 2, { kind: 'heartbeat_reply', read: round }).granted, [{ requestId: 1, index: 2 }]);
});

test('paper: 6.4: a later read is not granted by answers to an earlier round', () => {
	const member = commitFirst(new LoneMember().lead());
	member.step(read(1));
	const first = member.sent('heartbeat')[0]?.message.read ?? 0;
	member.step(read(2));
	deepEqual(member.receive(2, 2, { kind: 'heartbeat_reply', read: first }).granted, [{ requestId: 1, index: 2 }]);
});

test('paper: 6.4: an answer of another term, or to a round that never was, grants nothing', () => {
	const member = commitFirst(new LoneMember().lead());
	member.step(read(1));
	const round = member.sent('heartbeat')[0]?.message.read ?? 0;
	deepEqual(member.receive(2, 1, { kind: 'heartbeat_reply', read: round }).granted, []);
	deepEqual(member.receive(2, 2, { kind: 'heartbeat_reply', read: round + 1 }).granted, []);
});

test('paper: 6.4: a leader that is deposed refuses its reads', () => {
	const member = commitFirst(new LoneMember().lead());
	member.step(read(1));
	deepEqual(member.receive(3, 9, heartbeat()).refused, [{ requestId: 1, code: CODES.leader_changed.code }]);
});

test('paper: 6.4: a lone voter grants its reads at once', () => {
	const member = new LoneMember({ size: 1 });
	member.flushAll();
	deepEqual(member.step(read(1)).granted, [{ requestId: 1, index: 2 }]);
});

test('paper: 9.6: a pre-vote changes neither term nor vote, of the asker or of the asked', () => {
	const asker = new LoneMember({ config: { preVote: true } });
	asker.tick(10);
	deepEqual([asker.core.status().role, asker.core.status().term, asker.batches.length], ['pre_candidate', 1, 0]);
	const asked = new LoneMember();
	asked.receive(2, 7, preVoteRequest(1, 1));
	deepEqual([asked.core.status().term, asked.batches.length], [1, 0]);
	deepEqual(
		asked.sent('pre_vote_reply').map(({ term, message }) => [term, message.granted]),
		[[7, true]],
	);
});

test('paper: 9.6: a pre-vote is refused to a shorter log', () => {
	const member = new LoneMember({ terms: [1, 1] });
	member.receive(2, 7, preVoteRequest(1, 1));
	equal(member.sent('pre_vote_reply')[0]?.message.granted, false);
});

test('paper: 9.6: with the consent of a majority the election begins', () => {
	const member = new LoneMember({ size: 5, config: { preVote: true } });
	member.tick(10);
	member.receive(2, 2, { kind: 'pre_vote_reply', granted: true });
	equal(member.core.status().role, 'pre_candidate');
	member.receive(3, 2, { kind: 'pre_vote_reply', granted: true });
	deepEqual([member.core.status().role, member.core.status().term], ['candidate', 2]);
});

test('paper: 9.6: refused by a majority it follows again, in the same term', () => {
	const member = new LoneMember({ config: { preVote: true } });
	member.tick(10);
	member.receive(2, 1, { kind: 'pre_vote_reply', granted: false });
	member.receive(3, 1, { kind: 'pre_vote_reply', granted: false });
	deepEqual([member.core.status().role, member.core.status().term], ['follower', 1]);
});
