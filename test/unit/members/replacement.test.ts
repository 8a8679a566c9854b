import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Index } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import type { WriteView } from '../../../src/base/engine.ts';
import type { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { addMember, promoteMember, removeMember, updateMember } from '../../../src/members/changes.ts';
import { leaveJoint, replaceMember } from '../../../src/members/replacement.ts';
import { list, membershipOf, publish, removedIds } from '../../../src/members/table.ts';
import type { Membership } from '../../../src/raft/state.ts';
import { founded, url } from '../../support/three-members.ts';

type Step = (view: WriteView, index: Index) => number | boolean;

/** At indexes 2, 3, ...; what each said. */
function apply(engine: MemoryEngine, ...steps: readonly Step[]): (number | boolean)[] {
	return steps.map((step, i) => engine.write((view) => step(view, (i + 2) as Index)));
}

const replace =
	(replaces: string, id: string, peerUrls: readonly string[] = [url(id)]): Step =>
	(view, index) =>
		replaceMember(view, { id, peerUrls, replaces }, index);
const addLearner =
	(id: string): Step =>
	(view, index) =>
		addMember(view, { id, peerUrls: [url(id)], learner: true, learnersMax: 1 }, index);
const leave: Step = (view, index) => leaveJoint(view, index);

test('members: replacement: while it lasts the newcomer and the one that goes both count, each in its half', () => {
	const engine = founded();
	assert.deepEqual(apply(engine, replace('c3', 'd4')), [0]);
	assert.deepEqual(engine.read(membershipOf), {
		index: 2,
		voters: [1, 2, 4],
		votersOutgoing: [1, 2, 3],
		learners: [],
		learnersNext: [],
		autoLeave: true,
	});
	assert.deepEqual(engine.read(removedIds), []);
});

test('members: replacement: the leave entry ends it, and the id of the one that went never comes back', () => {
	const engine = founded();
	assert.deepEqual(apply(engine, replace('c3', 'd4'), leave, replace('b2', 'c3')), [0, true, CODES.member_removed.code]);
	assert.deepEqual(engine.read(membershipOf), {
		index: 3,
		voters: [1, 2, 4],
		votersOutgoing: [],
		learners: [],
		learnersNext: [],
		autoLeave: false,
	});
	assert.deepEqual([engine.read(removedIds), engine.read(list).map(({ id }) => id)], [['c3'], ['a1', 'b2', 'd4']]);
});

test('members: replacement: a learner that is promoted takes the place, and other learners stay learners', () => {
	const engine = founded();
	assert.deepEqual(apply(engine, addLearner('d4'), replace('a1', 'd4', [])), [0, 0]);
	const { voters, votersOutgoing, learners } = engine.read(membershipOf);
	assert.deepEqual([voters, votersOutgoing, learners], [[2, 3, 4], [1, 2, 3], []]);
	assert.equal(
		engine.write((view) => leaveJoint(view, 4 as Index)),
		true,
	);
	assert.deepEqual(engine.read(membershipOf).voters, [2, 3, 4]);
});

test('members: replacement: a leave entry where nothing is joint changes nothing', () => {
	const engine = founded();
	assert.deepEqual(apply(engine, leave), [false]);
	assert.equal(engine.read(membershipOf).index, 1);
});

test('members: replacement: until it is left there is no other change but names', () => {
	const engine = founded();
	const code = CODES.membership_pending.code;
	const others: readonly Step[] = [
		addLearner('e5'),
		(view, index) => removeMember(view, { id: 'b2' }, index),
		(view, index) => updateMember(view, { id: 'b2', peerUrls: ['http://moved:1'] }, index),
		(view, index) => promoteMember(view, { id: 'b2' }, index),
		replace('b2', 'e5'),
	];
	assert.deepEqual(apply(engine, replace('c3', 'd4'), ...others), [0, code, code, code, code, code]);
	assert.equal(engine.read(membershipOf).index, 2);
	assert.equal(
		engine.write((view) => publish(view, { id: 'd4', name: 'four', clientUrls: [] })),
		true,
	);
});

const REFUSALS = [
	['nobody', replace('ee', 'd4'), CODES.member_not_found],
	['a learner', replace('f6', 'd4'), CODES.member_not_voter],
	['a member by itself', replace('c3', 'c3'), CODES.member_exists],
	['a member by another that is there', replace('c3', 'a1', ['http://new:1']), CODES.member_exists],
	['a member by one at its own URL', replace('c3', 'd4', [url('c3')]), CODES.peer_url_exists],
	['a member by a voter as if it were a learner', replace('c3', 'a1', []), CODES.member_not_learner],
	['a member by itself as if it were a learner', replace('c3', 'c3', []), CODES.member_not_learner],
	['a member by a learner that is not there', replace('c3', 'd4', []), CODES.member_not_found],
] as const;
for (const [what, step, { code }] of REFUSALS) {
	test(`members: replacement: of ${what} is refused, and nothing is changed`, () => {
		const engine = founded();
		apply(engine, addLearner('f6'));
		const before = [engine.read(list), engine.read(membershipOf)];
		assert.equal(
			engine.write((view) => step(view, 3 as Index)),
			code,
		);
		assert.deepEqual([engine.read(list), engine.read(membershipOf)], before);
	});
}

/** What src/raft/replica.ts asserts of a membership that it is given, and that one step alters at most one voter of each kind. */
function assertSound({ voters, votersOutgoing, learners, learnersNext, autoLeave }: Membership, before: Membership): void {
	assert.ok(voters.length > 0);
	assert.ok(learners.every((slot) => !voters.includes(slot) && !votersOutgoing.includes(slot)));
	assert.ok(learnersNext.every((slot) => !voters.includes(slot) && votersOutgoing.includes(slot)));
	assert.equal(autoLeave, votersOutgoing.length > 0);
	const come = voters.filter((slot) => !before.voters.includes(slot)).length;
	const gone = before.voters.filter((slot) => !voters.includes(slot)).length;
	assert.ok(autoLeave ? come <= 1 && gone <= 1 : come + gone <= 1, `${before.voters} to ${voters}`);
}

test('members: replacement: whatever commands hold, in whatever order, raft can take every membership that comes of them', () => {
	const anyId = fc.oneof(fc.constantFrom('a1', 'b2', 'c3', 'd4', 'e5', 'f6'), fc.anything());
	const anyBody = fc.record({
		id: anyId,
		replaces: anyId,
		peerUrls: fc.oneof(fc.array(fc.constantFrom('http://a1:2380', 'http://n:1', 'http://m:1'), { maxLength: 2 }), fc.anything()),
		learner: fc.oneof(fc.boolean(), fc.anything()),
		learnersMax: fc.oneof(fc.nat(3), fc.anything()),
	});
	const kinds = [replaceMember, addMember, removeMember, promoteMember, updateMember, replaceMember];
	const steps = fc.array(fc.tuple(fc.nat(kinds.length), anyBody), { maxLength: 16 });
	fc.assert(
		fc.property(steps, (drawn) => {
			const engine = founded();
			for (const [i, [kind, body]] of drawn.entries()) {
				const before = engine.read(membershipOf);
				const run = (kinds[kind] ?? ((view: WriteView, _body: unknown, index: Index) => leaveJoint(view, index))) as (
					view: WriteView,
					body: unknown,
					index: Index,
				) => unknown;
				engine.write((view) => run(view, body, (i + 2) as Index));
				assertSound(engine.read(membershipOf), before);
			}
		}),
		{ numRuns: 300 },
	);
});
