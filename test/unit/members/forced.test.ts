import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Index } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import { addMember } from '../../../src/members/changes.ts';
import { keepOnly } from '../../../src/members/forced.ts';
import { replaceMember } from '../../../src/members/replacement.ts';
import { list, membershipOf, removedIds } from '../../../src/members/table.ts';
import { founded, url } from '../../support/three-members.ts';

test('members: forced: one is left, with its slot, and the others can never come back', () => {
	const engine = founded();
	assert.equal(
		engine.write((view) => keepOnly(view, { id: 'b2' }, 9 as Index)),
		CODES.ok.code,
	);
	const { voters, learners, index } = engine.read(membershipOf);
	assert.deepEqual([voters, learners, index], [[2], [], 9]);
	assert.deepEqual(engine.read(removedIds).sort(), ['a1', 'c3']);
});

test('members: forced: a learner gets a vote, and a joint membership is over', () => {
	const engine = founded();
	engine.write((view) => addMember(view, { id: 'd4', peerUrls: [url('d4')], learner: true, learnersMax: 1 }, 2 as Index));
	engine.write((view) => replaceMember(view, { replaces: 'a1', id: 'e5', peerUrls: [url('e5')] }, 3 as Index));
	engine.write((view) => keepOnly(view, { id: 'd4' }, 4 as Index));
	const { voters, votersOutgoing, learners, autoLeave } = engine.read(membershipOf);
	assert.deepEqual([voters, votersOutgoing, learners, autoLeave], [[4], [], [], false]);
});

test('members: forced: a member that is not there changes nothing', () => {
	const engine = founded();
	const code = engine.write((view) => keepOnly(view, { id: 'ff' }, 9 as Index));
	assert.notEqual(code, CODES.ok.code);
	assert.equal(engine.read(list).length, 3);
});
