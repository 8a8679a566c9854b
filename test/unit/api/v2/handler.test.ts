/** The v2 front end over real HTTP with a lane that needs no raft: redirects, refusals, bounds, members. Answers of keys: against-etcd.test.ts. */
import assert from 'node:assert/strict';
import { request as send } from 'node:http';
import { after, before, test } from 'node:test';
import { NOBODY, toSlot, toTerm } from '../../../../src/base/brand.ts';
import { CODES } from '../../../../src/base/codes.ts';
import type { MemberRecord } from '../../../../src/members/record.ts';
import { type FakeLane, fakeLane, type Served, serveV2 } from './fake-lane.ts';

const SELF = toSlot(1);
const OTHER = toSlot(2);
const UNPUBLISHED = toSlot(3);
const MEMBERS: readonly MemberRecord[] = [
	{ slot: SELF, id: 'b', name: 'one', peerUrls: ['http://peer:1'], clientUrls: ['http://one:2379', 'http://also-one:2379'], learner: false },
	{ slot: OTHER, id: 'a1', name: 'two', peerUrls: ['http://peer:2'], clientUrls: ['http://two:2379'], learner: false },
	{ slot: UNPUBLISHED, id: 'a', name: '', peerUrls: ['http://peer:3'], clientUrls: [], learner: false },
];

let lane: FakeLane;
let served: Served;

before(async () => {
	lane = fakeLane(MEMBERS);
	served = await serveV2(lane, { maxRequestBytes: 10_000 });
});
after(() => served.close());

function led(by: typeof NOBODY): void {
	lane.leaderView = { role: by === SELF ? 'leader' : 'follower', term: toTerm(2), leader: by };
}

function ask(method: string, target: string, form?: string): Promise<Response> {
	const body = form === undefined ? {} : { body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
	return fetch(served.url + target, { method, redirect: 'manual', ...body });
}

test('v2: handler: a write on a follower goes to the leader with 307, path and raw query kept', async () => {
	led(OTHER);
	const answer = await ask('PUT', '/v2/keys/a%20b?prevExist=false&x=%2F', 'value=1');
	assert.equal(answer.status, 307);
	assert.equal(answer.headers.get('location'), 'http://two:2379/v2/keys/a%20b?prevExist=false&x=%2F');
});

test('v2: handler: a follower serves a plain read itself and sends a quorum read to the leader', async () => {
	led(SELF);
	await ask('PUT', '/v2/keys/here', 'value=1');
	led(OTHER);
	assert.equal((await ask('GET', '/v2/keys/here')).status, 200);
	const quorum = await ask('GET', '/v2/keys/here?quorum=true');
	assert.equal(quorum.headers.get('location'), 'http://two:2379/v2/keys/here?quorum=true');
});

for (const [title, leader] of [
	['no leader is known', NOBODY],
	['the leader has not published its URL', UNPUBLISHED],
] as const) {
	test(`v2: handler: while ${title}, a write is an error and not a guess`, async () => {
		led(leader);
		const answer = await ask('PUT', '/v2/keys/a', 'value=1');
		assert.equal(answer.status, 500);
		assert.deepEqual(await answer.json(), { errorCode: 300, message: 'Raft Internal Error', cause: 'etcdserver: no leader', index: 0 });
	});
}

test('v2: handler: a proposal whose time is over is errorCode 300 with its cause', async () => {
	led(SELF);
	lane.refuseWith = CODES.timeout.code;
	const answers = await Promise.all([ask('PUT', '/v2/keys/a', 'value=1'), ask('GET', '/v2/keys/a?quorum=true')]);
	lane.refuseWith = 0;
	for (const answer of answers) {
		assert.equal(answer.status, 500);
		assert.match(await answer.text(), /"errorCode":300,.*"cause":"etcdserver: request timed out"/);
	}
});

test('v2: handler: quorum=true makes etcd forget wait=true, so that it is a read', async () => {
	led(SELF);
	assert.equal((await ask('GET', '/v2/keys/nothing?wait=true&quorum=true')).status, 404);
});

test('v2: handler: a value beyond the size of a request is refused, one up to it is written', async () => {
	led(SELF);
	const refused = await ask('PUT', '/v2/keys/big', `value=${'x'.repeat(10_000)}`);
	assert.equal(refused.status, 400);
	assert.match(await refused.text(), /"errorCode":210,.*"cause":"etcdserver: request is too large"/);
	assert.equal((await ask('PUT', '/v2/keys/big', `value=${'%78'.repeat(9_000)}`)).status, 201, 'escapes do not count');
});

test('v2: handler: a body without end is answered before its end', async () => {
	led(SELF);
	const headers = { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' };
	const endless = send(`${served.url}/v2/keys/endless`, { method: 'PUT', headers });
	const chunk = Buffer.alloc(16_384, 'v');
	const pump = (): void => {
		while (!endless.destroyed && endless.write(chunk)) {}
	};
	endless.on('drain', pump);
	pump();
	const status = await new Promise((resolve, reject) => {
		endless.on('response', (response) => resolve(response.statusCode));
		endless.on('error', reject);
	});
	endless.destroy();
	assert.equal(status, 400);
});

test('v2: handler: a name beyond what the engine takes as a key is a key like any other', async () => {
	led(SELF);
	const name = 'n'.repeat(6_000);
	assert.equal((await ask('PUT', `/v2/keys/long/${name}`, 'value=1')).status, 201);
	const listed = (await (await ask('GET', '/v2/keys/long')).json()) as { node: { nodes: { key: string }[] } };
	assert.deepEqual(
		listed.node.nodes.map((node) => node.key),
		[`/long/${name}`],
	);
});

test('v2: handler: a malformed escape in the path is answered in text before anything else', async () => {
	const answer = await ask('GET', '/v2/keys/a%zz');
	assert.equal(answer.status, 400);
	assert.equal(await answer.text(), '400 Bad Request');
});

test('v2: handler: machines are the client URLs, sorted', async () => {
	assert.equal(await (await ask('GET', '/v2/machines')).text(), 'http://also-one:2379, http://one:2379, http://two:2379');
	const refused = await ask('POST', '/v2/machines');
	assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET,HEAD']);
});

test('v2: handler: members are listed in the order of their ids as numbers', async () => {
	const answer = await ask('GET', '/v2/members');
	assert.equal(answer.headers.get('x-etcd-cluster-id'), 'cdf818194e3a8c32');
	const { members } = (await answer.json()) as { members: { id: string }[] };
	assert.deepEqual(members[0], { id: 'a', name: '', peerURLs: ['http://peer:3'], clientURLs: [] });
	assert.deepEqual(
		members.map((member) => member.id),
		['a', 'b', 'a1'],
	);
});

test('v2: handler: the leader is one member, and 503 while there is none', async () => {
	led(OTHER);
	assert.equal(((await (await ask('GET', '/v2/members/leader')).json()) as { name: string }).name, 'two');
	led(NOBODY);
	const none = await ask('GET', '/v2/members/leader');
	assert.deepEqual([none.status, await none.text()], [503, '{"message":"During election"}']);
});

test('v2: handler: paths that nobody serves and methods that a path has not', async () => {
	for (const [method, target, status] of [
		['PUT', '/v2/members', 405],
		['GET', '/v2/members/a', 404],
		['GET', '/v2/nothing', 404],
		['GET', '/v2/keysandmore', 404],
	] as const) {
		assert.equal((await ask(method, target)).status, status, `${method} ${target}`);
	}
});
