/** A member whose store differs, with every checksum right: the leader's comparison finds it and names it, and a look before serving refuses it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterValue } from '../support/alter-store.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { RpcError } from '../support/grpc-client.ts';
import type { Member } from '../support/member.ts';
import { NotReadyError } from '../support/server-process.ts';

const STORE_DAMAGED = 14;
const CORRUPT = 'etcdserver: corrupt cluster';
const PUTS = 50;

async function fill(cluster: Cluster): Promise<void> {
	const { client } = await cluster.leader();
	for (let i = 0; i < PUTS; i++) {
		await client.put(`k${i % 10}`, `v${i}`);
	}
	await cluster.assertEqualStores();
}

/** Stops a member in order, changes one value in its store, and says who it is. */
async function alter(member: Member): Promise<string> {
	const { memberId } = await member.client.status();
	await member.stop();
	alterValue(member.dataDir, 'k3', 'altered');
	return memberId;
}

function isRefusedAsCorrupt(error: unknown): boolean {
	return error instanceof RpcError && error.message.includes(CORRUPT);
}

async function whatPutMeets(member: Member): Promise<string> {
	try {
		await member.client.put('after', 'x');
		return 'it is done';
	} catch (error) {
		return isRefusedAsCorrupt(error) ? CORRUPT : String(error);
	}
}

test('cluster: corruption: a member whose store was altered is found and named, and the cluster takes no more writes', async () => {
	await withCluster(3, { flags: { 'corrupt-check-time': '1s' } }, async (cluster) => {
		await fill(cluster);
		const altered = await cluster.follower();
		const id = await alter(altered);
		await altered.start();
		const alarm = `memberID:${BigInt(`0x${id}`)} alarm:CORRUPT `;
		for (const member of cluster.members) {
			await eventually(async () => (await member.client.errors()).includes(alarm), { what: `${member.name} to know of the alarm` });
			assert.equal(await whatPutMeets(member), CORRUPT);
			assert.equal(await member.client.get('k4', { serializable: true }), 'v44');
		}
		const leader = await cluster.leader();
		const found = leader.lines.find((line) => line.includes('found hash mismatch between members'));
		assert.ok(found?.includes(id), `the leader's line names ${id}: ${found}`);
	});
});

test('cluster: corruption: compared at a compaction, the leader itself may be the one', async () => {
	await withCluster(3, { flags: { 'corrupt-check-time': '0', 'compact-hash-check-time': '1s' } }, async (cluster) => {
		await fill(cluster);
		const { revision } = await (await cluster.leader()).client.status();
		const altered = await cluster.leader();
		const id = await alter(altered);
		await altered.start();
		await (await cluster.leader()).client.compact(revision);
		const alarm = `memberID:${BigInt(`0x${id}`)} alarm:CORRUPT `;
		await eventually(async () => (await altered.client.errors()).includes(alarm), { what: 'the altered member to know of its alarm' });
	});
});

test('cluster: corruption: with the initial check a member whose store was altered does not serve', async () => {
	await withCluster(3, { flags: { 'experimental-initial-corrupt-check': 'true', 'corrupt-check-time': '0' } }, async (cluster) => {
		await fill(cluster);
		const sound = await cluster.follower();
		await sound.stop();
		await sound.start();
		const altered = await cluster.follower();
		await alter(altered);
		await assert.rejects(altered.start(), (error) => error instanceof NotReadyError && error.ended.code === STORE_DAMAGED);
		assert.match(altered.tail(20), /found data inconsistency with peers/);
	});
});
