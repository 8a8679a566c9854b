/** A change of membership that is committed is known to be so after a crash: a removed member may be switched off, and cannot be asked any more. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Index } from '../../../src/base/brand.ts';
import { leader, propose } from '../../paper/leader.ts';
import { accepted, append, LoneMember } from '../../paper/lone-member.ts';

test('raft: membership: that a change is committed is written at once, by a leader', () => {
	const member = leader();
	propose(member, 'change');
	member.flushAll();
	const { persist } = member.receive(2, 2, accepted(3));
	deepEqual([persist?.hardState.commit, persist?.entries], [3, []]);
});

test('raft: membership: and once', () => {
	const member = leader();
	propose(member, 'change');
	member.flushAll();
	member.receive(2, 2, accepted(3));
	equal(member.receive(3, 2, accepted(3)).persist, null);
});

test('raft: membership: that a command is committed is written with the next batch', () => {
	const member = leader();
	member.propose();
	member.flushAll();
	equal(member.receive(2, 2, accepted(3)).persist, null);
});

test('raft: membership: a follower that began with entries of any kind writes it for the last of them', () => {
	const member = new LoneMember({ terms: [1, 1, 1], commit: 1 });
	member.receive(2, 1, append(3, 1, [], 3));
	deepEqual(
		member.batches.map(({ hardState }) => hardState.commit),
		[3 as Index],
	);
});
