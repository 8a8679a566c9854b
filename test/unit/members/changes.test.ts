import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Index, Slot } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import type { WriteView } from '../../../src/base/engine.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import { addMember, promoteMember, removeMember, updateMember } from '../../../src/members/changes.ts';
import { addedMemberId, memberId } from '../../../src/members/member-id.ts';
import type { MemberRecord } from '../../../src/members/record.ts';
import { bootstrap, list, membershipOf, removedIds } from '../../../src/members/table.ts';

const url = (id: string): string => `http://${id}:2380`;

function member(slot: number, id: string): MemberRecord {
	return { slot: slot as Slot, id, name: id, peerUrls: [url(id)], clientUrls: [], learner: false };
}

/** Three voters: a1, b2, c3. */
function founded(): MemoryEngine {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	engine.write((view) => bootstrap(view, { clusterId: 'abc', members: [member(1, 'a1'), member(2, 'b2'), member(3, 'c3')] }, 1 as Index));
	return engine;
}

/** Applies changes at indexes 2, 3, ...; the code of each. */
function apply(engine: MemoryEngine, ...changes: readonly ((view: WriteView, index: Index) => number)[]): number[] {
	return changes.map((change, i) => engine.write((view) => change(view, (i + 2) as Index)));
}

const add =
	(id: string, options: { readonly learner?: boolean; readonly learnersMax?: number; readonly urls?: readonly string[] } = {}) =>
	(view: WriteView, index: Index): number => {
		const { learner = false, learnersMax = 1, urls = [url(id)] } = options;
		return addMember(view, { id, peerUrls: urls, learner, learnersMax }, index);
	};
const remove =
	(id: string) =>
	(view: WriteView, index: Index): number =>
		removeMember(view, { id }, index);
const update =
	(id: string, urls: readonly string[]) =>
	(view: WriteView, index: Index): number =>
		updateMember(view, { id, peerUrls: urls }, index);
const promote =
	(id: string) =>
	(view: WriteView, index: Index): number =>
		promoteMember(view, { id }, index);

test('members: changes: an added member gets the next slot, no name, and a vote', () => {
	const engine = founded();
	assert.deepEqual(apply(engine, add('d4')), [0]);
	assert.deepEqual(engine.read(list).at(-1), { ...member(4, 'd4'), name: '' });
	assert.deepEqual(engine.read(membershipOf).voters, [1, 2, 3, 4]);
	assert.equal(engine.read(membershipOf).index, 2);
});

test('members: changes: a learner has no vote until it is promoted', () => {
	const engine = founded();
	assert.deepEqual(apply(engine, add('d4', { learner: true })), [0]);
	assert.deepEqual([engine.read(membershipOf).voters, engine.read(membershipOf).learners], [[1, 2, 3], [4]]);
	assert.deepEqual(apply(engine, promote('d4')), [0]);
	assert.deepEqual([engine.read(membershipOf).voters, engine.read(membershipOf).learners], [[1, 2, 3, 4], []]);
});

test('members: changes: a removed id never comes back, and its slot goes to nobody else', () => {
	const engine = founded();
	assert.deepEqual(apply(engine, remove('c3'), add('c3'), remove('c3'), promote('c3'), update('c3', ['http://x:1']), add('d4')), [
		0,
		CODES.member_removed.code,
		CODES.member_removed.code,
		CODES.member_removed.code,
		CODES.member_removed.code,
		0,
	]);
	assert.deepEqual(engine.read(removedIds), ['c3']);
	assert.deepEqual(
		engine.read(list).map(({ id, slot }) => [id, slot]),
		[
			['a1', 1],
			['b2', 2],
			['d4', 4],
		],
	);
});

const REFUSALS: readonly { readonly what: string; readonly change: (view: WriteView, index: Index) => number; readonly code: number }[] = [
	{ what: 'an id that is there', change: add('a1', { urls: ['http://new:1'] }), code: CODES.member_exists.code },
	{ what: 'a peer URL of another member', change: add('d4', { urls: [url('b2')] }), code: CODES.peer_url_exists.code },
	{ what: 'no peer URL', change: add('d4', { urls: [] }), code: CODES.bad_member_urls.code },
	{ what: 'a learner too many', change: add('d4', { learner: true, learnersMax: 0 }), code: CODES.too_many_learners.code },
	{ what: 'the removal of nobody', change: remove('ee'), code: CODES.member_not_found.code },
	{ what: 'the update of nobody', change: update('ee', [url('e')]), code: CODES.member_not_found.code },
	{ what: "an update to another member's URL", change: update('a1', [url('b2')]), code: CODES.peer_url_exists.code },
	{ what: 'the promotion of nobody', change: promote('ee'), code: CODES.member_not_found.code },
	{ what: 'the promotion of a voter', change: promote('a1'), code: CODES.member_not_learner.code },
];

for (const { what, change, code } of REFUSALS) {
	test(`members: changes: ${what} is refused, and nothing is changed`, () => {
		const engine = founded();
		const before = [engine.read(list), engine.read(membershipOf)];
		assert.deepEqual(apply(engine, change), [code]);
		assert.deepEqual([engine.read(list), engine.read(membershipOf)], before);
	});
}

test('members: changes: an update changes peer URLs alone', () => {
	const engine = founded();
	apply(engine, add('d4', { learner: true }), update('d4', ['http://moved:1']));
	assert.deepEqual(engine.read(list).at(-1), { ...member(4, 'd4'), name: '', peerUrls: ['http://moved:1'], learner: true });
});

test('members: changes: the last voter cannot be removed', () => {
	const engine = founded();
	apply(engine, add('d4', { learner: true }));
	assert.deepEqual(apply(engine, remove('a1'), remove('b2'), remove('c3')), [0, 0, CODES.not_enough_started.code]);
	assert.deepEqual(engine.read(membershipOf).voters, [3]);
});

test('members: changes: whatever a command holds, a change throws nothing and alters one voter at most', () => {
	const anyBody = fc.record({
		id: fc.oneof(fc.constantFrom('a1', 'b2', 'c3', 'd4', 'e5'), fc.anything()),
		peerUrls: fc.oneof(fc.array(fc.constantFrom('http://a1:2380', 'http://n:1')), fc.anything()),
		learner: fc.oneof(fc.boolean(), fc.anything()),
		learnersMax: fc.oneof(fc.nat(3), fc.anything()),
	});
	const kinds = [addMember, removeMember, updateMember, promoteMember];
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.nat(kinds.length - 1), anyBody), { maxLength: 12 }), (steps) => {
			const engine = founded();
			for (const [i, [kind, body]] of steps.entries()) {
				const before = new Set(engine.read(membershipOf).voters);
				engine.write((view) => (kinds[kind] as (view: WriteView, body: unknown, index: Index) => number)(view, body, (i + 2) as Index));
				const after = new Set(engine.read(membershipOf).voters);
				const altered = [...before].filter((slot) => !after.has(slot)).length + [...after].filter((slot) => !before.has(slot)).length;
				assert.ok(altered <= 1 && after.size > 0);
			}
		}),
		{ numRuns: 200 },
	);
});

test('members: changes: the id of an added member is that of its URLs and the token with the time behind it', () => {
	const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();
	const added = addedMemberId({ peerUrls: ['http://a:1'], token: 'tok', unixSeconds: 1_700_000_000 }, sha1);
	assert.equal(added, memberId(['http://a:1'], 'tok1700000000', sha1));
});
