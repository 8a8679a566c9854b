import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CODES } from '../../../../src/base/codes.ts';
import { LEASES } from '../../../../src/mvcc/lease-tree.ts';
import { COMMAND_KIND } from '../../../../src/protocol/command.ts';
import { etcdserverpb as pb } from '../../../../src/rpc/generated/messages.js';
import { RpcError } from '../../../support/grpc-client.ts';
import { LeaseClient } from '../../../support/lease-client.ts';
import { FrontEndHarness } from './front-end-harness.ts';

let harness: FrontEndHarness;
let client: LeaseClient;

before(async () => {
	harness = await FrontEndHarness.open();
	client = new LeaseClient(harness.url);
});

beforeEach(() => {
	harness.lane.refusal = 0;
	harness.lane.leaseAsks.length = 0;
	harness.lane.proposed.length = 0;
});

after(async () => {
	client.close();
	await harness.close();
});

function refused(row: { readonly grpc: number; readonly text: string }) {
	return (error: unknown) => error instanceof RpcError && error.grpcStatus === row.grpc && error.message === row.text;
}

test('grpc: lease: a grant is raised to the least time and keeps its id, however large or small', async () => {
	for (const id of [7n, 2n ** 63n - 1n, -(2n ** 63n), -1n]) {
		assert.deepEqual(await client.grant(id, 1), { id, ttl: 2 });
		assert.equal(
			harness.lane.reader.read((view) => LEASES.get(view, id)?.ttl),
			2,
		);
		await assert.rejects(client.grant(id, 5), refused(CODES.lease_exists));
	}
	assert.deepEqual(await client.grant(8n, -100), { id: 8n, ttl: 2 });
});

test('grpc: lease: without an id the server chooses a positive one', async () => {
	const first = await client.grant(0n, 9);
	const second = await client.grant(0n, 9);
	assert.ok(first.id > 0n && second.id > 0n && first.id !== second.id);
});

test('grpc: lease: a ttl beyond the greatest is refused before it is proposed', async () => {
	await assert.rejects(client.grant(1n, 9_000_000_001), refused(CODES.lease_ttl_too_large));
	assert.deepEqual(harness.lane.proposed, []);
	assert.deepEqual(await client.grant(1n, 9_000_000_000), { id: 1n, ttl: 9_000_000_000 });
});

test('grpc: lease: a revoke takes the keys with it, and one of a lease that is not there is refused', async () => {
	await client.grant(20n, 60);
	await client.put('revoked', 20n);
	await client.revoke(20n);
	await assert.rejects(client.revoke(20n), refused(CODES.lease_not_found));
	await assert.rejects(client.put('revoked', 20n), refused(CODES.lease_not_found));
});

test('grpc: lease: the time to live comes from the lessor, the keys from this member', async () => {
	await client.grant(30n, 60);
	await client.put('ttl/b', 30n);
	await client.put('ttl/a', 30n);
	assert.deepEqual(await client.timeToLive(30n), { ttl: 60, granted: 60, keys: [] });
	assert.deepEqual(await client.timeToLive(30n, true), { ttl: 60, granted: 60, keys: ['ttl/a', 'ttl/b'] });
	assert.deepEqual(await client.timeToLive(31n, true), { ttl: -1, granted: 0, keys: [] });
	assert.ok(harness.lane.leaseAsks.every(({ renew }) => !renew));
});

test('grpc: lease: a renewal tells the time, or 0 for a lease that is not there, and the stream ends well', async () => {
	await client.grant(40n, 60);
	assert.equal(await client.renew(40n), 60);
	assert.equal(await client.renew(41n), 0);
	assert.deepEqual(harness.lane.leaseAsks, [
		{ id: 40n, renew: true },
		{ id: 41n, renew: true },
	]);
});

test('grpc: lease: a stream answers many renewals in the order in which they came', async () => {
	const call = harness.client.makeBidiStreamRequest(
		'/etcdserverpb.Lease/LeaseKeepAlive',
		(bytes: Buffer) => bytes,
		(bytes: Buffer) => bytes,
	);
	const ids: number[] = [];
	const ended = new Promise<number>((resolve) => call.on('status', ({ code }) => resolve(code)));
	call.on('error', () => {});
	call.on('data', (bytes: Buffer) => ids.push(Number(pb.LeaseKeepAliveResponse.decode(bytes).ID)));
	for (let id = 1; id <= 1_200; id++) {
		call.write(Buffer.from([0x08, (id % 100) + 1]));
	}
	call.end();
	assert.equal(await ended, 0);
	assert.deepEqual(
		ids,
		Array.from({ length: 1_200 }, (_, i) => ((i + 1) % 100) + 1),
	);
});

test('grpc: lease: what the lessor cannot answer ends the call and the stream with its code', async () => {
	harness.lane.refusal = CODES.timeout.code;
	await assert.rejects(client.timeToLive(30n), refused(CODES.timeout));
	await assert.rejects(client.renew(30n), refused(CODES.timeout));
});

test('grpc: lease: the list holds every lease of this member', async () => {
	await client.grant(50n, 60);
	await client.grant(-50n, 60);
	const ids = await client.leases();
	assert.ok(ids.includes(50n) && ids.includes(-50n));
	assert.ok(!harness.lane.proposed.some((kind) => kind === COMMAND_KIND.lease_revoke));
});

test('grpc: lease: requests that are none are refused in the words of grpc-go', async () => {
	for (const name of ['LeaseGrant', 'LeaseRevoke', 'LeaseTimeToLive']) {
		const { status, message } = await harness.call(`/etcdserverpb.Lease/${name}`, Buffer.from([0x08]));
		assert.deepEqual([status, message], [13, 'grpc: error unmarshalling request: proto: cannot parse invalid wire-format data']);
	}
});
