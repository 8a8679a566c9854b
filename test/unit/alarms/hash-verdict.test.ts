import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HashAnswer, judgeHashes, type MemberHash } from '../../../src/alarms/hash-verdict.ts';

const PLACE = { revision: 100, compactRevision: 10 };

function member(id: string, hash: number, changes: Partial<HashAnswer> = {}): MemberHash {
	return { id, answer: { applied: 50, revision: 100, compactRevision: 10, hash, ...changes } };
}

const OWN = member('a', 1);

test('alarms: hashes: equal ones are no mismatch', () => {
	assert.deepEqual(judgeHashes(OWN, PLACE, [member('b', 1), member('c', 1)], 3), { corrupt: [], isSplit: false, compared: 3, equal: 3 });
});

test('alarms: hashes: who differs from the majority is corrupt', () => {
	assert.deepEqual(judgeHashes(OWN, PLACE, [member('b', 2), member('c', 1)], 3).corrupt, ['b']);
});

test('alarms: hashes: the judge may be the one who differs', () => {
	assert.deepEqual(judgeHashes(OWN, PLACE, [member('b', 2), member('c', 2)], 3).corrupt, ['a']);
});

test('alarms: hashes: several who differ are all named', () => {
	const others = [member('b', 2), member('c', 3), member('d', 1), member('e', 1)];
	assert.deepEqual(judgeHashes(OWN, PLACE, others, 5).corrupt, ['b', 'c']);
});

test('alarms: hashes: two members that differ have no majority', () => {
	assert.deepEqual(judgeHashes(OWN, PLACE, [member('b', 2)], 2), { corrupt: [], isSplit: true, compared: 2, equal: 0 });
});

test('alarms: hashes: a majority is of the members, not of those that answered', () => {
	assert.deepEqual(judgeHashes(OWN, PLACE, [member('b', 2), member('c', 1)], 5), { corrupt: [], isSplit: true, compared: 3, equal: 0 });
});

test('alarms: hashes: over another compacted history they are not compared', () => {
	const outcome = judgeHashes(OWN, PLACE, [member('b', 2, { compactRevision: 9 }), member('c', 1)], 3);
	assert.deepEqual(outcome, { corrupt: [], isSplit: false, compared: 2, equal: 2 });
});

test('alarms: hashes: who is ahead of what it applied is corrupt', () => {
	const others = [member('b', 1, { revision: 101 }), member('c', 7, { compactRevision: 11 })];
	assert.deepEqual(judgeHashes(OWN, PLACE, others, 3).corrupt, ['b', 'c']);
});
