import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Index, Slot } from '../../../src/base/brand.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES, TREE } from '../../../src/base/store-trees.ts';
import { clusterIdOf, memberId } from '../../../src/members/member-id.ts';
import type { MemberRecord } from '../../../src/members/record.ts';
import { bootstrap, clusterId, list, membershipOf, publish } from '../../../src/members/table.ts';

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();

function member(slot: number, id: string, changes: Partial<MemberRecord> = {}): MemberRecord {
	return { slot: slot as Slot, id, name: '', peerUrls: [`http://127.0.0.1:${2380 + slot}`], clientUrls: [], learner: false, ...changes };
}

const TWO = { clusterId: 'abc', members: [member(1, 'a1'), member(300, 'b2', { learner: true })] };

function founded(body = TWO): MemoryEngine {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	engine.write((view) => bootstrap(view, body, 1 as Index));
	return engine;
}

test('members: table: an empty store has no cluster and no membership', () => {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	assert.deepEqual(
		engine.read((view) => [clusterId(view), list(view), membershipOf(view).index]),
		[null, [], 0],
	);
});

test('members: table: founding members come back in order of slots', () => {
	assert.deepEqual(founded().read(list), TWO.members);
});

test('members: table: voters and learners are told apart for raft', () => {
	const membership = { index: 1, voters: [1], votersOutgoing: [], learners: [300], learnersNext: [], autoLeave: false };
	assert.deepEqual(founded().read(membershipOf), membership);
});

test('members: table: a second founding is refused and changes nothing', () => {
	const engine = founded();
	assert.equal(
		engine.write((view) => bootstrap(view, { clusterId: 'def', members: [member(1, 'ff')] }, 2 as Index)),
		false,
	);
	assert.deepEqual(
		engine.read((view) => [clusterId(view), list(view).length]),
		['abc', 2],
	);
});

const BAD_BODIES: readonly { readonly what: string; readonly body: unknown }[] = [
	{ what: 'no members', body: { clusterId: 'abc', members: [] } },
	{ what: 'a slot of 0', body: { clusterId: 'abc', members: [member(0, 'a1')] } },
	{ what: 'an id that is not hex', body: { clusterId: 'abc', members: [member(1, 'XYZ')] } },
	{ what: 'URLs that are numbers', body: { clusterId: 'abc', members: [{ ...member(1, 'a1'), peerUrls: [7] }] } },
	{ what: 'a member that is null', body: { clusterId: 'abc', members: [null] } },
	{ what: 'no cluster id', body: { members: [member(1, 'a1')] } },
];

for (const { what, body } of BAD_BODIES) {
	test(`members: table: a founding with ${what} is refused`, () => {
		const engine = new MemoryEngine(STORE_TREE_NAMES);
		assert.equal(
			engine.write((view) => bootstrap(view, body as typeof TWO, 1 as Index)),
			false,
		);
	});
}

test('members: table: a published name and client URLs leave everything else as it was', () => {
	const engine = founded();
	engine.write((view) => publish(view, { id: 'a1', name: 'one', clientUrls: ['http://127.0.0.1:1'] }));
	assert.deepEqual(engine.read(list)[0], member(1, 'a1', { name: 'one', clientUrls: ['http://127.0.0.1:1'] }));
});

test('members: table: a name of somebody who is no member is refused', () => {
	assert.equal(
		founded().write((view) => publish(view, { id: 'c3', name: 'x', clientUrls: [] })),
		false,
	);
});

test('members: table: a record with one wrong bit is found', () => {
	const engine = founded();
	engine.write((view) => {
		const key = Uint8Array.of(0x6d, 0, 1);
		const value = Uint8Array.from(view.get(TREE.members, key) ?? []);
		value[9] = (value[9] as number) ^ 1;
		view.put(TREE.members, key, value);
	});
	assert.throws(() => engine.read(list), FatalError);
});

// Ids printed by Debian's etcd 3.4 for these flags (initial-cluster m1=http://127.0.0.1:33800, token etcd-cluster).
test('members: ids: a member’s is etcd’s', () => {
	assert.equal(memberId(['http://127.0.0.1:33800'], 'etcd-cluster', sha1), MEMBER_OF_ETCD);
});

test('members: ids: a cluster’s is etcd’s', () => {
	assert.equal(clusterIdOf([MEMBER_OF_ETCD], sha1), CLUSTER_OF_ETCD);
});

test('members: ids: the order of URLs and of members does not matter', () => {
	const urls = ['http://b:1', 'http://a:1'];
	assert.deepEqual(
		[memberId(urls, 't', sha1), clusterIdOf([2n ** 64n - 1n, 3n], sha1)],
		[memberId([...urls].reverse(), 't', sha1), clusterIdOf([3n, 2n ** 64n - 1n], sha1)],
	);
});

const MEMBER_OF_ETCD = 9265619892315062708n;
const CLUSTER_OF_ETCD = 6930805681439470907n;
