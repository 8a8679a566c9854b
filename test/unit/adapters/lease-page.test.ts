/** Questions about leases over the peer port, whole and broken. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { parseQuestion } from '../../../src/adapters/lease-page.ts';
import { askLeases } from '../../../src/adapters/lease-questions.ts';
import { KeptConnections } from '../../../src/adapters/peer-http-client.ts';
import { CODES } from '../../../src/base/codes.ts';
import { LEASE_QUESTION_MAX } from '../../../src/base/limits.ts';
import { CLUSTER_ID, introduce, TestCluster } from './peer-harness.ts';

const TIMEOUT_MS = 5_000;
const OWN = { clusterId: CLUSTER_ID, selfId: 'abc2', to: 'abc1', tls: null };
const IDS = [1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)];
let cluster = new TestCluster();
let connections = new KeptConnections();
let server: Server | null = null;

afterEach(async () => {
	connections.close();
	connections = new KeptConnections();
	await cluster.close();
	cluster = new TestCluster();
	server?.close();
	server?.closeAllConnections();
	server = null;
});

async function serve(body: string): Promise<string> {
	server = createServer((_request, response) => response.end(body));
	await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("adapters: lease page: a member's question reaches the lessor with its ids whole, and the answer comes back", async () => {
	const [one] = [await cluster.open(1), await cluster.open(2)];
	introduce(...cluster.members);
	const answer = await askLeases(connections, ['http://127.0.0.1:1', one.url], OWN, { ids: IDS, renew: true }, TIMEOUT_MS);
	assert.deepEqual(answer, { code: 0, remaining: IDS.map(() => 3), granted: IDS.map(() => 9) });
	assert.deepEqual(one.leaseQuestions, [{ ids: IDS, renew: true }]);
});

test('adapters: lease page: many questions go over few connections', async () => {
	const url = await serve('{"code":0,"remaining":[1],"granted":[2]}');
	let opened = 0;
	server?.on('connection', () => {
		opened += 1;
	});
	for (let id = 1n; id <= 50n; id++) {
		assert.equal((await askLeases(connections, [url], OWN, { ids: [id], renew: true }, TIMEOUT_MS))?.code, 0);
	}
	assert.ok(opened <= 2, `${opened} connections`);
});

test('adapters: lease page: a stranger gets no answer', async () => {
	const one = await cluster.open(1);
	introduce(...cluster.members);
	assert.equal(await askLeases(connections, [one.url], { ...OWN, clusterId: 'bad' }, { ids: [1n], renew: false }, TIMEOUT_MS), null);
	assert.deepEqual(one.leaseQuestions, []);
});

test('adapters: lease page: a body that is no question, or too large, is refused', async () => {
	const one = await cluster.open(1);
	await cluster.open(2);
	introduce(...cluster.members);
	const headers = { 'X-Etcd-Cluster-ID': CLUSTER_ID, 'X-Server-From': 'abc2', 'X-Raft-To': 'abc1' };
	for (const body of ['', 'x', '[]', '{"renew":1,"ids":["1"]}', `{"renew":true,"ids":["${'1'.repeat(100_000)}"]}`]) {
		const answer = await fetch(`${one.url}/raft/leases`, { method: 'POST', headers, body }).catch(() => null);
		assert.ok(answer === null || answer.status === 400, `${body.slice(0, 40)}: ${answer?.status}`);
	}
	assert.deepEqual(one.leaseQuestions, []);
});

test('adapters: lease page: ids are int64 as text, some and not too many', () => {
	const question = (ids: unknown) => parseQuestion(JSON.stringify({ renew: true, ids }));
	assert.deepEqual(question(['-9223372036854775808', '7'])?.ids, [-(2n ** 63n), 7n]);
	for (const ids of [
		[],
		['9223372036854775808'],
		['-9223372036854775809'],
		[7],
		['0x7'],
		[''],
		'x',
		Array.from({ length: LEASE_QUESTION_MAX + 1 }, () => '1'),
	]) {
		assert.equal(question(ids), null, String(ids).slice(0, 40));
	}
});

test('adapters: lease page: an answer has a row a lease, of seconds, and a code that is known', async () => {
	const question = { ids: [1n], renew: false };
	for (const [body, expected] of [
		['{"code":0,"remaining":[1],"granted":[2]}', { code: 0, remaining: [1], granted: [2] }],
		[`{"code":${CODES.not_leader.code},"remaining":[],"granted":[]}`, { code: CODES.not_leader.code, remaining: [], granted: [] }],
		['{"code":0,"remaining":[],"granted":[]}', null],
		['{"code":0,"remaining":[-1],"granted":[2]}', null],
		['{"code":0,"remaining":[1],"granted":["2"]}', null],
		['{"code":9999,"remaining":[],"granted":[]}', null],
		['null', null],
		['<html>', null],
	] as const) {
		assert.deepEqual(await askLeases(connections, [await serve(body)], OWN, question, TIMEOUT_MS), expected, body);
		server?.close();
	}
});
