/** Automatic compaction by a real leader, and NOSPACE that goes by itself, which a single member's tests cannot show of the others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { RpcError } from '../support/grpc-client.ts';
import type { Member } from '../support/member.ts';

const QUOTA_BYTES = 8 * 2 ** 20;
const VALUE_BYTES = 512 * 2 ** 10;

async function isCompacted(member: Member, revision: number): Promise<boolean> {
	try {
		await member.client.get('k', { revision, serializable: true });
		return false;
	} catch (error) {
		return error instanceof RpcError && error.message.includes('required revision has been compacted');
	}
}

test('cluster: auto compaction: a period later all members have compacted, and go on under the next leader', async () => {
	await withCluster(3, { flags: { 'auto-compaction-retention': '1s' } }, async (cluster) => {
		for (let round = 0; round < 2; round++) {
			const { client } = await cluster.leader();
			const old = await client.put('k', `v${round}`);
			await client.put('k', `w${round}`);
			for (const member of cluster.awake) {
				// What is written meanwhile is what the samples after it see.
				const compacts = async (): Promise<boolean> => (await client.put('other', 'x')) > 0 && isCompacted(member, old);
				await eventually(compacts, { what: `${member.name} to have compacted revision ${old}` });
			}
			const leader = await cluster.leader();
			await leader.kill('SIGKILL');
			await cluster.leader();
			await leader.start();
		}
		await cluster.assertEqualStores();
	});
});

test('cluster: quota: a full member stops the puts of all, and a deletion and a compaction let them go on untold', async () => {
	await withCluster(3, { flags: { 'quota-backend-bytes': String(QUOTA_BYTES) } }, async (cluster) => {
		const follower = await cluster.follower();
		await assert.rejects(async () => {
			for (let i = 0; ; i++) {
				await follower.client.put(`fill/${i}`, 'x'.repeat(VALUE_BYTES));
			}
		}, /etcdserver: mvcc: database space exceeded/);
		const { memberId } = await follower.client.status();
		for (const member of cluster.members) {
			await eventually(async () => (await member.client.errors()).includes(`memberID:${BigInt(`0x${memberId}`)} alarm:NOSPACE `), {
				what: `${member.name} to know of the alarm`,
			});
			await assert.rejects(member.client.put('k', 'v'), /database space exceeded/);
		}
		await follower.client.delete('fill/', { rangeEnd: 'fill0' });
		const { revision } = await follower.client.status();
		await follower.client.compact(revision);
		for (const member of cluster.members) {
			await eventually(async () => (await member.client.put('again', 'x')) > 0, { what: `${member.name} to take puts again` });
		}
	});
});
