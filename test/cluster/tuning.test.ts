/**
 * Three members with --tuning=auto: on localhost they settle on a shorter election timeout than the one that they began with, all on the same, hold no
 * election meanwhile and after, and one that is started anew has it from its store. In full (`npm run prove -- tuning-calm`) the calm lasts 10 minutes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { delay, eventually } from '../support/eventually.ts';
import { fetchMetrics, figure } from '../support/metrics-text.ts';

const CALM_SECONDS = Number(process.env['CALM_SECONDS'] ?? 2);
const SETTLED_SECONDS_MAX = 0.5;
const SETTLE_MS = 180_000;

function told(cluster: Cluster, name: string): Promise<readonly number[]> {
	return Promise.all(cluster.members.map(async ({ clientUrl }) => figure(await fetchMetrics(clientUrl), name)));
}

test('cluster: tuning: members agree on a short election timeout, keep their leader, and know it after a restart', {
	timeout: 1_500_000,
}, async () => {
	await withCluster(3, { flags: { tuning: 'auto' } }, async (cluster) => {
		await cluster.leader();
		const reigns = await told(cluster, 'etcd_server_leader_changes_seen_total');
		const settled = await eventually(
			async () => {
				const seconds = await told(cluster, 'quorate_tuning_election_timeout_seconds');
				return new Set(seconds).size === 1 && (seconds[0] ?? 1) <= SETTLED_SECONDS_MAX ? seconds : null;
			},
			{ what: 'members that agree on an election timeout', withinMs: SETTLE_MS, everyMs: 500 },
		);
		console.log(`figure: the election timeout has settled at ${(settled[0] ?? 0) * 1_000} ms`);
		await delay(CALM_SECONDS * 1_000);
		assert.deepEqual(await told(cluster, 'etcd_server_leader_changes_seen_total'), reigns);

		const follower = await cluster.follower();
		await follower.stop();
		await follower.start();
		const agreed = async (): Promise<boolean> => new Set(await told(cluster, 'quorate_tuning_election_timeout_seconds')).size === 1;
		await eventually(agreed, { what: 'the timeout that the others have, at a member that was started anew' });
	});
});
