/**
 * All three members are replaced under load, one after the other, followers first: removed, and a new one added, started and caught up. No
 * write may fail but those that the change of leader cuts off, and these as unknown. Nothing acknowledged may be missing afterwards.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT_CODES } from '../../src/base/fatal.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { initialClusterOf, listMembers, mustEtcdctl } from '../support/etcdctl.ts';
import type { Member } from '../support/member.ts';
import { PutWorkload } from '../support/put-workload.ts';
import { describeTally } from '../support/write-failures.ts';

const WRITERS = Number(process.env['WRITERS'] ?? 16);
const PUTS_BETWEEN = Number(process.env['PUTS'] ?? 500);
/** Small, so that the newcomers, whose cluster is older than they are, need a snapshot. */
const FLAGS = { 'snapshot-count': '1000', 'snapshot-catchup-entries': '200' };

const urlsOf = (members: readonly Member[]): readonly string[] => members.map((member) => member.clientUrl);

async function replace(cluster: Cluster, workload: PutWorkload, old: Member, name: string): Promise<void> {
	const rest = cluster.members.filter((member) => member !== old);
	const asked = rest[0] as Member;
	const id = (await listMembers(asked.clientUrl)).find(({ peerUrl }) => peerUrl === old.peerUrl)?.id ?? '';
	workload.use(urlsOf(rest));
	await mustEtcdctl([asked.clientUrl], ['member', 'remove', id]);
	assert.deepEqual(await cluster.leave(old), { code: EXIT_CODES.member_removed, signal: null });
	const addresses = await cluster.address(name);
	const added = await mustEtcdctl([asked.clientUrl], ['member', 'add', name, '--peer-urls', addresses.peerUrl]);
	await cluster.join(addresses, initialClusterOf(added));
	workload.use(urlsOf(cluster.members));
	await workload.progress(PUTS_BETWEEN);
}

test('cluster: member replace: all three members are replaced under load, and no acknowledged write is lost', async () => {
	await withCluster(3, { flags: FLAGS }, async (cluster) => {
		const workload = new PutWorkload({ endpoints: urlsOf(cluster.members), writers: WRITERS, valueBytes: 64, deadlineMs: 10_000 });
		workload.start();
		await workload.progress(2 * PUTS_BETWEEN);
		const leader = await cluster.leader();
		const followers = cluster.members.filter((member) => member !== leader);
		for (const [i, follower] of followers.entries()) {
			await replace(cluster, workload, follower, `n${i + 1}`);
		}
		const whileLed = workload.failures.map(({ message }) => message);
		const hadOtherLeader = (await cluster.leader()) !== leader;
		await replace(cluster, workload, leader, 'n3');
		await workload.stop();

		await cluster.assertEqualStores();
		for (const member of cluster.members) {
			assert.deepEqual(await workload.missingAt(member.client), [], `acknowledged puts that ${member.name} lacks`);
		}
		console.log(`figure: ${workload.acknowledged} puts acknowledged; ${describeTally(workload.tally)}; ${whileLed.length} before the leader left`);
		assert.equal(workload.tally.refused, 0, `puts were refused: ${workload.failures.map(({ message }) => message).slice(0, 5)}`);
		assert.ok(hadOtherLeader || whileLed.length === 0, `writes failed while one leader led: ${whileLed.slice(0, 5).join('; ')}`);
	});
});
