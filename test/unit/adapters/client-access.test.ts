/** Pages that attack the client port through a browser, as their bytes arrive there: by HTTP/1.1 and by HTTP/2 (reliability.md 6.5, T16 to T18). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { HttpRoute } from '../../../src/api/http/router.ts';
import { etcdserverpb } from '../../../src/rpc/generated/messages.js';
import { FrontEndHarness } from '../api/grpc/front-end-harness.ts';
import { framed, openSession, request, talk } from './client-raw.ts';

const PUT = '/etcdserverpb.KV/Put';
const ONE_PUT = Buffer.from(etcdserverpb.PutRequest.encode({ key: Buffer.from('k'), value: Buffer.from('v') }).finish());

let reached = 0;
const V2: HttpRoute = {
	path: '/v2/',
	handle: (_request, response) => {
		reached += 1;
		response.end('reached');
	},
};

let usual: FrontEndHarness;
let open: FrontEndHarness;

before(async () => {
	usual = await FrontEndHarness.open([V2]);
	open = await FrontEndHarness.open([V2], {
		access: { hosts: ['db.example.com'], ownHosts: [], origins: ['https://app.example.com'] },
	});
});

after(async () => {
	await usual.close();
	await open.close();
});

interface Answer {
	readonly status: number;
	readonly head: string;
	readonly body: string;
}

async function ask(harness: FrontEndHarness, method: string, ...headers: readonly string[]): Promise<Answer> {
	const answer = await talk(harness.port, [`${method} /v2/keys/a HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n'));
	const [head = '', body = ''] = answer.split('\r\n\r\n');
	return { status: Number(head.split(' ')[1]), head, body };
}

test('client access: a rebound name reads nothing and writes nothing', async () => {
	const earlier = reached;
	for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS']) {
		const host = `evil.example:${usual.port}`;
		const { status, body } = await ask(usual, method, `Host: ${host}`, `Origin: http://${host}`, 'Sec-Fetch-Site: same-origin');
		assert.equal(status, 403, method);
		assert.match(body, /--host-whitelist/, method);
	}
	assert.equal(reached, earlier);
});

test('client access: a form of another page writes nothing', async () => {
	const earlier = reached;
	const own = `Host: 127.0.0.1:${usual.port}`;
	const { status, head } = await ask(usual, 'POST', own, 'Origin: http://evil.example', 'Sec-Fetch-Site: cross-site', 'Content-Length: 0');
	assert.equal(status, 403);
	assert.doesNotMatch(head, /access-control/i);
	assert.equal((await ask(usual, 'GET', own, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image')).status, 403);
	assert.equal(reached, earlier);
});

test('client access: a page that asks first is told no', async () => {
	const preflight = ['Origin: http://evil.example', 'Access-Control-Request-Method: PUT'];
	const { status, head } = await ask(usual, 'OPTIONS', `Host: 127.0.0.1:${usual.port}`, ...preflight);
	assert.equal(status, 403);
	assert.doesNotMatch(head, /access-control/i);
});

test("client access: curl, a person and a listed origin are served, the last with etcd's headers", async () => {
	assert.equal((await ask(usual, 'PUT', `Host: localhost:${usual.port}`)).status, 200);
	assert.equal((await ask(usual, 'GET', `Host: localhost:${usual.port}`, 'Sec-Fetch-Site: none')).status, 200);
	const app = ['Host: db.example.com', 'Origin: https://app.example.com', 'Sec-Fetch-Site: cross-site'];
	for (const method of ['PUT', 'OPTIONS']) {
		const { status, head, body } = await ask(open, method, ...app);
		assert.deepEqual([status, body], [200, method === 'PUT' ? 'reached' : ''], method);
		for (const line of [
			'Access-Control-Allow-Methods: POST, GET, OPTIONS, PUT, DELETE',
			'Access-Control-Allow-Origin: https://app.example.com',
			'Access-Control-Allow-Headers: accept, content-type, authorization',
		]) {
			assert.ok(head.includes(line), `${method}: ${head}`);
		}
	}
});

test('client access: with a list, another name is misdirected, as in etcd', async () => {
	assert.equal((await ask(open, 'GET', `Host: 127.0.0.1:${open.port}`)).status, 421);
	assert.equal((await ask(open, 'GET', 'Host: db.example.com:2379')).status, 200);
});

test('client access: two Host headers are no way around', async () => {
	assert.equal((await ask(usual, 'GET', 'Host: evil.example', 'Host: localhost')).status, 403);
});

test('client access: gRPC: a rebound name and a page of another origin are refused before any service sees them', async () => {
	const session = openSession(usual.port);
	const proposed = usual.lane.proposed.length;
	const own = `127.0.0.1:${usual.port}`;
	for (const headers of [
		{ ':authority': `evil.example:${usual.port}` },
		{ ':authority': own, origin: 'http://evil.example' },
		{ ':authority': own, 'sec-fetch-site': 'cross-site' },
		{ ':authority': own, origin: 'null', 'sec-fetch-site': 'same-site' },
	]) {
		const answer = await request(session, { ':path': PUT, ...headers }, framed(ONE_PUT));
		assert.deepEqual([answer.httpStatus, answer.grpcStatus], [403, '7'], JSON.stringify(headers));
	}
	assert.equal(usual.lane.proposed.length, proposed);
	for (const headers of [{ ':authority': own }, { ':authority': 'localhost' }, { ':authority': own, origin: `http://${own}` }]) {
		assert.equal((await request(session, { ':path': PUT, ...headers }, framed(ONE_PUT))).grpcStatus, '0', JSON.stringify(headers));
	}
	session.close();
});
