/** etcdserverpb.Cluster with a real client: answers, etcd's errors, and what a learner refuses. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Index, Slot } from '../../../../src/base/brand.ts';
import { etcdserverpb } from '../../../../src/rpc/generated/messages.js';
import { longFromHex } from '../../../../src/rpc/long-id.ts';
import { FrontEndHarness, type RpcOutcome, refusal } from './front-end-harness.ts';
import { MEMBER_IDS } from './memory-lane.ts';

const { MemberAddRequest, MemberAddResponse, MemberPromoteRequest, MemberRemoveRequest, MemberRemoveResponse, MemberUpdateRequest } = etcdserverpb;
const { RangeRequest, MemberListRequest } = etcdserverpb;
const LEARNER = MEMBER_IDS[2];
const UNKNOWN = 'dead';
let harness: FrontEndHarness;

beforeEach(async () => {
	harness = await FrontEndHarness.open();
});

afterEach(() => harness.close());

const add = (peerURLs: string[], isLearner = false): Promise<RpcOutcome> =>
	harness.call('/etcdserverpb.Cluster/MemberAdd', MemberAddRequest.encode({ peerURLs, isLearner }).finish());
const remove = (id: string): Promise<RpcOutcome> =>
	harness.call('/etcdserverpb.Cluster/MemberRemove', MemberRemoveRequest.encode({ ID: longFromHex(id) }).finish());
const update = (id: string, peerURLs: string[]): Promise<RpcOutcome> =>
	harness.call('/etcdserverpb.Cluster/MemberUpdate', MemberUpdateRequest.encode({ ID: longFromHex(id), peerURLs }).finish());
const promote = (id: string): Promise<RpcOutcome> =>
	harness.call('/etcdserverpb.Cluster/MemberPromote', MemberPromoteRequest.encode({ ID: longFromHex(id) }).finish());

test('grpc: cluster: an added member is answered with all members, by id, and a header without a revision', async () => {
	const { member, members, header } = MemberAddResponse.decode((await add(['http://b:1', 'http://a:1'])).response);
	assert.deepEqual([member?.peerURLs, member?.name, member?.isLearner], [['http://a:1', 'http://b:1'], '', false]);
	assert.equal(members.length, 4);
	assert.deepEqual(
		members.map(({ ID }) => BigInt(String(ID))),
		members.map(({ ID }) => BigInt(String(ID))).sort((a, b) => (a < b ? -1 : 1)),
	);
	assert.equal(header?.revision?.toNumber() ?? 0, 0);
});

test('grpc: cluster: a learner is promoted, a member moved, a member removed', async () => {
	assert.equal((await promote(LEARNER)).status, 0);
	assert.equal((await update(LEARNER, ['http://moved:1'])).status, 0);
	const { members } = MemberRemoveResponse.decode((await remove(MEMBER_IDS[1])).response);
	assert.deepEqual(
		members.map(({ ID, peerURLs, isLearner }) => [ID?.toString(16), peerURLs, isLearner]),
		[
			[MEMBER_IDS[0], ['http://p1:1'], false],
			[LEARNER, ['http://moved:1'], false],
		],
	);
});

const REFUSALS: readonly { readonly what: string; readonly ask: () => Promise<RpcOutcome>; readonly refusal: readonly [number, string] }[] = [
	{ what: 'a URL that is none', ask: () => add(['10.0.0.1:2380']), refusal: [3, 'etcdserver: given member URLs are invalid'] },
	{ what: 'no URL', ask: () => add([]), refusal: [3, 'etcdserver: given member URLs are invalid'] },
	{ what: 'a URL that is taken', ask: () => add(['http://p2:1']), refusal: [9, 'etcdserver: Peer URLs already exists'] },
	{ what: 'a second learner', ask: () => add(['http://n:1'], true), refusal: [9, 'etcdserver: too many learner members in cluster'] },
	{ what: 'the removal of nobody', ask: () => remove(UNKNOWN), refusal: [5, 'etcdserver: member not found'] },
	{ what: 'the move of nobody', ask: () => update(UNKNOWN, ['http://n:1']), refusal: [5, 'etcdserver: member not found'] },
	{ what: 'a move to a URL that is taken', ask: () => update(LEARNER, ['http://p1:1']), refusal: [9, 'etcdserver: Peer URLs already exists'] },
	{ what: 'the promotion of nobody', ask: () => promote(UNKNOWN), refusal: [5, 'etcdserver: member not found'] },
	{ what: 'the promotion of a voter', ask: () => promote(MEMBER_IDS[1]), refusal: [9, 'etcdserver: can only promote a learner member'] },
];
for (const { what, ask, refusal: expected } of REFUSALS) {
	test(`grpc: cluster: ${what} is refused in etcd's words`, async () => {
		assert.deepEqual(refusal(await ask()), expected);
	});
}

test('grpc: cluster: a learner that is behind is not promoted', async () => {
	const [leader, follower] = [1, 2].map((slot) => ({ slot: slot as Slot, match: 100 as Index, isActive: true }));
	assert.ok(leader !== undefined && follower !== undefined);
	harness.lane.progress = [leader, follower, { slot: 3 as Slot, match: 50 as Index, isActive: true }];
	assert.deepEqual(refusal(await promote(LEARNER)), [9, 'etcdserver: can only promote a learner member which is in sync with leader']);
});

test('grpc: cluster: no voter is added while one is down', async () => {
	harness.lane.progress = [
		{ slot: 1 as Slot, match: 9 as Index, isActive: true },
		{ slot: 2 as Slot, match: 5 as Index, isActive: false },
	];
	assert.deepEqual(refusal(await add(['http://n:1'])), [14, 'etcdserver: unhealthy cluster']);
});

test('grpc: cluster: without a leader a change that must be checked is refused', async () => {
	harness.lane.leaderView = { ...harness.lane.leaderView, role: 'follower', leader: 0 as Slot };
	assert.deepEqual(refusal(await add(['http://n:1'])), [14, 'etcdserver: unhealthy cluster']);
});

test('grpc: cluster: a learner serves serializable ranges and its status, and nothing else', async () => {
	const key = new TextEncoder().encode('a');
	harness.lane.isLearner = true;
	assert.equal((await harness.kv('Range', RangeRequest, { key, serializable: true })).status, 0);
	assert.equal((await harness.call('/etcdserverpb.Maintenance/Status', new Uint8Array(0))).status, 0);
	const refused = [9, 'etcdserver: rpc not supported for learner'];
	assert.deepEqual(refusal(await harness.kv('Range', RangeRequest, { key })), refused);
	assert.deepEqual(refusal(await harness.call('/etcdserverpb.KV/Put', new Uint8Array(0))), refused);
	assert.deepEqual(refusal(await harness.call('/grpc.health.v1.Health/Check', new Uint8Array(0))), refused);
	assert.deepEqual(refusal(await harness.call('/etcdserverpb.Cluster/MemberList', MemberListRequest.encode({}).finish())), refused);
});
