/**
 * Members with --tuning=auto. Behind links of 80 ms they go up from a timeout that is too short for them; on localhost they settle on a shorter election timeout than the one that they began with, all on the same, hold no
 * election meanwhile and after, and one that is started anew has it from its store. In full (`npm run prove -- tuning-calm`) the calm lasts 10 minutes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededChance } from '../../bench/load/link-delay.ts';
import { LinkProxy } from '../../bench/load/link-proxy.ts';
import { makeTempDirectory } from '../support/cleanup.ts';
import { Cluster, withCluster } from '../support/cluster.ts';
import { nextState } from '../support/dashboard-events.ts';
import { delay, eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { clusterSpec, Member, makeAddresses, withFreshPorts } from '../support/member.ts';
import { fetchMetrics, figure } from '../support/metrics-text.ts';

const CALM_SECONDS = Number(process.env['CALM_SECONDS'] ?? 2);
const SETTLED_SECONDS_MAX = 0.5;
const SETTLE_MS = 180_000;
const LINK = { roundTrip: 80, jitter: 0, loss: 0 };
/** Too short for such a link, where a campaign takes two round trips. */
const TOO_SHORT = { tuning: 'auto', 'heartbeat-interval': '40', 'election-timeout': '200' };
/** Four round trips. */
const NEEDED_SECONDS = 0.32;
const RAISED_MS = 30_000;

function told(cluster: Cluster, name: string): Promise<readonly number[]> {
	return Promise.all(cluster.members.map(async ({ clientUrl }) => figure(await fetchMetrics(clientUrl), name)));
}

interface Linked {
	readonly cluster: Cluster;
	readonly proxies: readonly LinkProxy[];
}

/** Three members, each reached by the others through a proxy of its own. */
async function startBehindLinks(): Promise<Linked> {
	const directory = makeTempDirectory('links');
	const names = ['m1', 'm2', 'm3'];
	const addresses = await makeAddresses(names, directory);
	const ports = await freePorts(names.length);
	const held = { parts: 0, milliseconds: 0 };
	const proxies = await Promise.all(
		addresses.map(({ peerUrl }, i) => {
			const [port, targetPort] = [Number(new URL(peerUrl).port), ports[i] ?? 0];
			return LinkProxy.open({ port, targetPort, chance: seededChance(i), held, linkTo: () => () => LINK });
		}),
	);
	const initialCluster = addresses.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
	const members = addresses.map((each, i) => {
		const flags = { ...TOO_SHORT, 'listen-peer-urls': `http://127.0.0.1:${ports[i]}` };
		return new Member(clusterSpec(each, { flags }, initialCluster), each);
	});
	const linked = { cluster: new Cluster(members, {}, directory), proxies };
	try {
		await linked.cluster.startAll();
	} catch (error) {
		await end(linked);
		throw error;
	}
	return linked;
}

async function end({ cluster, proxies }: Linked): Promise<void> {
	await cluster.destroy();
	for (const proxy of proxies) {
		proxy.close();
	}
}

test('cluster: tuning: behind slow links members agree on a timeout that is long enough for them, and the dashboard tells it', {
	timeout: 120_000,
}, async () => {
	const linked = await withFreshPorts(startBehindLinks);
	try {
		const { cluster } = linked;
		const agreed = async (): Promise<boolean> => {
			const seconds = await told(cluster, 'quorate_tuning_election_timeout_seconds');
			const shown = (await nextState(await cluster.leader())).members.find(({ isSelf }) => isSelf)?.state?.electionMs;
			return new Set(seconds).size === 1 && seconds.every((each) => each >= NEEDED_SECONDS && shown === Math.round(1_000 * each));
		};
		await eventually(agreed, { what: 'members, and a dashboard, that agree on four round trips or more', withinMs: RAISED_MS, everyMs: 100 });
		await (await cluster.leader()).client.put('far', 'away');
	} finally {
		await end(linked);
	}
});

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
