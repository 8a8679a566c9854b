import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { openApiFrontEnd } from '../../../src/adapters/client-front-end.ts';
import { ClientListener } from '../../../src/adapters/client-listener.ts';
import { ConnectionGate } from '../../../src/adapters/connection-gate.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import { etcdserverpb } from '../../../src/rpc/generated/messages.js';
import { FrontEndHarness, MAX_MESSAGE_BYTES, refusal } from '../api/grpc/front-end-harness.ts';
import { MemoryLane } from '../api/grpc/memory-lane.ts';
import { changesOver } from '../api/member-changes-port.ts';
import { closed, framed, openSession, openSocket, request, talk } from './client-raw.ts';

const PUT = '/etcdserverpb.KV/Put';
const ONE_PUT = Buffer.from(etcdserverpb.PutRequest.encode({ key: Buffer.from('k'), value: Buffer.from('v') }).finish());

let harness: FrontEndHarness;

function anyNumber(): ConnectionGate {
	return new ConnectionGate({ endpoint: 'client', connectionsMax: 100, addressConnectionsMax: 100 }, SILENT);
}

before(async () => {
	harness = await FrontEndHarness.open([{ path: '/v2/', handle: (_request, response) => response.end('v2') }]);
});

after(() => harness.close());

async function assertOthersAreServed(): Promise<void> {
	assert.equal((await harness.call(PUT, ONE_PUT)).status, 0);
	assert.equal((await fetch(`${harness.url}/version`)).status, 200);
}

test('client port: HTTP/1.1 and HTTP/2 are served side by side', async () => {
	await assertOthersAreServed();
});

test('client port: routes: version, health, everything below a prefix, and words for the rest', async () => {
	const version = await fetch(`${harness.url}/version`);
	assert.deepEqual(await version.json(), { etcdserver: '3.7.0', etcdcluster: '3.7.0', storage: '3.7.0' });
	assert.equal(await (await fetch(`${harness.url}/health`)).text(), '{"health":"true","reason":""}');
	for (const path of ['/v2', '/v2/', '/v2/keys/a?b=c']) {
		assert.equal(await (await fetch(harness.url + path)).text(), 'v2', path);
	}
	for (const path of ['/', '/v2x', '/version/', '/nothing']) {
		const response = await fetch(harness.url + path);
		assert.deepEqual([response.status, await response.text()], [404, '404 page not found\n'], path);
	}
	const posted = await fetch(`${harness.url}/health`, { method: 'POST', body: 'x' });
	assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET']);
});

test('client port: metrics: memory and CPU of the process, in the format that etcdctl reads', async () => {
	const response = await fetch(`${harness.url}/metrics`);
	assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
	const text = await response.text();
	for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total']) {
		const [, value] = new RegExp(`^# HELP ${name} .*\n# TYPE ${name} (?:gauge|counter)\n${name} ([\\d.]+)$`, 'm').exec(text) ?? [];
		assert.ok(Number(value) > 0, text);
	}
	assert.equal((await fetch(`${harness.url}/metrics`, { method: 'POST', body: 'x' })).status, 405);
});

test('client port: health: no leader, and a read that fails, are told; a serializable look needs neither', async () => {
	const { lane } = harness;
	const before = lane.leaderView;
	lane.leaderView = { ...before, leader: 0 as never };
	const without = await fetch(`${harness.url}/health`);
	assert.deepEqual([without.status, await without.text()], [503, '{"health":"false","reason":"RAFT NO LEADER"}']);
	assert.equal((await fetch(`${harness.url}/health?serializable=true`)).status, 200);
	lane.leaderView = before;
	lane.refusal = 19;
	const failing = await fetch(`${harness.url}/health`);
	lane.refusal = 0;
	assert.deepEqual([failing.status, await failing.text()], [503, '{"health":"false","reason":"RANGE ERROR:etcdserver: request timed out"}']);
});

test('client port: garbage is answered with 400 and closed, and nobody else notices', async () => {
	assert.match(await talk(harness.port, `\x16\x03\x01${'\xff'.repeat(300)}\r\n\r\n`), /^HTTP\/1\.1 400/);
	await assertOthersAreServed();
});

test('client port: a preface followed by garbage ends that connection alone', async () => {
	await talk(harness.port, Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(400_000, 0xfe)]));
	await assertOthersAreServed();
});

test('client port: a request and a closed side still get their answer', async () => {
	assert.match(await talk(harness.port, 'GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', false), /"etcdserver":"3\.7\.0"/);
});

test('client port: a request that comes byte by byte is served', async () => {
	const socket = openSocket(harness.port);
	const answer = new Promise<string>((resolve) => {
		let received = '';
		socket.on('data', (part) => {
			received += part.toString();
		});
		socket.on('close', () => resolve(received));
	});
	for (const letter of 'GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n') {
		await new Promise((resolve) => socket.write(letter, resolve));
	}
	assert.match(await answer, /^HTTP\/1\.1 200/);
});

test('client port: headers beyond 16 KiB are refused', async () => {
	assert.match(await talk(harness.port, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431/);
});

test('grpc engine: the limits are said to the caller', async () => {
	const session = openSession(harness.port);
	await request(session, { ':path': PUT }, framed(ONE_PUT));
	const { maxConcurrentStreams, maxHeaderListSize } = session.remoteSettings;
	session.close();
	assert.deepEqual([maxConcurrentStreams, maxHeaderListSize], [100, 16_384]);
});

test('grpc engine: a request too large is refused in the words of grpc-go, by its length alone', async () => {
	const outcome = await harness.call(PUT, Buffer.alloc(MAX_MESSAGE_BYTES + 1));
	assert.deepEqual(refusal(outcome), [8, `grpc: received message larger than max (${MAX_MESSAGE_BYTES + 1} vs. ${MAX_MESSAGE_BYTES})`]);
	const session = openSession(harness.port);
	const answer = await request(session, { ':path': PUT }, Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), false);
	assert.equal(answer.grpcStatus, '8');
	session.close();
	await assertOthersAreServed();
});

test('grpc engine: bad framing is refused, each in its words', async () => {
	const session = openSession(harness.port);
	const cases = [
		[framed(ONE_PUT, 1), '13', 'grpc: compressed flag set with identity or empty encoding'],
		[framed(ONE_PUT, 9), '13', 'grpc: received unexpected payload format 9'],
		[framed(ONE_PUT).subarray(0, 7), '13', 'unexpected EOF'],
		[Buffer.concat([framed(ONE_PUT), framed(ONE_PUT)]), '13', 'cardinality violation: received multiple request messages for a unary method'],
		[Buffer.alloc(0), '13', 'cardinality violation: received no request message from non-client-streaming RPC'],
	] as const;
	for (const [body, status, message] of cases) {
		const answer = await request(session, { ':path': PUT }, body);
		assert.deepEqual([answer.grpcStatus, answer.message], [status, message]);
	}
	const good = await request(session, { ':path': PUT }, framed(ONE_PUT));
	assert.equal(good.grpcStatus, '0', 'the connection lives on');
	session.close();
});

test('grpc engine: requests that are not gRPC as we speak it are refused before any service sees them', async () => {
	const session = openSession(harness.port);
	const cases = [
		[{ ':path': PUT, 'content-type': 'application/json' }, 415, '3'],
		[{ ':path': PUT, ':method': 'PUT' }, 405, '13'],
		[{ ':path': PUT, 'grpc-encoding': 'gzip' }, 200, '12'],
		[{ ':path': PUT, 'grpc-timeout': 'soon' }, 400, '13'],
		[{ ':path': '//etcdserverpb.KV/Put' }, 200, '12'],
		[{ ':path': '/etcdserverpb.KV/%50ut' }, 200, '12'],
	] as const;
	const proposed = harness.lane.proposed.length;
	for (const [headers, httpStatus, grpcStatus] of cases) {
		const answer = await request(session, headers, framed(ONE_PUT));
		assert.deepEqual([answer.httpStatus, answer.grpcStatus], [httpStatus, grpcStatus], JSON.stringify(headers));
	}
	assert.equal(harness.lane.proposed.length, proposed);
	session.close();
});

test('grpc engine: a message in many frames is one message', async () => {
	const session = openSession(harness.port);
	const value = Buffer.alloc(3_000, 'v');
	const bytes = framed(Buffer.from(etcdserverpb.PutRequest.encode({ key: Buffer.from('big'), value }).finish()));
	const stream = session.request({ ':method': 'POST', ':path': PUT, 'content-type': 'application/grpc', te: 'trailers' });
	const status = new Promise((resolve) => stream.on('trailers', (trailers) => resolve(trailers['grpc-status'])));
	stream.resume();
	for (let at = 0; at < bytes.length; at += 100) {
		await new Promise((resolve) => stream.write(bytes.subarray(at, at + 100), resolve));
	}
	stream.end();
	assert.equal(await status, '0');
	session.close();
});

test('grpc engine: a deadline ends the wait, not the proposal', async () => {
	harness.lane.holds = true;
	const proposed = harness.lane.proposed.length;
	const session = openSession(harness.port);
	const answer = await request(session, { ':path': PUT, 'grpc-timeout': '50m' }, framed(ONE_PUT));
	harness.lane.holds = false;
	assert.deepEqual([answer.grpcStatus, answer.message], ['4', 'context deadline exceeded']);
	assert.equal(harness.lane.proposed.length, proposed + 1);
	session.close();
});

test('grpc engine: callers that break off in the middle harm nobody', async () => {
	for (let i = 0; i < 20; i++) {
		const session = openSession(harness.port);
		const stream = session.request({ ':method': 'POST', ':path': PUT, 'content-type': 'application/grpc', te: 'trailers' });
		stream.on('error', () => {});
		await new Promise((resolve) => stream.write(framed(ONE_PUT).subarray(0, 4), resolve));
		if (i % 2 === 0) {
			stream.close(8);
		}
		session.destroy();
	}
	await assertOthersAreServed();
});

test('grpc engine: pings in a flood end that connection, and say why', async () => {
	const session = openSession(harness.port);
	await new Promise((resolve) => session.once('connect', resolve));
	const reason = new Promise<string>((resolve) => {
		session.on('goaway', (code, _last, data) => resolve(`${code} ${Buffer.from(data ?? []).toString()}`));
	});
	for (let i = 0; i < 100 && !session.destroyed; i++) {
		await new Promise<void>((resolve) => {
			session.ping(() => resolve());
		});
	}
	assert.equal(await reason, '11 too_many_pings');
	session.destroy();
	await assertOthersAreServed();
});

test('client port: a port in use is a fault that names the option, the value and the rule', async () => {
	const taken = createServer();
	await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
	const { port } = taken.address() as { port: number };
	const url = `http://127.0.0.1:${port}`;
	await assert.rejects(
		ClientListener.open({ urls: ['http://127.0.0.1:0', url], reusePort: false, gate: anyNumber() }, () => {}),
		(error) => {
			assert(error instanceof FatalError);
			assert.deepEqual([error.reason, error.message.includes('--listen-client-urls'), error.message.includes(url)], ['listen_failed', true, true]);
			return true;
		},
	);
	taken.close();
});

test('client port: localhost is 127.0.0.1 first', async () => {
	const listener = await ClientListener.open({ urls: ['http://localhost:0'], reusePort: false, gate: anyNumber() }, (socket) => socket.destroy());
	listener.stopAccepting();
	assert.match(listener.urls[0] ?? '', /^http:\/\/127\.0\.0\.1:\d+$/);
});

test('client port: closing answers what is begun and takes nothing new', async () => {
	const other = await FrontEndHarness.open();
	await other.call(PUT, ONE_PUT);
	const begun = other.call(PUT, ONE_PUT);
	const idle = openSocket(other.port);
	await new Promise((resolve) => idle.once('connect', resolve));
	const gone = closed(idle);
	await other.lane.whenProposed(2);
	other.frontEnd.stopAccepting();
	assert.equal((await begun).status, 0);
	await gone;
	await other.close();
	await assert.rejects(fetch(`${other.url}/version`));
});

test('client port: closing does not wait for callers that never end', async () => {
	const lane = new MemoryLane();
	lane.holds = true;
	const options = {
		reusePort: false,
		maxRequestBytes: 1_000,
		maxTxnOps: 1,
		minLeaseTtlSeconds: 2,
		quotaBytes: -1,
		maxConcurrentStreams: 10,
		memberId: '1',
		clusterId: '2',
		lanes: 1,
		access: { hosts: [], ownHosts: [], origins: [] },
		connectionsMax: 100,
		addressConnectionsMax: 100,
	};
	const ports = {
		lane,
		storeSizes: () => ({ fileBytes: 0, usedBytes: 0, roomBytes: null }),
		changes: changesOver(lane),
		account: null,
		snapshots: null,
		logger: SILENT,
		routes: [],
	};
	const frontEnd = await openApiFrontEnd(
		{ listenUrls: ['http://127.0.0.1:0'], listenHttpUrls: [], listenMetricsUrls: [], tls: null, ...options },
		ports,
	);
	const port = Number(new URL(frontEnd.urls[0] ?? '').port);
	const session = openSession(port);
	const never = request(session, { ':path': PUT }, framed(ONE_PUT));
	await lane.whenProposed(1);
	await frontEnd.close();
	assert.equal((await never).grpcStatus, undefined);
	session.destroy();
});
