import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Index, RequestId, Slot } from '../../src/base/brand.ts';
import { CODES } from '../../src/base/codes.ts';
import { change, leader, propose, slots } from './leader.ts';
import { accepted, LoneMember, membershipOf } from './lone-member.ts';

const JOINT = membershipOf([1, 2, 3], { votersOutgoing: slots(1, 4, 5) });

test('paper: 4.3: while joint, a vote needs a majority of both halves, and one refusal of a half loses it', () => {
	const member = new LoneMember({ membership: membershipOf([1, 2, 3], { votersOutgoing: slots(4, 5) }) });
	member.tick(10);
	member.flushAll();
	member.receive(2, 2, { kind: 'vote_reply', granted: true });
	member.receive(4, 2, { kind: 'vote_reply', granted: false });
	equal(member.core.status().role, 'follower');
});

test('paper: 4.3: while joint, a read and the leader’s contact need both halves', () => {
	const member = leader({ membership: JOINT, config: { checkQuorum: true } });
	member.step({ kind: 'read_index', requestId: 9 as RequestId });
	const read = member.sent('heartbeat')[0]?.message.read ?? 0;
	deepEqual(member.receive(2, 2, { kind: 'heartbeat_reply', read }).granted, []);
	equal(member.receive(5, 2, { kind: 'heartbeat_reply', read }).granted.length, 1);
	for (let i = 0; i < 10; i++) {
		member.receive(2, 2, { kind: 'heartbeat_reply', read: 0 });
		member.receive(3, 2, { kind: 'heartbeat_reply', read: 0 });
		member.tick();
	}
	equal(member.core.status().role, 'follower');
});

test('paper: 4.3: while joint, no change is taken but the one that leaves it', () => {
	const member = leader({ membership: JOINT });
	equal(propose(member, 'change'), CODES.membership_pending.code);
	equal(propose(member, ''), 0);
	equal(propose(member, ''), CODES.membership_pending.code);
});

test('paper: 4.3: what is not joint cannot be left', () => {
	equal(propose(leader(), ''), CODES.membership_pending.code);
});

test('paper: 4.3: a joint configuration that leaves by itself is left by its leader, once', () => {
	const member = leader();
	change(member, { ...JOINT, autoLeave: true }, 2);
	member.flushAll();
	deepEqual(
		member.log.slice(3).map(({ kind, data }) => [kind, data.length]),
		[[2, 0]],
	);
	member.tick(5);
	equal(member.core.status().last, 4);
});

test('paper: 4.3: and by a new leader, which finds itself in it', () => {
	const member = new LoneMember({ membership: { ...membershipOf([1], { votersOutgoing: slots(1) }), autoLeave: true } });
	member.flushAll();
	deepEqual(
		member.log.map(({ kind, data }) => [kind, data.length]),
		[
			[1, 0],
			[0, 0],
			[2, 0],
		],
	);
});

test('paper: 4.3: a voter of the outgoing half alone campaigns; a learner to be does too', () => {
	for (const membership of [
		membershipOf([2, 3], { votersOutgoing: slots(1, 2) }),
		membershipOf([2], { votersOutgoing: slots(1, 2), learnersNext: slots(1) }),
	]) {
		const member = new LoneMember({ membership });
		member.tick(10);
		equal(member.core.status().role, 'candidate');
	}
});

test('paper: 4.3: a leader of the outgoing half alone leads until that is left', () => {
	const member = leader();
	change(member, { ...membershipOf([2, 3, 4], { votersOutgoing: slots(1, 2, 3) }) }, 2);
	equal(member.core.status().isHandingOver, false);
	equal(propose(member, ''), 0);
	member.flushAll();
	for (const slot of [2, 3]) {
		member.receive(slot, 2, accepted(4));
	}
	member.step({ kind: 'applied', upTo: 4 as Index, membership: { ...membershipOf([2, 3, 4]), index: 4 as Index } });
	equal(member.core.status().isHandingOver, true);
});

test('paper: 4.3: asked to choose, a leader hands over to the half that stays', () => {
	const member = leader({ membership: membershipOf([1, 2], { votersOutgoing: slots(1, 4) }) });
	member.step({ kind: 'transfer', target: 0 as Slot });
	deepEqual(
		member.sent('timeout_now').map(({ to }) => to),
		[2],
	);
});

for (const [what, membership] of [
	['a learner that is a voter', membershipOf([1, 2], { learners: slots(2) })],
	['a learner of the outgoing half', membershipOf([1], { votersOutgoing: slots(1, 2), learners: slots(2) })],
	['a learner to be that is no outgoing voter', membershipOf([1], { votersOutgoing: slots(1), learnersNext: slots(2) })],
	['a learner to be that stays a voter', membershipOf([1, 2], { votersOutgoing: slots(1, 2), learnersNext: slots(2) })],
	['learners to be outside of a joint configuration', membershipOf([1], { learnersNext: slots(2) })],
	['nothing to leave by itself', membershipOf([1], { autoLeave: true })],
	['no voter', membershipOf([], { learners: slots(1) })],
] as const) {
	test(`paper: 4.3: a membership with ${what} is an error of ours`, () => {
		throws(() => new LoneMember({ membership }));
	});
}

test('paper: 4.3: a membership never goes back', () => {
	const member = leader();
	change(member, membershipOf([1, 2]), 2);
	member.propose();
	member.flushAll();
	member.receive(2, 2, accepted(4));
	throws(() => member.step({ kind: 'applied', upTo: 4 as Index, membership: membershipOf([1, 2, 3]) }));
});
