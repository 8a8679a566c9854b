/**
 * Callers that are broken or mean, against a real process: bad requests get etcd's words, long keys are keys like others, and connections that
 * are silent, half-open or garbage, on either port, cost a bounded amount of memory while another client is served.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { EMPTY_BYTES } from '../../src/base/bytes.ts';
import { GrpcClient, type Method, RpcError } from '../support/grpc-client.ts';
import { type Member, startMember } from '../support/member.ts';

const CONNECTIONS = 500;
const PUTS_MEANWHILE = 300;
const GROWTH_BYTES_MAX = 64 * 2 ** 20;
const DEADLINE_MS = 5_000;
const GREEDY_KEYS = 80;
const GREEDY_ASKS = 25;
const MEBIBYTE = 2 ** 20;

let member: Member;
before(async () => {
	member = await startMember();
});
after(async () => {
	member.client.close();
	await member.kill();
});

function raw(path: string): Method<Uint8Array, Uint8Array> {
	return { path, encode: (bytes) => bytes, decode: (bytes) => bytes };
}

/** The status and the words with which a request of these bytes is refused. */
async function refusal(path: string, bytes: Uint8Array): Promise<readonly [number, string]> {
	const client = new GrpcClient(member.clientUrl);
	try {
		await client.call(raw(path), bytes, DEADLINE_MS);
	} catch (error) {
		assert.ok(error instanceof RpcError, String(error));
		return [error.grpcStatus, error.message];
	} finally {
		client.close();
	}
	throw new Error(`${path} was not refused`);
}

/** A PutRequest by hand: field 1 is the key, field 2 the value. */
function putRequest(key: Uint8Array, value: Uint8Array): Uint8Array {
	return Buffer.concat([field(1, key), field(2, value)]);
}

function field(number: number, bytes: Uint8Array): Uint8Array {
	const head = [(number << 3) | 2];
	for (let rest = bytes.length; ; rest >>>= 7) {
		head.push(rest > 127 ? (rest & 127) | 128 : rest);
		if (rest <= 127) {
			return Buffer.concat([Buffer.from(head), bytes]);
		}
	}
}

const KEY = Buffer.from('k');
const PUT = '/etcdserverpb.KV/Put';
const BAD_REQUESTS: readonly (readonly [string, string, Uint8Array, number, RegExp])[] = [
	['an empty key', PUT, putRequest(EMPTY_BYTES, KEY), 3, /^etcdserver: key is not provided$/],
	['no bytes at all', PUT, EMPTY_BYTES, 3, /^etcdserver: key is not provided$/],
	['more than --max-request-bytes', PUT, putRequest(KEY, Buffer.alloc(1.75 * MEBIBYTE)), 3, /^etcdserver: request is too large$/],
	[
		'more than a message may have',
		PUT,
		putRequest(KEY, Buffer.alloc(3 * MEBIBYTE)),
		8,
		/^grpc: received message larger than max \(\d+ vs\. 2097152\)$/,
	],
	['bytes that are no request', PUT, Buffer.from([0x0a, 0xff, 0xff]), 13, /^grpc: error unmarshalling request: /],
	['a method that is none', '/etcdserverpb.KV/Nope', EMPTY_BYTES, 12, /^unknown method Nope for service etcdserverpb\.KV$/],
	['a service that is none', '/etcdserverpb.Nope/Put', EMPTY_BYTES, 12, /^unknown service etcdserverpb\.Nope$/],
	['a path that is none', '/', EMPTY_BYTES, 12, /^malformed method name: "\/"$/],
];

for (const [what, path, bytes, status, words] of BAD_REQUESTS) {
	test(`cluster: bad request: ${what} is refused with etcd's status and words`, async () => {
		const [found, message] = await refusal(path, bytes);
		assert.equal(found, status, message);
		assert.match(message, words);
	});
}

for (const length of [511, 512, 1_978, 1_979, 4_096, 65_536, MEBIBYTE]) {
	test(`cluster: long key: one of ${length} bytes is put, read and deleted like any other`, async () => {
		const key = `long/${'x'.repeat(length - 5)}`;
		await member.client.put(key, `${length}`);
		assert.equal(await member.client.get(key), `${length}`);
		assert.equal(await member.client.delete(key), 1);
		assert.equal(await member.client.get(key), null);
	});
}

const BAD_FORMS: readonly (readonly [string, string, number, number])[] = [
	['prevIndex=many', 'value=1', 400, 203],
	['prevExist=perhaps', 'value=1', 400, 209],
	['', 'value=1&ttl=soon', 400, 202],
	['', 'value=%zz', 400, 210],
	['dir=maybe', '', 400, 209],
];

for (const [query, body, status, errorCode] of BAD_FORMS) {
	test(`cluster: bad form: PUT with "${query || body}" is refused with errorCode ${errorCode}`, async () => {
		const headers = { 'content-type': 'application/x-www-form-urlencoded' };
		const response = await fetch(`${member.clientUrl}/v2/keys/form?${query}`, { method: 'PUT', body, headers });
		assert.deepEqual([response.status, ((await response.json()) as { errorCode: number }).errorCode], [status, errorCode]);
	});
}

/** What each hostile connection says; then it stays open, and says no more. */
const WORDS: Readonly<Record<string, Uint8Array>> = {
	nothing: EMPTY_BYTES,
	'half a preface': Buffer.from('PRI * HTTP/2.0\r\n'),
	'a preface': Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
	'a preface and garbage': Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(4_096, 0xa5)]),
	'headers without an end': Buffer.from(`GET /version HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'y'.repeat(8_000)}`),
	'a body that does not come': Buffer.from('PUT /v2/keys/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nvalue='),
	garbage: Buffer.alloc(65_536, 0xa5),
	'a TLS hello': Buffer.from('16030100c8010000c40303', 'hex'),
};

function openHostile(port: number): Promise<Socket[]> {
	const words = Object.values(WORDS);
	return Promise.all(
		Array.from(
			{ length: CONNECTIONS },
			(_, i) =>
				new Promise<Socket>((resolve) => {
					const socket = connect(port, '127.0.0.1', () => {
						socket.write(words[i % words.length] ?? EMPTY_BYTES);
						resolve(socket);
					});
					// Cut off, as may be.
					socket.on('error', () => {});
					socket.resume();
				}),
		),
	);
}

/** Memory that is not mapped files: those are the store's pages, which the system may take back. */
function anonymousBytes(pid: number): number {
	return 1_024 * Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

async function putMany(prefix: string): Promise<void> {
	for (let i = 0; i < PUTS_MEANWHILE; i++) {
		await member.client.put(`${prefix}/${i}`, 'v', DEADLINE_MS);
	}
}

/** Many ranges at once over one connection, whose windows stay as small as they begin. */
function askAndTakeNothing(url: string, ...fields: readonly Uint8Array[]): ClientHttp2Session {
	const session = connectHttp2(url, { settings: { initialWindowSize: 1_000 } });
	session.on('error', () => {});
	const message = Buffer.concat(fields);
	const head = Buffer.from([0, 0, 0, 0, message.length]);
	for (let i = 0; i < GREEDY_ASKS; i++) {
		const stream = session.request({ ':method': 'POST', ':path': '/etcdserverpb.KV/Range', 'content-type': 'application/grpc', te: 'trailers' });
		stream.on('error', () => {});
		stream.end(Buffer.concat([head, message]));
	}
	return session;
}

if (process.platform === 'linux') {
	for (const door of ['clientUrl', 'peerUrl'] as const) {
		test(`cluster: hostile connections: ${CONNECTIONS} at ${door} cost a bounded amount, and another client's puts all succeed`, async () => {
			// What the runtime grows to under this load alone is not theirs.
			await putMany('warm');
			const earlier = anonymousBytes(member.pid);
			const sockets = await openHostile(Number(new URL(member[door]).port));
			await putMany(door);
			const growth = anonymousBytes(member.pid) - earlier;
			const open = sockets.filter((socket) => !socket.closed).length;
			console.log(`figure: ${open} of ${CONNECTIONS} still open, ${Math.round(growth / MEBIBYTE)} MiB more than before`);
			for (const socket of sockets) {
				socket.destroy();
			}
			assert.ok(growth < GROWTH_BYTES_MAX, `${growth} bytes more than before`);
		});
	}
	test('cluster: greedy client: one that asks for much and takes nothing costs no more than an answer or two, and others are served', async () => {
		const value = 'x'.repeat(MEBIBYTE);
		for (let i = 0; i < GREEDY_KEYS; i++) {
			await member.client.put(`greedy/${i}`, value);
		}
		const earlier = anonymousBytes(member.pid);
		const session = askAndTakeNothing(member.clientUrl, field(1, Buffer.from('greedy/')), field(2, Buffer.from('greedy0')));
		await putMany('beside');
		const growth = anonymousBytes(member.pid) - earlier;
		session.destroy();
		await putMany('after');
		console.log(`figure: ${GREEDY_ASKS} answers of ${GREEDY_KEYS} MiB asked for, ${Math.round(growth / MEBIBYTE)} MiB more than before`);
		assert.ok(growth < (GREEDY_ASKS * GREEDY_KEYS * MEBIBYTE) / 4, `${growth} bytes more than before`);
	});
}
