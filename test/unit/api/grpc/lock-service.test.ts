import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { CODES } from '../../../../src/base/codes.ts';
import type { WatchCreate } from '../../../../src/protocol/messages.ts';
import { etcdserverpb as pb, v3electionpb, v3lockpb } from '../../../../src/rpc/generated/messages.js';
import { longFromNumber } from '../../../../src/rpc/long-id.ts';
import { eventually } from '../../../support/eventually.ts';
import { FrontEndHarness, type RpcOutcome, refusal } from './front-end-harness.ts';

let harness: FrontEndHarness;

beforeEach(async () => {
	harness = await FrontEndHarness.open();
	for (const id of [1, 2, 3]) {
		const request = pb.LeaseGrantRequest.encode({ ID: longFromNumber(id), TTL: longFromNumber(60) }).finish();
		assert.deepEqual(refusal(await harness.call('/etcdserverpb.Lease/LeaseGrant', request)), [0, '']);
	}
});

afterEach(() => harness.close());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function lock(lease: number, headers: Readonly<Record<string, string>> = {}): Promise<RpcOutcome> {
	return harness.call('/v3lockpb.Lock/Lock', v3lockpb.LockRequest.encode({ name: bytes('l'), lease: longFromNumber(lease) }).finish(), headers);
}

const keyOf = (outcome: RpcOutcome): string => Buffer.from(v3lockpb.LockResponse.decode(outcome.response).key).toString();

function watchers(): WatchCreate[] {
	return harness.lane.watchPosts.filter((message) => message.kind === 'watch_create');
}

/** The nth watcher that the hub has got. */
function watcher(n: number): Promise<WatchCreate> {
	return eventually(() => watchers()[n - 1] ?? null, { what: `watcher ${n}` });
}

function hubSays(stream: number, response: Parameters<typeof pb.WatchResponse.encode>[0]): void {
	harness.lane.watches.receive({ kind: 'watch_responses', streams: [[stream]], responses: [pb.WatchResponse.encode(response).finish()] });
}

async function keys(): Promise<string[]> {
	const request = { key: bytes('l/'), range_end: bytes('l0') };
	const { response } = await harness.kv('Range', pb.RangeRequest, request);
	return pb.RangeResponse.decode(response).kvs.map(({ key }) => Buffer.from(key ?? []).toString());
}

function remove(key: string): Promise<RpcOutcome> {
	return harness.kv('DeleteRange', pb.DeleteRangeRequest, { key: bytes(key) });
}

test('grpc: lock: nobody is before the first', async () => {
	assert.equal(keyOf(await lock(1)), 'l/1');
	assert.equal(harness.lane.watchPosts.length, 0);
});

test('grpc: lock: whoever waits watches the one key before his own', async () => {
	await lock(1);
	const second = lock(2);
	await watcher(1);
	const third = lock(3);
	const { key, rangeEnd, noPut, stream } = await watcher(2);
	assert.deepEqual([Buffer.from(key).toString(), rangeEnd.length, noPut], ['l/2', 0, true]);
	await remove('l/1');
	hubSays((await watcher(1)).stream, { events: [{ type: 1, kv: { key: bytes('l/1') } }] });
	assert.equal(keyOf(await second), 'l/2');
	await remove('l/2');
	hubSays(stream, { events: [{ type: 1, kv: { key: bytes('l/2') } }] });
	assert.equal(keyOf(await third), 'l/3');
});

test('grpc: lock: where the history is compacted the waiting one looks for itself', async () => {
	await lock(1);
	const second = lock(2);
	const { stream } = await watcher(1);
	hubSays(stream, { canceled: true, compact_revision: longFromNumber(9) });
	const again = await watcher(2);
	await remove('l/1');
	hubSays(again.stream, { events: [{ type: 1, kv: { key: bytes('l/1') } }] });
	assert.equal(keyOf(await second), 'l/2');
});

test('grpc: lock: a key that went while its owner waited holds nothing', async () => {
	await lock(1);
	const second = lock(2);
	const { stream } = await watcher(1);
	await remove('l/2');
	await remove('l/1');
	hubSays(stream, { events: [{ type: 1, kv: { key: bytes('l/1') } }] });
	assert.deepEqual(refusal(await second), [2, 'mutex: session is expired']);
});

test('grpc: lock: a key of the same name made later is not the one that waited', async () => {
	await lock(1);
	const second = lock(2);
	const { stream } = await watcher(1);
	await remove('l/2');
	await harness.kv('Put', pb.PutRequest, { key: bytes('l/2'), lease: longFromNumber(2) });
	await remove('l/1');
	hubSays(stream, { events: [{ type: 1, kv: { key: bytes('l/1') } }] });
	assert.deepEqual(refusal(await second), [2, 'mutex: session is expired']);
	assert.deepEqual(await keys(), ['l/2']);
});

test('grpc: lock: who goes while he waits leaves the line, and his watcher with it', async () => {
	await lock(1);
	const second = lock(2, { 'grpc-timeout': '300m' });
	await watcher(1);
	assert.equal((await second).status, 4);
	await eventually(async () => (await keys()).join() === 'l/1', { what: 'the second to leave' });
	await eventually(() => harness.lane.watchPosts.some(({ kind }) => kind === 'watch_close'), { what: 'the watcher to go' });
});

test('grpc: lock: a stop of the member ends the waiting in its words', async () => {
	await lock(1);
	const second = lock(2);
	await watcher(1);
	harness.lane.watches.endAll(CODES.stopped.code);
	assert.deepEqual(refusal(await second), [14, 'etcdserver: server stopped']);
});

test('grpc: lock: bytes that are no request are refused', async () => {
	assert.equal((await harness.call('/v3lockpb.Lock/Lock', Uint8Array.of(0x0a, 0x7f))).status, 13);
});

test('grpc: election: who leads says something new at once; who has lost cannot', async () => {
	const { CampaignRequest, CampaignResponse, ProclaimRequest } = v3electionpb;
	const campaign = CampaignRequest.encode({ name: bytes('l'), lease: longFromNumber(1), value: bytes('one') }).finish();
	const { leader } = CampaignResponse.decode((await harness.call('/v3electionpb.Election/Campaign', campaign)).response);
	const proclaim = ProclaimRequest.encode({ leader: leader ?? null, value: bytes('two') }).finish();
	assert.deepEqual(refusal(await harness.call('/v3electionpb.Election/Proclaim', proclaim)), [0, '']);
	await remove('l/1');
	assert.deepEqual(refusal(await harness.call('/v3electionpb.Election/Proclaim', proclaim)), [2, 'election: not leader']);
});
