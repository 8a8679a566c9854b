/** `replaces` and `promotes` of POST /v2/members: one member takes another's place. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { toIndex, toSlot } from '../../../../src/base/brand.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { addMember } from '../../../../src/members/changes.ts';
import type { MemberRecord } from '../../../../src/members/record.ts';
import { list, membershipOf } from '../../../../src/members/table.ts';
import { type FakeLane, fakeLane, type Served, serveV2 } from './fake-lane.ts';

const PEER = 'http://10.0.0.9:2380';
const LEARNER = 'd4';
let lane: FakeLane;
let served: Served;

function voter(slot: number, id: string): MemberRecord {
	return { slot: toSlot(slot), id, name: id, peerUrls: [`http://${id}:1`], clientUrls: [], learner: false };
}

beforeEach(async () => {
	lane = fakeLane([voter(1, 'a1'), voter(2, 'b2'), voter(3, 'c3')]);
	lane.reader.write((view) => addMember(view, { id: LEARNER, peerUrls: ['http://d4:1'], learner: true, learnersMax: 1 }, toIndex(2)));
	served = await serveV2(lane, { maxRequestBytes: 10_000 });
});

afterEach(() => served.close());

async function post(fields: object): Promise<readonly [number, string]> {
	const headers = { 'Content-Type': 'application/json' };
	const answer = await fetch(`${served.url}/v2/members`, { method: 'POST', headers, body: JSON.stringify(fields) });
	return [answer.status, await answer.text()];
}

test('v2: member replacement: the newcomer is answered as it is, and decides with the others', async () => {
	const [status, body] = await post({ peerURLs: [PEER], replaces: 'c3' });
	const id = lane.reader.read(list).at(-1)?.id;
	assert.deepEqual([status, body], [201, `{"id":"${id}","name":"","peerURLs":["${PEER}"],"clientURLs":[]}\n`]);
	const { voters, votersOutgoing } = lane.reader.read(membershipOf);
	assert.deepEqual(
		[voters, votersOutgoing],
		[
			[1, 2, 5],
			[1, 2, 3],
		],
	);
});

test('v2: member replacement: a learner takes the place', async () => {
	assert.equal((await post({ promotes: '0D4', replaces: '00C3' }))[0], 201);
	assert.deepEqual(lane.reader.read(membershipOf).voters, [1, 2, 4]);
});

const REFUSALS = [
	['nobody', { peerURLs: [PEER], replaces: 'ee' }, 404, 'No such member: ee'],
	['a learner', { peerURLs: [PEER], replaces: LEARNER }, 409, 'etcdserver: can only replace a voting member'],
	['a voter by a voter', { promotes: 'b2', replaces: 'c3' }, 409, 'etcdserver: can only promote a learner member'],
	['a voter by nobody', { promotes: 'ee', replaces: 'c3' }, 404, 'No such member: ee'],
	['a voter by one at its own URL', { peerURLs: ['http://c3:1'], replaces: 'c3' }, 409, 'membership: peerURL exists'],
	['what is no id', { peerURLs: [PEER], replaces: 'x-y' }, 400, '"replaces" must be the id of a member, such as "8e9e05c52164694d"'],
	['a number', { peerURLs: [PEER], replaces: 7 }, 400, '"replaces" must be the id of a member, such as "8e9e05c52164694d"'],
	['a voter, without one to come', { replaces: 'c3' }, 400, 'no valid URLs given'],
	['a voter by what is no id', { promotes: 7, replaces: 'c3' }, 400, '"promotes" must be the id of a learner, such as "8e9e05c52164694d"'],
	['nobody at all', { promotes: LEARNER }, 400, '"promotes" goes with "replaces", and without "peerURLs"'],
	['a voter by two', { peerURLs: [PEER], promotes: LEARNER, replaces: 'c3' }, 400, '"promotes" goes with "replaces", and without "peerURLs"'],
] as const;
for (const [what, fields, status, message] of REFUSALS) {
	test(`v2: member replacement: of ${what} is refused with ${status}`, async () => {
		const before = lane.reader.read(membershipOf);
		assert.deepEqual(await post(fields), [status, JSON.stringify({ message })]);
		assert.deepEqual(lane.reader.read(membershipOf), before);
	});
}

test('v2: member replacement: a cluster that could lose its majority by it says why not', async () => {
	lane.inquireProgress = (done) => done([{ slot: toSlot(1), match: toIndex(9), isActive: true }]);
	assert.deepEqual(await post({ peerURLs: [PEER], replaces: 'b2' }), [503, '{"message":"etcdserver: unhealthy cluster"}']);
});

test('v2: member replacement: a time-out is an internal error, not a refusal', async () => {
	lane.refuseWith = CODES.timeout.code;
	assert.deepEqual(await post({ peerURLs: [PEER], replaces: 'c3' }), [500, '{"message":"Internal Server Error"}']);
});

test('v2: member replacement: a member is not replaced by moving it', async () => {
	const headers = { 'Content-Type': 'application/json' };
	const body = JSON.stringify({ peerURLs: [PEER], replaces: 'c3' });
	assert.equal((await fetch(`${served.url}/v2/members/b2`, { method: 'PUT', headers, body })).status, 400);
});
