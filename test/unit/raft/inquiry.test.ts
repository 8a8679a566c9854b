import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Slot } from '../../../src/base/brand.ts';
import { accepted, LoneMember, membershipOf } from '../../paper/lone-member.ts';

test('raft: inquiry: a leader knows how far every member is, itself first, and who was heard of late', () => {
	const member = new LoneMember({ membership: membershipOf([1, 2, 3], { learners: [4] as readonly number[] as readonly Slot[] }) }).lead();
	member.tick(10);
	member.receive(2, 2, accepted(2));
	deepEqual(
		member.core.progress()?.map(({ slot, match, isActive }) => [slot, match, isActive]),
		[
			[1, 2, true],
			[2, 2, true],
			[3, 0, false],
			[4, 0, false],
		],
	);
});

test('raft: inquiry: who does not lead knows nothing of the others', () => {
	equal(new LoneMember().core.progress(), null);
});
