/** Changes of membership over HTTP: etcd's statuses and bodies, member by member. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { CODES } from '../../../../src/base/codes.ts';
import { list } from '../../../../src/members/table.ts';
import { type FakeLane, fakeLane, type Served, serveV2 } from './fake-lane.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const PEER = 'http://10.0.0.9:2380';
const ALONE = '8e9e05c52164694d';
let lane: FakeLane;
let served: Served;

beforeEach(async () => {
	lane = fakeLane();
	served = await serveV2(lane, { maxRequestBytes: 10_000 });
});

afterEach(() => served.close());

async function ask(method: string, path: string, body = '', headers: Record<string, string> = JSON_TYPE): Promise<readonly [number, string]> {
	const answer = await fetch(`${served.url}/v2/members${path}`, { method, headers, ...(body === '' ? {} : { body }) });
	return [answer.status, await answer.text()];
}

const urls = (...peerURLs: readonly string[]): string => JSON.stringify({ peerURLs });

test('v2: members: an added member is answered as it is', async () => {
	const [status, body] = await ask('POST', '', urls(PEER));
	const id = lane.reader.read(list).at(-1)?.id;
	assert.deepEqual([status, body], [201, `{"id":"${id}","name":"","peerURLs":["${PEER}"],"clientURLs":[]}\n`]);
});

test('v2: members: a member is moved and removed without a word', async () => {
	assert.deepEqual(await ask('PUT', `/${ALONE}`, urls(PEER)), [204, '']);
	await ask('POST', '', urls('http://10.0.0.8:2380'));
	const id = lane.reader.read(list).at(-1)?.id;
	assert.deepEqual(await ask('DELETE', `/${id}`), [204, '']);
	assert.deepEqual(
		lane.reader.read(list).map(({ peerUrls }) => peerUrls),
		[[PEER]],
	);
});

test('v2: members: a removed id is gone for good', async () => {
	await ask('POST', '', urls(PEER));
	const id = lane.reader.read(list).at(-1)?.id ?? '';
	await ask('DELETE', `/${id}`);
	const gone = [410, `{"message":"Member permanently removed: ${id}"}`];
	assert.deepEqual(await ask('DELETE', `/${id}`), gone);
	assert.deepEqual(await ask('PUT', `/${id}`, urls('http://10.0.0.8:1')), gone);
});

const REFUSALS: readonly { readonly what: string; readonly asked: Parameters<typeof ask>; readonly answer: readonly [number, string] }[] = [
	{ what: 'a peer URL twice', asked: ['POST', '', urls('http://127.0.0.1:2380')], answer: [409, '{"message":"membership: peerURL exists"}'] },
	{ what: 'an unknown id to remove', asked: ['DELETE', '/abc'], answer: [404, '{"message":"No such member: abc"}'] },
	{ what: 'an id with zeros before it', asked: ['DELETE', '/0ABC'], answer: [404, '{"message":"No such member: abc"}'] },
	{ what: 'an id that is none', asked: ['DELETE', '/x-y'], answer: [404, '{"message":"No such member: x-y"}'] },
	{ what: 'an unknown id to move', asked: ['PUT', '/abc', urls(PEER)], answer: [404, '{"message":"No such member: abc"}'] },
	{
		what: 'another content type',
		asked: ['POST', '', urls(PEER), { 'Content-Type': 'text/html; charset=utf-8' }],
		answer: [415, '{"message":"Bad Content-Type text/html, accept application/json"}'],
	},
	{ what: 'no URL', asked: ['POST', '', '{}'], answer: [400, '{"message":"no valid URLs given"}'] },
	{
		what: 'a URL with a path',
		asked: ['POST', '', urls('http://a:1/b')],
		answer: [400, '{"message":"URL must not contain a path: http://a:1/b"}'],
	},
	{
		what: 'a URL without a port',
		asked: ['POST', '', urls('http://a')],
		answer: [400, '{"message":"URL address does not have the form \\"host:port\\": http://a"}'],
	},
	{
		what: 'a scheme that no peer speaks',
		asked: ['POST', '', urls('ftp://a:1')],
		answer: [400, '{"message":"URL scheme must be http, https, unix, or unixs: ftp://a:1"}'],
	},
	{ what: 'the removal of the last member', asked: ['DELETE', `/${ALONE}`], answer: [500, '{"message":"Internal Server Error"}'] },
];

for (const { what, asked, answer } of REFUSALS) {
	test(`v2: members: ${what} is refused with ${answer[0]}`, async () => {
		assert.deepEqual(await ask(...asked), answer);
		assert.equal(lane.reader.read(list).length, 1);
	});
}

test('v2: members: a body that is no JSON is refused with 400', async () => {
	assert.equal((await ask('POST', '', 'peerURLs=x'))[0], 400);
});

test('v2: members: a time-out is an internal error, not a refusal', async () => {
	lane.refuseWith = CODES.timeout.code;
	assert.deepEqual(await ask('POST', '', urls(PEER)), [500, '{"message":"Internal Server Error"}']);
});
