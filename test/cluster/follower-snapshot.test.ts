/**
 * A follower is down while more is written than the leader's log keeps, and catches up by a snapshot while writes go on.
 * WRITES sets how much it misses.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCluster } from '../support/cluster.ts';
import { PutWorkload } from '../support/put-workload.ts';

const WRITES = Number(process.env['WRITES'] ?? 50_000);
const WRITERS = 128;
/** Far fewer than it misses, so that the log cannot serve it. */
const FLAGS = { 'snapshot-count': '1000', 'snapshot-catchup-entries': '500' };

test('cluster: follower snapshot: a follower that is past the end of the log catches up while writes go on', async () => {
	await withCluster(3, { flags: FLAGS }, async (cluster) => {
		const workload = new PutWorkload({ endpoints: cluster.members.map((member) => member.clientUrl), writers: WRITERS, valueBytes: 64 });
		workload.start();
		await workload.progress(100);
		const follower = await cluster.follower();
		await follower.kill('SIGKILL');
		await workload.progress(WRITES);
		const restartedAt = performance.now();
		await follower.start();
		const receivedAt = follower.lines.findIndex((line) => line.includes('"received a snapshot"'));
		assert.ok(receivedAt >= 0, `${follower.name} is ready, and must have received a snapshot for that`);
		console.log(`figure: ${follower.name} was ready ${Math.round(performance.now() - restartedAt)} ms after its restart, ${WRITES} puts behind`);
		await workload.progress(1_000);
		await workload.stop();
		await cluster.assertEqualStores();
		assert.deepEqual(await workload.missingAt(follower.client), [], `acknowledged puts that ${follower.name} lacks`);
	});
});
