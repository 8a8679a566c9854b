import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Slot } from '../../../../src/base/brand.ts';
import { CODES } from '../../../../src/base/codes.ts';
import type { Routes } from '../../../../src/protocol/routes.ts';
import { etcdserverpb as pb } from '../../../../src/rpc/generated/messages.js';
import { longFromNumber } from '../../../../src/rpc/long-id.ts';
import { eventually } from '../../../support/eventually.ts';
import { WatchStreamClient } from '../../../support/watch-stream.ts';
import { FrontEndHarness } from './front-end-harness.ts';

type Posted = Routes['api']['watch'];
type Kind = Posted['kind'];

let harness: FrontEndHarness;

before(async () => {
	harness = await FrontEndHarness.open();
});

beforeEach(() => {
	const { lane } = harness;
	lane.leaderView = { ...lane.leaderView, leader: 1 as Slot };
	lane.isLearner = false;
	lane.watchPosts.length = 0;
});

afterEach(() => eventually(() => harness.lane.watches.size === 0, { what: 'the streams to be closed' }));

after(() => harness.close());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const open = (headers: Readonly<Record<string, string>> = {}): WatchStreamClient => new WatchStreamClient(harness.client, headers);

/** The one message of this kind that the hub has got. */
function posted<K extends Kind>(kind: K): Promise<Extract<Posted, { kind: K }>> {
	const isIt = (message: Posted): message is Extract<Posted, { kind: K }> => message.kind === kind;
	return eventually(() => harness.lane.watchPosts.find(isIt) ?? null, { what: `the hub to get ${kind}` });
}

/** What the hub says to every stream that it has heard of. */
async function hubSays(response: Parameters<typeof pb.WatchResponse.encode>[0]): Promise<void> {
	const { stream } = await posted('watch_create');
	harness.lane.watches.receive({ kind: 'watch_responses', streams: [[stream]], responses: [pb.WatchResponse.encode(response).finish()] });
}

test('grpc: watch: a watcher with every option reaches the hub as it was asked for', async () => {
	const call = open();
	call.create({
		key: bytes('a'),
		range_end: bytes('b'),
		start_revision: longFromNumber(7),
		progress_notify: true,
		filters: [0, 1],
		prev_kv: true,
		watch_id: longFromNumber(-2),
		fragment: true,
	});
	const { stream, stamp, ...rest } = await posted('watch_create');
	assert.deepEqual(
		{ ...rest, key: Buffer.from(rest.key).toString(), rangeEnd: Buffer.from(rest.rangeEnd).toString() },
		{
			kind: 'watch_create',
			lane: 0,
			watchId: -2n,
			key: 'a',
			rangeEnd: 'b',
			startRevision: 7,
			noPut: true,
			noDelete: true,
			prevKv: true,
			fragment: true,
			progressNotify: true,
		},
	);
	assert.ok(stream > 0 && stamp >= 1);
	call.cancel();
});

test('grpc: watch: what the hub answers arrives as it is', async () => {
	const call = open();
	call.create({ key: bytes('a') });
	await hubSays({ watch_id: longFromNumber(5), created: true });
	const answer = await call.next();
	assert.deepEqual([answer.watch_id.toNumber(), answer.created, answer.canceled], [5, true, false]);
	call.cancel();
});

test('grpc: watch: cancel and progress of a stream that watches reach the hub', async () => {
	const call = open();
	call.create({ key: bytes('a') });
	call.send({ cancel_request: { watch_id: longFromNumber(3) } });
	call.send({ progress_request: {} });
	assert.equal((await posted('watch_cancel')).watchId, 3n);
	assert.ok((await posted('watch_progress')).stream > 0);
	call.cancel();
});

test('grpc: watch: a word that says nothing is passed over', async () => {
	const call = open();
	call.send({});
	call.create({ key: bytes('a') });
	await posted('watch_create');
	assert.equal(harness.lane.watchPosts.length, 1);
	call.cancel();
});

test('grpc: watch: bytes that are no request end the stream', async () => {
	const call = open();
	call.create({ key: bytes('a') });
	call.sendBytes(Uint8Array.of(0x0a, 0x7f));
	const { status, message } = await call.ended;
	assert.equal(status, 13);
	assert.match(message, /^grpc: failed to unmarshal the received message/);
	await posted('watch_close');
});

test('grpc: watch: a caller that has nothing more to ask still watches', async () => {
	const call = open();
	call.create({ key: bytes('a') });
	call.halfClose();
	await hubSays({ created: true });
	assert.equal((await call.next()).created, true);
	call.cancel();
	await posted('watch_close');
});

test('grpc: watch: the hub hears of a caller that has gone', async () => {
	const call = open();
	call.create({ key: bytes('a') });
	await posted('watch_create');
	call.cancel();
	await posted('watch_close');
});

test('grpc: watch: a stop of the member ends the stream in its words', async () => {
	const call = open();
	call.create({ key: bytes('a') });
	await posted('watch_create');
	harness.lane.watches.endAll(CODES.stopped.code);
	assert.deepEqual(await call.ended, { status: 14, message: 'etcdserver: server stopped' });
});

test('grpc: watch: a learner refuses', async () => {
	harness.lane.isLearner = true;
	assert.deepEqual(await open().ended, { status: 9, message: 'etcdserver: rpc not supported for learner' });
});

test('grpc: watch: who insists on a leader is refused without one, others are not', async () => {
	harness.lane.leaderView = { ...harness.lane.leaderView, leader: 0 as Slot };
	assert.deepEqual(await open({ hasleader: 'true' }).ended, { status: 14, message: 'etcdserver: no leader' });
	const call = open({ hasleader: 'yes' });
	call.create({ key: bytes('a') });
	await posted('watch_create');
	call.cancel();
});

test('grpc: watch: who insists on a leader is let go when there is none for long, and the hub hears of it', async () => {
	const call = open({ hasleader: 'true' });
	call.create({ key: bytes('a') });
	await posted('watch_create');
	const listeners = [...harness.lane.leaderless];
	harness.lane.leaderless.clear();
	for (const tell of listeners) {
		tell();
	}
	assert.deepEqual(await call.ended, { status: 14, message: 'etcdserver: no leader' });
	await posted('watch_close');
});

test('grpc: watch: nobody asks after the leader for a stream that has ended', async () => {
	const gone = open({ hasleader: 'true' });
	const ended = open({ hasleader: 'true' });
	gone.create({ key: bytes('a') });
	ended.create({ key: bytes('b') });
	await eventually(() => harness.lane.watchPosts.length === 2, { what: 'both watchers' });
	gone.cancel();
	harness.lane.watches.endAll(CODES.stopped.code);
	await ended.ended;
	await eventually(() => harness.lane.leaderless.size === 0, { what: 'nobody to listen' });
});
