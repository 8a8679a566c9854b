import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneElections } from '../../../src/actors/lane-elections.ts';
import { NOBODY, type Slot, type Term } from '../../../src/base/brand.ts';
import type { RoleChanged } from '../../../src/protocol/messages.ts';

function changed(role: RoleChanged['role'], term: number, leader: number): RoleChanged {
	return { kind: 'role_changed', role, term: term as Term, leader: leader as Slot };
}

test('actors: lane elections: why and how long without a leader, as far as this member can tell', () => {
	const elections = new LaneElections();
	elections.note(changed('follower', 1, 2), 5);
	elections.note(changed('pre_candidate', 1, NOBODY), 20);
	elections.note(changed('candidate', 2, NOBODY), 22);
	elections.note(changed('leader', 2, 1), 23);
	elections.note(changed('follower', 3, 3), 40);
	assert.deepEqual(elections.seen(50), [
		{ term: 1, leader: 2, ticksWithout: null, cause: 'boot', ticksAgo: 45 },
		{ term: 2, leader: 1, ticksWithout: 3, cause: 'silence', ticksAgo: 27 },
		{ term: 3, leader: 3, ticksWithout: 0, cause: 'other', ticksAgo: 10 },
	]);
});

test('actors: lane elections: a pre-vote that came to nothing is no election', () => {
	const elections = new LaneElections();
	elections.note(changed('follower', 1, 2), 5);
	elections.note(changed('pre_candidate', 1, NOBODY), 20);
	elections.note(changed('follower', 1, 2), 21);
	assert.equal(elections.seen(30).length, 1);
});
