import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Index, RequestId, Slot, Term } from '../../src/base/brand.ts';
import { CODES } from '../../src/base/codes.ts';
import { change, leader, propose, slots } from './leader.ts';
import { accepted, command, heartbeat, LoneMember, membershipOf, preVoteRequest, voteRequest } from './lone-member.ts';

test('paper: 4.1: a change of membership counts from when it is applied, not before', () => {
	const member = leader();
	propose(member, 'change');
	member.flushAll();
	// 3 voters until then: one other is enough.
	member.receive(2, 2, accepted(3));
	member.step({ kind: 'applied', upTo: 3 as Index, membership: { ...membershipOf([1, 2, 3, 4]), index: 3 as Index } });
	member.propose();
	member.flushAll();
	member.receive(2, 2, accepted(4));
	equal(member.core.status().commit, 3);
	member.receive(3, 2, accepted(4));
	equal(member.core.status().commit, 4);
});

test('paper: 4.1: a new leader takes no change before it has applied all that its log may hold of them', () => {
	const member = new LoneMember({ terms: [1, 1], commit: 1 }).lead();
	equal(propose(member, 'change'), CODES.membership_pending.code);
	member.receive(2, 2, accepted(3));
	member.step({ kind: 'fetched', purpose: { member: 0 as Slot, lo: 2 as Index, hi: 3 as Index }, entries: [command(2, 1)] });
	member.step({ kind: 'applied', upTo: 2 as Index, membership: null });
	equal(propose(member, 'change'), 0);
});

test('paper: 4.1: a smaller quorum commits at once what it has', () => {
	const member = leader({ membership: membershipOf([1, 2, 3, 4, 5]) });
	member.receive(3, 2, accepted(2));
	equal(propose(member, 'change'), 0);
	member.propose();
	member.flushAll();
	member.receive(2, 2, accepted(4));
	member.receive(3, 2, accepted(3));
	equal(member.core.status().commit, 3);
	member.step({ kind: 'applied', upTo: 3 as Index, membership: { ...membershipOf([1, 2, 3]), index: 3 as Index } });
	equal(member.core.status().commit, 4);
});

test('paper: 4.1: a smaller quorum confirms at once the reads that it has answered', () => {
	const member = leader();
	propose(member, 'change');
	member.flushAll();
	member.receive(2, 2, accepted(3));
	member.step({ kind: 'read_index', requestId: 9 as RequestId });
	const { granted } = member.step({ kind: 'applied', upTo: 3 as Index, membership: { ...membershipOf([1]), index: 3 as Index } });
	deepEqual(granted, [{ requestId: 9, index: 3 }]);
});

test('paper: 4.2.1: a learner is sent entries and does not count, neither for commits nor for reads', () => {
	const member = leader({ membership: membershipOf([1, 2, 3], { learners: slots(4, 5) }) });
	member.propose();
	ok(member.sent('append_request').some(({ to }) => to === 4));
	member.flushAll();
	member.receive(4, 2, accepted(3));
	member.receive(5, 2, accepted(3));
	equal(member.core.status().commit, 2);
	member.step({ kind: 'read_index', requestId: 9 as RequestId });
	const read = member.sent('heartbeat')[0]?.message.read ?? 0;
	deepEqual(member.receive(4, 2, { kind: 'heartbeat_reply', read }).granted, []);
	deepEqual(member.receive(2, 2, { kind: 'heartbeat_reply', read }).granted.length, 1);
});

test('paper: 4.2.1: a learner’s vote, though given, is not counted', () => {
	const member = new LoneMember({ membership: membershipOf([1, 2, 3], { learners: slots(4, 5) }) });
	member.tick(10);
	member.flushAll();
	deepEqual(
		member.sent('vote_request').map(({ to }) => to),
		[2, 3],
	);
	for (const voter of [4, 5]) {
		member.receive(voter, 2, { kind: 'vote_reply', granted: true });
	}
	equal(member.core.status().role, 'candidate');
});

test('paper: 4.2.1: learners do not keep a leader in touch with a quorum', () => {
	const member = leader({ membership: membershipOf([1, 2, 3], { learners: slots(4) }), config: { checkQuorum: true } });
	for (let i = 0; i < 10; i++) {
		member.receive(4, 2, { kind: 'heartbeat_reply', read: 0 });
		member.tick();
	}
	equal(member.core.status().role, 'follower');
});

test('paper: 4.2.1: a learner cannot be handed the leadership, nor can a stranger, nor the leader itself', () => {
	const member = leader({ membership: membershipOf([1, 2, 3], { learners: slots(4) }) });
	for (const target of [4, 9, 1]) {
		member.step({ kind: 'transfer', target: target as Slot });
		equal(member.core.status().isHandingOver, false);
	}
});

test('paper: 4.2.1: a handover to a voter that becomes a learner is given up', () => {
	const member = leader();
	member.propose();
	equal(propose(member, 'change'), 0);
	member.flushAll();
	member.receive(3, 2, accepted(4));
	member.step({ kind: 'transfer', target: 2 as Slot });
	member.step({ kind: 'applied', upTo: 4 as Index, membership: { ...membershipOf([1, 3], { learners: slots(2) }), index: 4 as Index } });
	equal(member.core.status().isHandingOver, false);
});

test('paper: 4.2.1: a promoted learner counts from then on, for what it already had', () => {
	const member = leader({ membership: membershipOf([1, 2, 3], { learners: slots(4) }) });
	propose(member, 'change');
	member.propose();
	member.flushAll();
	member.receive(2, 2, accepted(4));
	member.receive(4, 2, accepted(4));
	member.step({ kind: 'applied', upTo: 4 as Index, membership: { ...membershipOf([1, 2, 3, 4]), index: 3 as Index } });
	member.propose();
	member.flushAll();
	member.receive(2, 2, accepted(5));
	member.receive(4, 2, accepted(5));
	equal(member.core.status().commit, 5);
});

test('paper: 4.2.2: a leader counts itself until its removal is applied, and not after', () => {
	const member = leader();
	propose(member, 'change');
	member.propose();
	member.flushAll();
	member.receive(2, 2, accepted(3));
	equal(member.core.status().commit, 3);
	member.step({ kind: 'applied', upTo: 3 as Index, membership: { ...membershipOf([2, 3]), index: 3 as Index } });
	member.receive(2, 2, accepted(4));
	equal(member.core.status().commit, 3);
	member.receive(3, 2, accepted(4));
	equal(member.core.status().commit, 4);
});

for (const [what, to] of [
	['removed', membershipOf([2, 3])],
	['made a learner', membershipOf([2, 3], { learners: slots(1) })],
] as const) {
	test(`paper: 4.2.2: a leader that is ${what} calls its successor, each tick, and gives up after an election timeout`, () => {
		const member = leader();
		change(member, to, 2);
		equal(member.sent('timeout_now').length, 1);
		equal(propose(member, 'x'), CODES.leader_changed.code);
		member.tick(9);
		deepEqual(new Set(member.sent('timeout_now').map((sent) => sent.to)), new Set([2]));
		equal(member.sent('timeout_now').length, 10);
		equal(member.core.status().role, 'leader');
		member.tick();
		equal(member.core.status().role, 'follower');
		member.tick(50);
		equal(member.core.status().role, 'follower');
	});
}

test('paper: 4.2.2: a removed leader that hears nobody who could take over steps down at once', () => {
	const member = leader();
	propose(member, 'change');
	member.flushAll();
	member.receive(2, 2, accepted(3));
	member.tick(10);
	member.step({ kind: 'applied', upTo: 3 as Index, membership: { ...membershipOf([2, 3]), index: 3 as Index } });
	equal(member.core.status().role, 'follower');
});

test('paper: 4.2.2: a removed leader follows the term of those who stay', () => {
	const member = leader();
	change(member, membershipOf([2, 3]), 2);
	member.receive(2, 3, { kind: 'heartbeat_reply', read: 0 });
	const { role, term } = member.core.status();
	deepEqual([role, term], ['follower', 3]);
});

test('paper: 4.2.2: what is called to lead obeys once it has applied the change, within a tick', () => {
	const member = new LoneMember({ config: { checkQuorum: true } });
	const entries = [{ ...command(2, 1, 'change'), kind: 2 as const }];
	member.receive(2, 1, { kind: 'append_request', previousIndex: 1 as Index, previousTerm: 1 as Term, entries, commit: 2 as Index });
	member.flushAll();
	member.receive(2, 1, { kind: 'timeout_now' });
	equal(member.core.status().role, 'follower');
	member.step({ kind: 'applied', upTo: 2 as Index, membership: { ...membershipOf([1, 3]), index: 2 as Index } });
	equal(member.core.status().role, 'candidate');
});

test('paper: 4.2.2: a call to lead is forgotten with the next tick', () => {
	const member = new LoneMember();
	const entries = [{ ...command(2, 1, 'change'), kind: 2 as const }];
	member.receive(2, 1, { kind: 'append_request', previousIndex: 1 as Index, previousTerm: 1 as Term, entries, commit: 2 as Index });
	member.flushAll();
	member.receive(2, 1, { kind: 'timeout_now' });
	member.tick();
	member.step({ kind: 'applied', upTo: 2 as Index, membership: { ...membershipOf([1, 3]), index: 2 as Index } });
	equal(member.core.status().role, 'follower');
});

test('paper: 4.2.3: a removed member’s replies and greater terms mean nothing to a leader', () => {
	const member = leader();
	change(member, membershipOf([1, 2]), 2);
	const replies = [accepted(9), { kind: 'heartbeat_reply', read: 0 }, { kind: 'vote_reply', granted: true }, { kind: 'timeout_now' }] as const;
	for (const reply of replies) {
		member.receive(3, 7, reply);
		member.receive(3, 2, reply);
	}
	const { role, term, commit } = member.core.status();
	deepEqual([role, term, commit], ['leader', 2, 3]);
});

test('paper: 4.2.3: a removed member’s campaign is not answered while there is a leader', () => {
	const member = leader({ config: { checkQuorum: true } });
	change(member, membershipOf([1, 2]), 2);
	member.left.length = 0;
	member.receive(3, 7, preVoteRequest(9, 6));
	member.receive(3, 7, voteRequest(9, 6));
	deepEqual([member.core.status().term, member.left.length], [2, 0]);
});

test('paper: 4.2.3: one that is no member here may lead a newer configuration, and is followed', () => {
	const member = new LoneMember();
	member.receive(9, 5, heartbeat());
	const { leader: followed, term } = member.core.status();
	deepEqual([followed, term], [9, 5]);
});

test('paper: 4.2.3: clients of a removed member are refused', () => {
	const member = leader();
	change(member, membershipOf([1, 2]), 2);
	member.left.length = 0;
	member.receive(3, 2, { kind: 'forward_propose', boot: 5, sequence: 1, kinds: [1], proposals: [Buffer.from('x')] });
	member.receive(3, 2, { kind: 'forward_read', context: 4 });
	deepEqual([member.core.status().last, member.sent('forward_refused').length, member.sent('read_reply')[0]?.message.index], [3, 1, 0]);
});
