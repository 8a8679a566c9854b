/** Keep-alive of gRPC connections, in raw frames: pings of a caller that are too many, and of ours that nobody answers (reference/etcd-surface.md 7.9). */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { KeepAlive } from '../../../src/adapters/h2-connection.ts';
import { FloodGuard } from '../../../src/h2/flood-guard.ts';
import { H2ConnectionError } from '../../../src/h2/frames.ts';
import type { RpcMethod } from '../../../src/ports/rpc-engine.ts';
import { eventually } from '../../support/eventually.ts';
import { ACK, block, END_HEADERS, END_STREAM, frame, openRawServer, RawCaller, TYPE } from './h2-raw.ts';

/** Whether a ping after such a pause, with so many calls open, is one too many the third time. */
function isCutOff(minTimeMs: number, pauseMs: number, streams: number): boolean {
	const guard = new FloodGuard(minTimeMs);
	try {
		for (let i = 0; i <= 3; i++) {
			guard.now = 1_000_000_000 + i * pauseMs;
			guard.ping(streams);
		}
		return false;
	} catch (error) {
		assert.ok(error instanceof H2ConnectionError && error.message === 'too_many_pings');
		return true;
	}
}

test('h2 keep-alive: pings closer than the least time are too many, farther ones are not', () => {
	assert.equal(isCutOff(5_000, 4_999, 1), true);
	assert.equal(isCutOff(5_000, 5_000, 1), false);
	assert.equal(isCutOff(20_000, 19_999, 1), true);
	assert.equal(isCutOff(1_000, 1_500, 1), false);
});

test('h2 keep-alive: without an open call there is no reason for a ping but every two hours', () => {
	assert.equal(isCutOff(5_000, 60_000, 0), true);
	assert.equal(isCutOff(5_000, 2 * 3_600_000, 0), false);
});

const WAITS: RpcMethod = { shape: 'unary', handle: () => {} };
const HOUR_MILLISECONDS = 3_600_000;

async function serve(t: TestContext, keepAlive: KeepAlive): Promise<RawCaller> {
	const server = await openRawServer({ '/waits': WAITS }, { keepAlive });
	t.after(() => server.close());
	return RawCaller.open(server.port);
}

test('h2 keep-alive: a caller that pings too often hears too_many_pings, and the connection ends', async (t) => {
	const caller = await serve(t, { minTimeMs: HOUR_MILLISECONDS, intervalMs: 0, timeoutMs: 0 });
	caller.send(frame(TYPE.headers, END_HEADERS | END_STREAM, 1, block('/waits')));
	for (let i = 0; i < 4; i++) {
		caller.send(frame(TYPE.ping, 0, 0, Buffer.alloc(8)));
	}
	assert.equal(await caller.goaway(), '11 too_many_pings');
});

test('h2 keep-alive: a silent connection is sent a ping, and closed if nothing comes', async (t) => {
	const caller = await serve(t, { minTimeMs: 0, intervalMs: 150, timeoutMs: 150 });
	const asked = await caller.heard(({ type, flags }) => type === TYPE.ping && (flags & ACK) === 0);
	assert.equal(asked?.payload.toString(), 'alive?!?');
	assert.equal(await caller.heard(() => false), null);
});

test('h2 keep-alive: a connection whose caller answers is asked again and stays', async (t) => {
	const caller = await serve(t, { minTimeMs: 0, intervalMs: 150, timeoutMs: 60_000 });
	const pings = () => caller.frames.filter(({ type, flags }) => type === TYPE.ping && (flags & ACK) === 0);
	for (let count = 1; count <= 3; count++) {
		await eventually(async () => pings().length >= count, { what: `ping ${count}`, everyMs: 10 });
		caller.send(frame(TYPE.ping, ACK, 0, Buffer.from('alive?!?')));
	}
	assert.equal(caller.socket.closed, false);
});
