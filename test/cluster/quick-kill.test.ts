/**
 * A store opens from its last checkpoint and replays its log; a kill soon after that is the hardest time for it (design section 5). All members
 * are killed within 100 ms of being ready, ten times in a row, while writers write; the stores stay equal and keep what was acknowledged.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCluster } from '../support/cluster.ts';
import { delay } from '../support/eventually.ts';
import { PutWorkload } from '../support/put-workload.ts';
import { killAll } from '../support/server-process.ts';

const KILLS = Number(process.env['ROUNDS'] ?? 10);
const WITHIN_MS = 100;
const PUTS_BEFORE = 2_000;

test('cluster: quick kill: members killed within 100 ms of being ready, again and again, keep equal stores and every acknowledged put', async () => {
	await withCluster(3, {}, async (cluster) => {
		const workload = new PutWorkload({
			endpoints: cluster.members.map((member) => member.clientUrl),
			writers: 16,
			valueBytes: 200,
			deadlineMs: 1_000,
		});
		workload.start();
		await workload.progress(PUTS_BEFORE);
		for (let kill = 0; kill < KILLS; kill++) {
			// Spread over the time after ready, so that the kill meets opening, replaying and checkpointing.
			await delay((kill * WITHIN_MS) / KILLS);
			await killAll(cluster.members);
			await cluster.startAll();
		}
		await workload.progress(1);
		await workload.stop();
		await cluster.assertEqualStores();
		for (const member of cluster.members) {
			assert.deepEqual(await workload.missingAt(member.client), [], `acknowledged puts that ${member.name} lacks`);
		}
		console.log(`figure: ${workload.acknowledged} puts acknowledged, ${workload.unknown} without an answer`);
	});
});
