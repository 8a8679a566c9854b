/** Questions to a peer port of one's own making: what comes from the network is checked before it is believed. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { askMembers, askProgress } from '../../../src/adapters/peer-questions.ts';

const TIMEOUT_MS = 5_000;
const OWN = { clusterId: 'c', selfId: 'a', to: 'b', tls: null };
let server: Server | null = null;

afterEach(() => {
	server?.close();
	server?.closeAllConnections();
});

async function serve(status: number, headers: Record<string, string>, body: string): Promise<string> {
	server = createServer((_request, response) => response.writeHead(status, headers).end(body));
	await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('adapters: peer questions: members come with ids of 64 bits and their slots', async () => {
	const body = '[{"id":18446744073709551615,"peerURLs":["http://b:1"],"name":"b","slot":9},{"id":10,"peerURLs":["http://c:1"],"slot":2}]';
	assert.deepEqual(await askMembers(await serve(200, { 'X-Etcd-Cluster-ID': 'c0ffee' }, body), null, TIMEOUT_MS), {
		clusterId: 'c0ffee',
		members: [
			{ id: 'ffffffffffffffff', slot: 9, name: 'b', peerUrls: ['http://b:1'] },
			{ id: 'a', slot: 2, name: '', peerUrls: ['http://c:1'] },
		],
	});
});

const NONSENSE = 'its answer is not a list of members';
const BAD_LISTS: readonly { readonly what: string; readonly headers: Record<string, string>; readonly body: string }[] = [
	{ what: 'no cluster id', headers: {}, body: '[]' },
	{ what: 'no JSON', headers: { 'X-Etcd-Cluster-ID': 'c' }, body: '<html>' },
	{ what: 'no list', headers: { 'X-Etcd-Cluster-ID': 'c' }, body: '{"id":1}' },
	{ what: 'a row that is null', headers: { 'X-Etcd-Cluster-ID': 'c' }, body: '[null]' },
	{ what: 'no slot', headers: { 'X-Etcd-Cluster-ID': 'c' }, body: '[{"id":1,"peerURLs":[]}]' },
	{ what: 'URLs that are numbers', headers: { 'X-Etcd-Cluster-ID': 'c' }, body: '[{"id":1,"slot":1,"peerURLs":[7]}]' },
];
for (const { what, headers, body } of BAD_LISTS) {
	test(`adapters: peer questions: a list of members with ${what} is no answer`, async () => {
		assert.deepEqual(await askMembers(await serve(200, headers, body), null, TIMEOUT_MS), { reason: NONSENSE });
	});
}

test('adapters: peer questions: a refusal is told with its reason, and nobody there as well', async () => {
	const url = await serve(503, {}, 'this member does not know its cluster yet\n');
	assert.deepEqual(await askMembers(url, null, TIMEOUT_MS), { reason: 'this member does not know its cluster yet' });
	assert.match(JSON.stringify(await askMembers('http://127.0.0.1:1', null, TIMEOUT_MS)), /ECONNREFUSED/);
	assert.equal('reason' in (await askMembers('not a url', null, TIMEOUT_MS)), true);
});

test('adapters: peer questions: progress is a list of rows that make sense, or no answer', async () => {
	const url = await serve(200, {}, '[{"slot":1,"match":5,"isActive":true}]');
	assert.deepEqual(await askProgress(['http://127.0.0.1:1', url], OWN, TIMEOUT_MS), [{ slot: 1, match: 5, isActive: true }]);
	server?.close();
	assert.equal(await askProgress([await serve(200, {}, '[{"slot":1,"match":-5,"isActive":true}]')], OWN, TIMEOUT_MS), null);
});
