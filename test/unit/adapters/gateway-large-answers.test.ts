/**
 * Large answers of the JSON gateway count for the address that asked for them, together with those of gRPC: one that takes nothing of an answer is made no other, on
 * whatever connection it asks, until it has gone or was cut off for that (reliability.md 6.5, T10).
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { LARGE_ANSWERS_ADDRESS_BYTES_MAX } from '../../../src/base/limits.ts';
import { executePut } from '../../../src/mvcc/execute.ts';
import { LATEST } from '../../../src/mvcc/latest-tree.ts';
import { readStoreState, writeStoreState } from '../../../src/mvcc/store-state.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { FrontEndHarness } from '../api/grpc/front-end-harness.ts';
import { closed, openSocket } from './client-raw.ts';

const VALUE_BYTES = 2 ** 20;
/** Of one answer there is room for an address, and no more. */
const KEYS = LARGE_ANSWERS_ADDRESS_BYTES_MAX / VALUE_BYTES;
const ALL = { key: Buffer.from('k'), range_end: Buffer.from('l') };
const JSON_OF_ALL = JSON.stringify({ key: ALL.key.toString('base64'), range_end: ALL.range_end.toString('base64') });
const HEAD_BYTES = 1_024;
/** Bounds a test that fails. */
const PATIENCE_MS = 60_000;

let harness: FrontEndHarness;

before(async () => {
	harness = await FrontEndHarness.open();
	for (let i = 0; i < KEYS; i++) {
		const operation = { key: Buffer.from(`k${i}`), value: Buffer.alloc(VALUE_BYTES, 'v'), lease: 0n };
		harness.lane.reader.write((view) => {
			const state = readStoreState(view);
			executePut({ view, state, latest: LATEST }, { kind: 'put', ...operation, prevKv: false, ignoreValue: false, ignoreLease: false });
			writeStoreState(view, state);
		});
	}
});
after(() => harness.close());

interface Hog {
	readonly socket: Socket;
	readonly bytes: () => number;
}

const POST = ['POST /v3/kv/range HTTP/1.1', 'Host: localhost', 'Connection: close', `Content-Length: ${JSON_OF_ALL.length}`, '', JSON_OF_ALL];
const UPGRADE = ['GET /v3/kv/range HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
const ASKS = {
	'by HTTP': Buffer.from(POST.join('\r\n')),
	'by WebSocket': Buffer.concat([
		Buffer.from([...UPGRADE, `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`, '', ''].join('\r\n')),
		// One text message, masked by zeros.
		Buffer.from([0x81, 0x80 + JSON_OF_ALL.length, 0, 0, 0, 0]),
		Buffer.from(JSON_OF_ALL),
	]),
};

/** Asks for everything, and takes no more of it than that it has begun. */
async function openHog(way: keyof typeof ASKS): Promise<Hog> {
	const socket = openSocket(harness.port);
	let bytes = 0;
	socket.on('data', (part) => {
		bytes += part.length;
	});
	socket.write(ASKS[way]);
	while (bytes < HEAD_BYTES) {
		await once(socket, 'data');
	}
	socket.pause();
	return { socket, bytes: () => bytes };
}

async function keysByJson(): Promise<number> {
	const response = await fetch(`${harness.url}/v3/kv/range`, { method: 'POST', body: JSON_OF_ALL, signal: AbortSignal.timeout(PATIENCE_MS) });
	const { kvs } = (await response.json()) as { readonly kvs: readonly unknown[] };
	return kvs.length;
}

async function keysByGrpc(): Promise<number> {
	const { response } = await harness.kv('Range', pb.RangeRequest, ALL);
	return pb.RangeResponse.decode(response).kvs.length;
}

for (const [hog, other, keys] of [
	['by HTTP', 'by HTTP', keysByJson],
	['by HTTP', 'by gRPC', keysByGrpc],
	['by WebSocket', 'by HTTP', keysByJson],
] as const) {
	test(`gateway: large answers: who takes nothing of one ${hog} is cut off before his address is made another one ${other}`, async () => {
		const { socket, bytes } = await openHog(hog);
		assert.equal(await keys(), KEYS);
		// Had it not been cut off by then, all of it would come now.
		const end = closed(socket);
		socket.resume();
		await end;
		assert.ok(bytes() < LARGE_ANSWERS_ADDRESS_BYTES_MAX, `${bytes()} bytes`);
	});
}

test('gateway: large answers: one whose caller leaves makes room', async () => {
	const { socket } = await openHog('by HTTP');
	socket.destroy();
	assert.equal(await keysByJson(), KEYS);
});

test('gateway: large answers: one that is taken makes room', async () => {
	const { socket, bytes } = await openHog('by HTTP');
	const end = closed(socket);
	socket.resume();
	await end;
	assert.ok(bytes() > LARGE_ANSWERS_ADDRESS_BYTES_MAX, `${bytes()} bytes`);
	assert.equal(await keysByJson(), KEYS);
});
