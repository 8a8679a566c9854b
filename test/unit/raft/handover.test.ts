import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Slot } from '../../../src/base/brand.ts';
import { accepted, LoneMember, voteRequest } from '../../paper/lone-member.ts';

/** A leader in term 2 whose disk answers nothing from now on, with an entry on its way there. */
function hanging(): LoneMember {
	const member = new LoneMember().lead();
	member.receive(2, 2, accepted(2));
	member.left.length = 0;
	member.propose();
	return member;
}

test('raft: handover: a leader whose flush hangs for an election timeout steps down and calls the furthest voter', () => {
	const member = hanging();
	for (let i = 0; i < 10; i++) {
		member.tick();
		member.receive(2, 2, { kind: 'heartbeat_reply', read: 0 });
	}
	equal(member.core.status().role, 'leader');
	member.tick();
	equal(member.core.status().role, 'follower');
	deepEqual(
		member.sent('timeout_now').map(({ to, term }) => [to, term]),
		[[2, 2]],
	);
});

test('raft: handover: a disk that is slow, batch after batch, is not one that hangs', () => {
	const member = hanging();
	for (let i = 0; i < 5; i++) {
		member.tick(9);
		member.propose();
		member.flush();
	}
	equal(member.core.status().role, 'leader');
});

test('raft: handover: whose disk hangs does not campaign, and does again when it has answered', () => {
	const member = hanging();
	member.tick(60);
	equal(member.core.status().role, 'follower');
	equal(member.core.status().term, 2);
	member.flushAll();
	member.tick(20);
	equal(member.core.status().role, 'candidate');
});

test('raft: handover: a lone voter has nobody to step down for', () => {
	const member = new LoneMember({ size: 1 });
	member.flushAll();
	member.propose();
	member.tick(40);
	equal(member.core.status().role, 'leader');
});

test('raft: handover: a hanging leader that knows nobody alive steps down all the same', () => {
	const member = hanging();
	member.tick(11);
	deepEqual([member.core.status().role, member.sent('timeout_now').length], ['follower', 0]);
});

test('raft: handover: of a leader that hands over already, the one it has chosen is called', () => {
	const member = hanging();
	member.tick(5);
	member.step({ kind: 'transfer', target: 3 as Slot });
	member.tick(6);
	deepEqual(
		member.sent('timeout_now').map(({ to }) => to),
		[3],
	);
});

test('raft: handover: a member that boots has waited all but a tick of its patience, if so configured', () => {
	const member = new LoneMember({ config: { initialTickAdvance: true } });
	member.tick();
	equal(member.core.status().role, 'candidate');
});

test('raft: handover: a voter tells who campaigns which change of membership it knows to be committed, if the other can have it', () => {
	const membership = {
		index: 3 as never,
		voters: [1, 2, 3] as readonly number[] as readonly Slot[],
		votersOutgoing: [],
		learners: [],
		learnersNext: [],
		autoLeave: false,
	};
	const member = new LoneMember({ terms: [1, 1, 2], commit: 3, membership });
	member.receive(2, 3, voteRequest(2, 1));
	equal(member.sent('committed').length, 0);
	member.receive(2, 4, voteRequest(3, 2));
	deepEqual(
		member.sent('committed').map(({ to, message }) => [to, message.index, message.entryTerm]),
		[[2, 3, 2]],
	);
});

test('raft: handover: a candidate that learns of a committed change gives up, until it has applied it', () => {
	const member = new LoneMember({ terms: [1, 1, 1], commit: 1, term: 1 });
	member.tick(10);
	equal(member.core.status().role, 'candidate');
	member.receive(2, 1, { kind: 'committed', index: 2 as never, entryTerm: 1 as never });
	const { role, commit } = member.core.status();
	deepEqual([role, commit], ['follower', 2]);
});

for (const [what, index, entryTerm] of [
	['that it does not have', 9, 1],
	['of another term', 3, 2],
	['that it knew', 1, 1],
] as const) {
	test(`raft: handover: a candidate makes nothing of a committed entry ${what}`, () => {
		const member = new LoneMember({ terms: [1, 1, 1], commit: 1, term: 1 });
		member.tick(10);
		member.receive(2, 1, { kind: 'committed', index: index as never, entryTerm: entryTerm as never });
		const { role, commit } = member.core.status();
		deepEqual([role, commit], ['candidate', 1]);
	});
}
