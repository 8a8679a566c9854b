import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ALARM } from '../../../../src/alarms/table.ts';
import { NOBODY } from '../../../../src/base/brand.ts';
import { CODES, GRPC } from '../../../../src/base/codes.ts';
import { COMMAND_KIND } from '../../../../src/protocol/command.ts';
import { encodeClear, encodeRaise } from '../../../../src/rpc/alarm-codec.ts';
import { etcdserverpb as pb } from '../../../../src/rpc/generated/messages.js';
import { FrontEndHarness, QUOTA_BYTES, type RpcOutcome, refusal } from './front-end-harness.ts';

const OWN = { kind: ALARM.noSpace, memberId: 0x1fn };
const NO_SPACE = [GRPC.resourceExhausted, 'etcdserver: mvcc: database space exceeded'];
const KEY = Buffer.from('k');

let harness: FrontEndHarness;

beforeEach(async () => {
	harness = await FrontEndHarness.open();
});

afterEach(() => harness.close());

function maintenance(method: string, request: Uint8Array = Buffer.alloc(0)): Promise<RpcOutcome> {
	return harness.call(`/etcdserverpb.Maintenance/${method}`, request);
}

const put = (value = 'v'): Promise<RpcOutcome> => harness.kv('Put', pb.PutRequest, { key: KEY, value: Buffer.from(value) });
const remove = (): Promise<RpcOutcome> => harness.kv('DeleteRange', pb.DeleteRangeRequest, { key: KEY });

async function errors(): Promise<readonly string[]> {
	return pb.StatusResponse.decode((await maintenance('Status')).response).errors;
}

test('maintenance: alarm: what was raised is listed, by the member that has it', async () => {
	await maintenance('Alarm', encodeRaise(OWN));
	const { status, response } = await maintenance('Alarm');
	const { header, alarms } = pb.AlarmResponse.decode(response);
	assert.deepEqual(
		[status, header?.cluster_id?.toString(16), alarms.map((each) => [each.memberID?.toNumber(), each.alarm])],
		[0, 'abc', [[0x1f, 1]]],
	);
});

test('maintenance: alarm: bytes that are no request are refused', async () => {
	assert.equal((await maintenance('Alarm', Uint8Array.of(0x10))).status, GRPC.internal);
});

test('maintenance: status: it names the alarms', async () => {
	await maintenance('Alarm', encodeRaise(OWN));
	await maintenance('Alarm', encodeRaise({ kind: ALARM.corrupt, memberId: 0n }));
	assert.deepEqual(await errors(), ['memberID:31 alarm:NOSPACE ', 'alarm:CORRUPT ']);
});

test('maintenance: status: it says that there is no leader, before the alarms', async () => {
	await maintenance('Alarm', encodeRaise(OWN));
	harness.lane.leaderView = { ...harness.lane.leaderView, role: 'follower', leader: NOBODY };
	assert.deepEqual(await errors(), ['etcdserver: no leader', 'memberID:31 alarm:NOSPACE ']);
});

test('maintenance: status: it tells size, used size and quota', async () => {
	const { dbSize, dbSizeInUse, dbSizeQuota } = pb.StatusResponse.decode((await maintenance('Status')).response);
	assert.deepEqual([dbSize.toNumber(), dbSizeInUse.toNumber(), dbSizeQuota.toNumber()], [4_096, 1_024, QUOTA_BYTES]);
});

test('maintenance: defragment: it is answered with nothing, as etcd leaves out the header', async () => {
	const { status, response } = await maintenance('Defragment');
	assert.deepEqual([status, response.length], [0, 0]);
});

test('maintenance: hash: it is that of what the store holds', async () => {
	const hash = async (): Promise<number> => pb.HashResponse.decode((await maintenance('Hash')).response).hash;
	const empty = await hash();
	await put();
	const full = await hash();
	await maintenance('Alarm', encodeRaise(OWN));
	assert.equal(new Set([empty, full, await hash()]).size, 3);
	await maintenance('Alarm', encodeClear(OWN));
	assert.equal(await hash(), full);
});

test('maintenance: quota: a put beyond it raises the alarm of this member and is refused', async () => {
	harness.sizes.usedBytes = QUOTA_BYTES - 256;
	assert.deepEqual(refusal(await put()), NO_SPACE);
	assert.deepEqual(await errors(), ['memberID:31 alarm:NOSPACE ']);
	assert.deepEqual(harness.lane.proposed, [COMMAND_KIND.alarm]);
});

test('maintenance: quota: once the alarm is there a put costs no further entry', async () => {
	harness.sizes.usedBytes = QUOTA_BYTES;
	await put();
	assert.deepEqual(refusal(await put()), NO_SPACE);
	assert.deepEqual(harness.lane.proposed, [COMMAND_KIND.alarm]);
});

test('maintenance: quota: puts refused at once share one alarm', async () => {
	harness.sizes.usedBytes = QUOTA_BYTES;
	const outcomes = await Promise.all([put(), put(), put()]);
	assert.deepEqual(outcomes.map(refusal), [NO_SPACE, NO_SPACE, NO_SPACE]);
	assert.deepEqual(harness.lane.proposed, [COMMAND_KIND.alarm]);
});

test('maintenance: quota: it counts what was admitted since the store was measured', async () => {
	harness.sizes.usedBytes = QUOTA_BYTES - 1_024;
	assert.deepEqual([(await put()).status, (await put()).status, (await put()).status], [0, 0, 0]);
	harness.sizes.usedBytes = QUOTA_BYTES - 10;
	assert.deepEqual(refusal(await put()), NO_SPACE);
});

test('maintenance: quota: deletes, compactions and txns without puts pass', async () => {
	harness.sizes.usedBytes = 2 * QUOTA_BYTES;
	const txn = (operation: pb.RequestOp.$Properties): Promise<RpcOutcome> => harness.kv('Txn', pb.TxnRequest, { success: [operation] });
	assert.equal((await remove()).status, 0);
	assert.equal((await txn({ request_delete_range: { key: KEY } })).status, 0);
	assert.equal((await harness.kv('Compact', pb.CompactionRequest, { revision: 1 as never })).status, 0);
	assert.deepEqual(refusal(await txn({ request_put: { key: KEY } })), NO_SPACE);
});

test('maintenance: quota: a disk without room refuses like a quota', async () => {
	harness.sizes.roomBytes = 100;
	assert.deepEqual(refusal(await put()), NO_SPACE);
	assert.deepEqual(await errors(), ['memberID:31 alarm:NOSPACE ']);
});

test('maintenance: quota: an alarm that cannot be raised changes nothing about the refusal', async () => {
	harness.sizes.usedBytes = QUOTA_BYTES;
	harness.lane.refusal = CODES.timeout.code;
	assert.deepEqual(refusal(await put()), NO_SPACE);
});
