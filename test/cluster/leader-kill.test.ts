/**
 * Three members, 64 writers, the leader killed with SIGKILL again and again; then all three at once. Nothing that was acknowledged may be
 * missing from any member's own store, and the three stores hash equal. ROUNDS sets how often (npm run prove: 20).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { PutWorkload } from '../support/put-workload.ts';
import { killAll } from '../support/server-process.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const WRITERS = 64;
/** Acknowledged puts before a kill, and again under the next leader. */
const PUTS_BETWEEN = 500;

function write(cluster: Cluster): PutWorkload {
	return new PutWorkload({ endpoints: cluster.members.map((member) => member.clientUrl), writers: WRITERS, valueBytes: 64 });
}

async function assertNothingMissing(cluster: Cluster, workload: PutWorkload): Promise<void> {
	await cluster.assertEqualStores();
	for (const member of cluster.members) {
		assert.deepEqual(await workload.missingAt(member.client), [], `acknowledged puts that ${member.name} lacks`);
	}
}

test('cluster: leader kill: what was acknowledged is on every member after each round, and after all are killed at once', async () => {
	await withCluster(3, {}, async (cluster) => {
		const workload = write(cluster);
		for (let round = 1; round <= ROUNDS; round++) {
			workload.start();
			await workload.progress(PUTS_BETWEEN);
			const leader = await cluster.leader();
			const killedAt = performance.now();
			await leader.kill('SIGKILL');
			const next = await cluster.leader();
			console.log(`figure: round ${round}: ${next.name} led ${Math.round(performance.now() - killedAt)} ms after ${leader.name} was killed`);
			await workload.progress(PUTS_BETWEEN);
			await leader.start();
			await workload.stop();
			await assertNothingMissing(cluster, workload);
		}

		workload.start();
		await workload.progress(PUTS_BETWEEN);
		await killAll(cluster.members);
		await workload.stop();
		await cluster.startAll();
		await assertNothingMissing(cluster, workload);
		console.log(`figure: ${workload.acknowledged} puts acknowledged, ${workload.unknown} without an answer`);
	});
});
