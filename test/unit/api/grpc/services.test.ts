import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import type { Slot } from '../../../../src/base/brand.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { COMMAND_KIND } from '../../../../src/protocol/command.ts';
import { etcdserverpb, grpc } from '../../../../src/rpc/generated/messages.js';
import { longFromHex, longFromNumber } from '../../../../src/rpc/long-id.ts';
import { FrontEndHarness, MAX_REQUEST_BYTES, refusal } from './front-end-harness.ts';
import { CLUSTER_ID, MEMBER_IDS } from './memory-lane.ts';

const { PutRequest, PutResponse, RangeRequest, RangeResponse, TxnRequest, TxnResponse, DeleteRangeRequest, DeleteRangeResponse } = etcdserverpb;
const { CompactionRequest, MemberListRequest, MemberListResponse, StatusResponse, HashKVRequest, HashKVResponse, MoveLeaderRequest } = etcdserverpb;
const { HealthCheckRequest, HealthCheckResponse } = grpc.health.v1;

let harness: FrontEndHarness;

before(async () => {
	harness = await FrontEndHarness.open();
});

beforeEach(() => {
	const { lane } = harness;
	lane.leaderView = { ...lane.leaderView, role: 'leader', leader: 1 as Slot };
	lane.refusal = 0;
	lane.moveCode = 0;
	lane.isServing = true;
	lane.linearizableReads = 0;
	lane.proposed.length = 0;
	lane.moves.length = 0;
});

after(() => harness.close());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const put = (key: string, value: string) => harness.kv('Put', PutRequest, { key: bytes(key), value: bytes(value) });

test('grpc: kv: what was put is read, with the headers of this member', async () => {
	const written = PutResponse.decode((await put('a', '1')).response);
	const read = RangeResponse.decode((await harness.kv('Range', RangeRequest, { key: bytes('a') })).response);
	assert.equal(Buffer.from(read.kvs[0]?.value ?? []).toString(), '1');
	assert.deepEqual([read.header?.cluster_id?.toString(16), read.header?.member_id?.toString(16)], [CLUSTER_ID, MEMBER_IDS[0]]);
	assert.equal(read.header?.raft_term?.toNumber(), 7);
	assert.equal(read.header?.revision?.toNumber(), written.header?.revision?.toNumber());
});

test('grpc: kv: a range asks for a read index, a serializable one does not', async () => {
	await harness.kv('Range', RangeRequest, { key: bytes('a'), serializable: true });
	assert.equal(harness.lane.linearizableReads, 0);
	await harness.kv('Range', RangeRequest, { key: bytes('a') });
	assert.equal(harness.lane.linearizableReads, 1);
});

test('grpc: kv: delete answers how many keys there were', async () => {
	await put('d1', 'x');
	await put('d2', 'x');
	const outcome = await harness.kv('DeleteRange', DeleteRangeRequest, { key: bytes('d'), range_end: bytes('e') });
	assert.equal(DeleteRangeResponse.decode(outcome.response).deleted.toNumber(), 2);
});

test('grpc: kv: a txn that writes is proposed', async () => {
	const outcome = await harness.kv('Txn', TxnRequest, { success: [{ request_put: { key: bytes('t'), value: bytes('1') } }] });
	assert.equal(TxnResponse.decode(outcome.response).succeeded, true);
	assert.deepEqual(harness.lane.proposed, [COMMAND_KIND.txn]);
});

test('grpc: kv: a txn of ranges is a read: linearizable, unless every one of them is serializable', async () => {
	await put('r', '1');
	harness.lane.proposed.length = 0;
	const one = { request_range: { key: bytes('r'), serializable: true } };
	const outcome = await harness.kv('Txn', TxnRequest, { success: [one] });
	assert.equal(TxnResponse.decode(outcome.response).responses[0]?.response_range?.kvs?.length, 1);
	assert.equal(harness.lane.linearizableReads, 0);
	await harness.kv('Txn', TxnRequest, { success: [one, { request_range: { key: bytes('r') } }] });
	assert.equal(harness.lane.linearizableReads, 1);
	await harness.kv('Txn', TxnRequest, {});
	assert.equal(harness.lane.linearizableReads, 1, 'an empty one needs no round');
	assert.deepEqual(harness.lane.proposed, []);
});

test('grpc: kv: compaction hides what is older', async () => {
	await put('c', '1');
	const revision = PutResponse.decode((await put('c', '2')).response).header?.revision;
	assert.equal((await harness.kv('Compact', CompactionRequest, { revision: revision ?? null })).status, 0);
	const old = await harness.kv('Range', RangeRequest, { key: bytes('c'), revision: longFromNumber(2) });
	assert.deepEqual(refusal(old), [CODES.compacted.grpc, CODES.compacted.text]);
	const again = await harness.kv('Compact', CompactionRequest, { revision: revision ?? null });
	assert.deepEqual(refusal(again), [CODES.compacted.grpc, CODES.compacted.text]);
});

test('grpc: kv: bad requests get the words of etcd, and nothing is proposed', async () => {
	const op = { request_put: { key: bytes('k') } };
	const cases = [
		[harness.kv('Put', PutRequest, {}), CODES.empty_key],
		[harness.kv('Put', PutRequest, { key: bytes('k'), value: bytes('v'), ignore_value: true }), CODES.value_provided],
		[harness.kv('Range', RangeRequest, {}), CODES.empty_key],
		[harness.kv('Range', RangeRequest, { key: bytes('k'), sort_order: 9 as never }), CODES.invalid_sort_option],
		[harness.kv('Range', RangeRequest, { key: bytes('k'), revision: longFromNumber(1_000) }), CODES.future_revision],
		[harness.kv('DeleteRange', DeleteRangeRequest, {}), CODES.empty_key],
		[harness.kv('Txn', TxnRequest, { success: [op, op] }), CODES.duplicate_key],
		[harness.kv('Txn', TxnRequest, { success: [{}] }), CODES.key_not_found],
		[harness.kv('Txn', TxnRequest, { success: Array(9).fill(op) }), CODES.too_many_ops],
		[harness.kv('Put', PutRequest, { key: bytes('k'), value: new Uint8Array(MAX_REQUEST_BYTES) }), CODES.request_too_large],
	] as const;
	for (const [call, code] of cases) {
		assert.deepEqual(refusal(await call), [code.grpc, code.text]);
	}
	assert.deepEqual(harness.lane.proposed, []);
});

test('grpc: kv: bytes that are no request are an internal error, as in grpc-go', async () => {
	for (const method of ['Put', 'Range', 'DeleteRange', 'Txn', 'Compact']) {
		const outcome = await harness.call(`/etcdserverpb.KV/${method}`, new Uint8Array([0x0a, 0xff]));
		assert.equal(outcome.status, 13, method);
	}
});

test('grpc: kv: refusals and time-outs of the lane travel with their status and text', async () => {
	for (const row of [CODES.timeout, CODES.no_space, CODES.too_many_requests]) {
		harness.lane.refusal = row.code;
		assert.deepEqual(refusal(await put('a', '1')), [row.grpc, row.text]);
	}
	harness.lane.refusal = CODES.timeout.code;
	assert.deepEqual(refusal(await harness.kv('Range', RangeRequest, { key: bytes('a') })), [CODES.timeout.grpc, CODES.timeout.text]);
});

test('grpc: hasleader: a caller that requires a leader is refused at once while there is none', async () => {
	harness.lane.leaderView = { ...harness.lane.leaderView, leader: 0 as Slot };
	const outcome = await harness.kv('Put', PutRequest, { key: bytes('a') }, { hasleader: 'true' });
	assert.deepEqual(refusal(outcome), [CODES.no_leader.grpc, CODES.no_leader.text]);
	assert.deepEqual(harness.lane.proposed, []);
});

test('grpc: cluster: the members, their names, URLs and ids, in a header without a revision', async () => {
	const request = MemberListRequest.encode({ linearizable: true }).finish();
	const list = MemberListResponse.decode((await harness.call('/etcdserverpb.Cluster/MemberList', request)).response);
	assert.deepEqual(
		list.members.map((member) => [member.ID?.toString(16), member.name, member.clientURLs?.[0], member.isLearner]),
		MEMBER_IDS.map((id, i) => [id, `m${i + 1}`, `http://c${i + 1}:1`, i === 2]),
	);
	assert.equal(list.header?.revision?.toNumber(), 0);
	assert.equal(harness.lane.linearizableReads, 1);
});

test('grpc: maintenance: status tells of raft, the store and the API level', async () => {
	const status = StatusResponse.decode((await harness.call('/etcdserverpb.Maintenance/Status', new Uint8Array(0))).response);
	assert.equal(status.version, '3.7.0');
	assert.equal(status.leader.toString(16), MEMBER_IDS[0]);
	assert.deepEqual([status.dbSize.toNumber(), status.dbSizeInUse.toNumber()], [4_096, 1_024]);
	assert.deepEqual([status.raftIndex.toNumber(), status.raftTerm.toNumber(), status.errors.length], [harness.lane.applied, 7, 0]);
});

test('grpc: maintenance: status without a leader says so', async () => {
	harness.lane.leaderView = { ...harness.lane.leaderView, leader: 0 as Slot };
	const status = StatusResponse.decode((await harness.call('/etcdserverpb.Maintenance/Status', new Uint8Array(0))).response);
	assert.deepEqual([status.leader.toNumber(), status.errors], [0, [CODES.no_leader.text]]);
});

test('grpc: maintenance: the hash is that of a revision, whatever is written after it', async () => {
	const revision = PutResponse.decode((await put('h', '1')).response).header?.revision ?? null;
	const hashAt = async (at: typeof revision): Promise<etcdserverpb.HashKVResponse> =>
		HashKVResponse.decode((await harness.call('/etcdserverpb.Maintenance/HashKV', HashKVRequest.encode({ revision: at }).finish())).response);
	const now = await hashAt(longFromNumber(0));
	await put('h', '2');
	const then = await hashAt(revision);
	assert.deepEqual([then.hash, then.hash_revision.toNumber()], [now.hash, revision?.toNumber()]);
	assert.notEqual((await hashAt(longFromNumber(0))).hash, now.hash);
});

test('grpc: maintenance: a hash of a future revision is refused', async () => {
	const request = HashKVRequest.encode({ revision: longFromNumber(100_000) }).finish();
	const outcome = await harness.call('/etcdserverpb.Maintenance/HashKV', request);
	assert.deepEqual(refusal(outcome), [CODES.future_revision.grpc, CODES.future_revision.text]);
});

test('grpc: maintenance: leadership moves to a voter, only from the leader, and its time-out says so', async () => {
	const move = (id: string) => harness.call('/etcdserverpb.Maintenance/MoveLeader', MoveLeaderRequest.encode({ targetID: longFromHex(id) }).finish());
	assert.equal((await move(MEMBER_IDS[1])).status, 0);
	assert.deepEqual(harness.lane.moves, [2]);
	assert.deepEqual(refusal(await move('9')), [CODES.bad_transferee.grpc, CODES.bad_transferee.text]);
	assert.deepEqual(refusal(await move(MEMBER_IDS[2])), [CODES.bad_transferee.grpc, CODES.bad_transferee.text], 'a learner');
	harness.lane.moveCode = CODES.timeout_leader_transfer.code;
	assert.deepEqual(refusal(await move(MEMBER_IDS[1])), [2, 'etcdserver: request timed out, leader transfer took too long']);
	harness.lane.leaderView = { ...harness.lane.leaderView, role: 'follower', leader: 2 as Slot };
	assert.deepEqual(refusal(await move(MEMBER_IDS[1])), [CODES.not_leader.grpc, CODES.not_leader.text]);
});

test('grpc: health: the empty service serves once the lane does, another is not known', async () => {
	const check = (service: string) => harness.call('/grpc.health.v1.Health/Check', HealthCheckRequest.encode({ service }).finish());
	assert.equal(HealthCheckResponse.decode((await check('')).response).status, 1);
	harness.lane.isServing = false;
	assert.equal(HealthCheckResponse.decode((await check('')).response).status, 2);
	assert.deepEqual(refusal(await check('x')), [5, 'unknown service']);
});

test('grpc: health: a watch gets the status, and the next one when it changes', async () => {
	harness.lane.isServing = false;
	const metadata = new Metadata();
	const same = (raw: Buffer): Buffer => raw;
	const request = Buffer.from(HealthCheckRequest.encode({ service: '' }).finish());
	const stream = harness.client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', same, same, request, metadata);
	stream.on('error', () => {});
	const statuses: number[] = [];
	await new Promise<void>((resolve) => {
		stream.on('data', (raw: Buffer) => {
			statuses.push(HealthCheckResponse.decode(raw).status);
			harness.lane.isServing = true;
			if (statuses.length === 2) {
				resolve();
			}
		});
	});
	stream.cancel();
	assert.deepEqual(statuses, [2, 1]);
});

test('grpc: unknown: services and methods are refused in the words of grpc-go', async () => {
	const messages = [];
	for (const path of ['/etcdserverpb.Nothing/Get', '/etcdserverpb.Lease/LeaseBorrow', '/etcdserverpb.KV/put', '/etcdserverpb.KV//Put', '/nothing']) {
		const outcome = await harness.call(path, new Uint8Array(0));
		assert.equal(outcome.status, 12, path);
		messages.push(outcome.message);
	}
	assert.deepEqual(messages, [
		'unknown service etcdserverpb.Nothing',
		'unknown method LeaseBorrow for service etcdserverpb.Lease',
		'unknown method put for service etcdserverpb.KV',
		'unknown service etcdserverpb.KV/',
		'malformed method name: "/nothing"',
	]);
});
