/** The peer port as strangers meet it: refusals, garbage, silence, and the pages for tools. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { CHANNEL } from '../../../src/protocol/messages.ts';
import { encodeFrame, PEER_FRAME_BODY_BYTES_MAX } from '../../../src/protocol/peer-frame.ts';
import { addressOf, CLUSTER_ID, introduce, TestCluster, type TestMember, text } from './peer-harness.ts';

const LIMIT = { timeout: 30_000 };
const SOUND = { 'X-Etcd-Cluster-ID': CLUSTER_ID, 'X-Server-From': 'abc2', 'X-Raft-To': 'abc1' };
const GUEST = { ...SOUND, 'X-Server-From': 'abc7', 'X-Quorate-Slot': '7', 'X-PeerURLs': 'http://127.0.0.1:1' };
let cluster = new TestCluster();

afterEach(async () => {
	await cluster.close();
	cluster = new TestCluster();
});

interface Answer {
	readonly status: number | undefined;
	readonly body: string;
	readonly clusterId: string | string[] | undefined;
}

function ask(url: string, method: string, headers: Record<string, string> = {}): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const asked = request(url, { method, headers, agent: false }, (response) => {
			let body = '';
			response.on('data', (chunk) => {
				body += chunk;
			});
			response.on('end', () => resolve({ status: response.statusCode, body, clusterId: response.headers['x-etcd-cluster-id'] }));
		});
		asked.on('upgrade', (response, socket) => {
			socket.destroy();
			resolve({ status: response.statusCode, body: '', clusterId: response.headers['x-etcd-cluster-id'] });
		});
		asked.on('error', reject);
		asked.end();
	});
}

function askStream(member: TestMember, headers: Record<string, string>): Promise<Answer> {
	return ask(`${member.url}/raft/stream/control`, 'GET', { Connection: 'Upgrade', Upgrade: 'quorate-raft/1', ...headers });
}

/** A connection of bytes; closed resolves with everything that came back. */
function dial(url: string): { readonly socket: Socket; readonly closed: Promise<string> } {
	const socket = connect(Number(new URL(url).port), '127.0.0.1');
	let came = '';
	socket.on('error', () => {});
	socket.on('data', (chunk) => {
		came += chunk.toString('latin1');
	});
	return { socket, closed: new Promise((resolve) => socket.on('close', () => resolve(came))) };
}

function upgradeRequest(headers: Record<string, string>): string {
	const lines = Object.entries({ Host: 'a', Connection: 'Upgrade', Upgrade: 'quorate-raft/1', ...headers });
	return `GET /raft/stream/control HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

async function openPair(timing = {}): Promise<readonly [TestMember, TestMember]> {
	const pair = [await cluster.open(1, timing), await cluster.open(2, timing)] as const;
	introduce(...pair);
	return pair;
}

/** Fails the test's time limit when the pair no longer works. */
async function assertStillTalking([a, b]: readonly [TestMember, TestMember]): Promise<void> {
	b.network.links.send(a.slot, CHANNEL.bulk, false, Buffer.from('still here'));
	b.network.links.flush();
	await a.received.until((values) => values.some(({ bytes }) => text(bytes) === 'still here'));
}

const REFUSALS = [
	{ why: 'another cluster', headers: { ...SOUND, 'X-Etcd-Cluster-ID': 'bad' }, status: 412 },
	{ why: 'no cluster', headers: { 'X-Server-From': 'abc2', 'X-Raft-To': 'abc1' }, status: 412 },
	{ why: 'another target', headers: { ...SOUND, 'X-Raft-To': 'abc7' }, status: 412 },
	{ why: 'a stranger', headers: { ...SOUND, 'X-Server-From': 'abc7' }, status: 403 },
	{ why: 'oneself', headers: { ...SOUND, 'X-Server-From': 'abc1' }, status: 403 },
	{ why: 'a stranger at the slot of a member', headers: { ...GUEST, 'X-Quorate-Slot': '2' }, status: 403 },
	{ why: 'a stranger at our own slot', headers: { ...GUEST, 'X-Quorate-Slot': '1' }, status: 403 },
	{ why: 'a stranger without a place', headers: { ...GUEST, 'X-Quorate-Slot': '0' }, status: 403 },
	{ why: 'a stranger whose URL is none', headers: { ...GUEST, 'X-PeerURLs': 'nowhere' }, status: 403 },
	{ why: 'another protocol', headers: { ...SOUND, Upgrade: 'websocket' }, status: 400 },
];
for (const { why, headers, status } of REFUSALS) {
	test(`adapters: peer server: a stream of ${why} is refused with ${status}`, LIMIT, async () => {
		const [a] = await openPair();
		const answer = await askStream(a, headers);
		assert.equal(answer.status, status);
		assert.match(answer.body, /^[^\n]+\n$/);
	});
}

test('adapters: peer server: a member is let in and told who answers', LIMIT, async () => {
	const [a] = await openPair();
	assert.deepEqual(await askStream(a, SOUND), { status: 101, body: '', clusterId: CLUSTER_ID });
});

test('adapters: peer server: peers are refused with 503 before the members are known', LIMIT, async () => {
	const a = await cluster.open(1);
	assert.equal((await askStream(a, SOUND)).status, 503);
});

test('adapters: peer server: a member that was removed is told so', LIMIT, async () => {
	const [a] = await openPair();
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a)], ['abc2']);
	assert.equal((await askStream(a, SOUND)).status, 410);
});

test('adapters: peer server: tools can ask for the version and the members', LIMIT, async () => {
	const a = await cluster.open(1);
	const members = [
		addressOf(a, 'http://a:1'),
		{ slot: 9 as TestMember['slot'], id: 'ffffffffffffffff', urls: ['http://b:1', 'http://b:2'], name: 'b' },
	];
	a.network.links.setMembers(CLUSTER_ID, members, []);
	assert.deepEqual(await ask(`${a.url}/version`, 'GET'), {
		status: 200,
		body: '{"etcdserver":"3.7.1","etcdcluster":"3.7.0"}\n',
		clusterId: CLUSTER_ID,
	});
	const rows = [
		'{"id":43969,"peerURLs":["http://a:1"],"slot":1}',
		'{"id":18446744073709551615,"peerURLs":["http://b:1","http://b:2"],"name":"b","slot":9}',
	];
	const list = `[${rows.join(',')}]\n`;
	assert.equal((await ask(`${a.url}/members`, 'GET')).body, list.replace('43969', String(0xabc1)));
});

test('adapters: peer server: a member is told how far everybody is, a stranger is not', LIMIT, async () => {
	const [a] = await openPair();
	const told = await ask(`${a.url}/raft/progress`, 'GET', SOUND);
	assert.deepEqual([told.status, JSON.parse(told.body)], [200, [{ slot: 1, match: 5, isActive: true }]]);
	assert.equal((await ask(`${a.url}/raft/progress`, 'GET', { ...SOUND, 'X-Server-From': 'abc7' })).status, 403);
});

test('adapters: peer server: a member may ask for the leadership to be handed over, a stranger may not', LIMIT, async () => {
	const [a] = await openPair();
	assert.equal((await ask(`${a.url}/raft/transfer`, 'POST', SOUND)).status, 200);
	await a.transfers.untilCount(1);
	assert.deepEqual(a.transfers.values, [2]);
	assert.equal((await ask(`${a.url}/raft/transfer`, 'POST', { ...SOUND, 'X-Server-From': 'abc7' })).status, 403);
	assert.equal((await ask(`${a.url}/raft/transfer`, 'GET', SOUND)).status, 404);
});

test('adapters: peer server: any other path is not found', LIMIT, async () => {
	const [a] = await openPair();
	for (const [method, path] of [
		['GET', '/'],
		['GET', '/v2/keys/a'],
		['POST', '/version'],
		['GET', '/raft/snapshot'],
	] as const) {
		assert.equal((await ask(a.url + path, method)).status, 404, path);
	}
});

test('adapters: peer server: garbage closes its connection and no other', LIMIT, async () => {
	const pair = await openPair();
	const { socket, closed } = dial(pair[0].url);
	socket.write(Buffer.alloc(20_000, 0xff));
	await closed;
	await assertStillTalking(pair);
});

test('adapters: peer server: headers without an end are cut off', LIMIT, async () => {
	const pair = await openPair();
	const { socket, closed } = dial(pair[0].url);
	socket.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(64 * 1024)}`);
	await closed;
	await assertStillTalking(pair);
});

test('adapters: peer server: a connection that says nothing is closed', LIMIT, async () => {
	const pair = await openPair({ headersMilliseconds: 100 });
	await dial(pair[0].url).closed;
	await assertStillTalking(pair);
});

test('adapters: peer server: a request that never ends its headers is closed', LIMIT, async () => {
	const pair = await openPair({ headersMilliseconds: 100 });
	const { socket, closed } = dial(pair[0].url);
	socket.write('GET /version HTTP/1.1\r\nHost: a\r\n');
	await closed;
	await assertStillTalking(pair);
});

test('adapters: peer server: a member that goes silent behind its stream is closed', LIMIT, async () => {
	const a = await cluster.open(1, { silentChecksMax: 3, checkMilliseconds: 20 });
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a), { slot: 2 as TestMember['slot'], id: 'abc2', urls: ['http://127.0.0.1:1'], name: '' }], []);
	const { socket, closed } = dial(a.url);
	socket.write(upgradeRequest(SOUND));
	assert.match(await closed, /^HTTP\/1\.1 101 /);
});

test('adapters: peer server: a frame above the cap closes its connection and nothing of it is heard', LIMIT, async () => {
	const pair = await openPair();
	const { socket, closed } = dial(pair[0].url);
	const frame = encodeFrame(Buffer.from('too long'), crc32);
	new DataView(frame.buffer).setUint32(0, PEER_FRAME_BODY_BYTES_MAX + 1);
	socket.write(upgradeRequest(SOUND));
	socket.write(frame);
	await closed;
	await assertStillTalking(pair);
	assert.deepEqual(
		pair[0].received.values.map(({ bytes }) => text(bytes)),
		['still here'],
	);
	assert.ok(pair[0].lines.values.includes('closed a connection of a peer'));
});

test('adapters: peer server: a frame with a wrong checksum closes its connection, what came before is heard', LIMIT, async () => {
	const pair = await openPair();
	const { socket, closed } = dial(pair[0].url);
	const bad = encodeFrame(Buffer.from('bad'), crc32);
	bad[bad.length - 1] = 0;
	socket.write(Buffer.concat([Buffer.from(upgradeRequest(SOUND)), encodeFrame(Buffer.from('good'), crc32)]));
	await pair[0].received.untilCount(1);
	socket.write(bad);
	await closed;
	await assertStillTalking(pair);
	assert.deepEqual(
		pair[0].received.values.map(({ bytes }) => text(bytes)),
		['good', 'still here'],
	);
});

test('adapters: peer server: a newer stream of a member takes the place of the older', LIMIT, async () => {
	const [a] = await openPair();
	const older = dial(a.url);
	older.socket.write(upgradeRequest(SOUND));
	const newer = dial(a.url);
	await new Promise<void>((resolve) => older.socket.once('data', () => resolve()));
	newer.socket.write(upgradeRequest(SOUND));
	newer.socket.write(encodeFrame(Buffer.from('newer'), crc32));
	await older.closed;
	await a.received.untilCount(1);
	newer.socket.destroy();
	assert.equal(text(a.received.values[0]?.bytes ?? new Uint8Array()), 'newer');
});
