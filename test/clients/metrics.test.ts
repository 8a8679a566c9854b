/**
 * /metrics beside Debian's etcd: every name that etcd has is there with its type, labels and buckets, but those that are listed as left out with a reason;
 * and after the same requests the figures that count requests are the same. `npm run metrics:check` runs it alone.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withCluster } from '../support/cluster.ts';
import { mustEtcdctl } from '../support/etcdctl.ts';
import { eventually } from '../support/eventually.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';
import { type Family, fetchMetrics, figure } from '../support/metrics-text.ts';
import { known } from './known-differences.ts';
import { ABSENT, BOARD_METRICS } from './metric-names.ts';

type Page = ReadonlyMap<string, Family>;

let servers: readonly Member[] = [];
let ours: Page;
let theirs: Page;

before(async () => {
	servers = [await startMember(), await startEtcd()];
	await Promise.all(servers.map(({ clientUrl }) => use(clientUrl)));
	[ours, theirs] = (await Promise.all(servers.map(({ clientUrl }) => fetchMetrics(clientUrl)))) as [Page, Page];
});
after(async () => {
	await Promise.all(servers.map((server) => server.stop()));
});

/** The same for both. */
async function use(clientUrl: string): Promise<void> {
	const say = (...words: string[]): Promise<string> => mustEtcdctl([clientUrl], words);
	await say('put', 'a', '1');
	await say('put', 'a', '22');
	await say('put', 'b', '333');
	await say('get', 'a');
	await say('get', '', '--prefix', '--consistency=s');
	await say('del', 'b');
	await say('compact', '3');
	const [, lease = ''] = /lease (\w+) granted/.exec(await say('lease', 'grant', '600')) ?? [];
	await say('lease', 'revoke', lease);
	await fetch(`${clientUrl}/health`);
	await fetch(`${clientUrl}/health`);
}

function reasonOf(name: string): string | undefined {
	return Object.entries(ABSENT).find(([, pattern]) => pattern.test(name))?.[0];
}

test('clients: metrics: every name that etcd has is there, or is left out by a line of the known differences', () => {
	const missing = [...theirs.keys()].filter((name) => !ours.has(name) && reasonOf(name) === undefined);
	assert.deepEqual(missing, []);
	assert.ok(theirs.size > 80, `etcd tells only ${theirs.size} metrics: it is not asked in the right way`);
});

test('clients: metrics: what is said to be left out is left out, and is written down', () => {
	assert.deepEqual(
		[...ours.keys()].filter((name) => theirs.has(name) && reasonOf(name) !== undefined),
		[],
	);
	for (const name of Object.keys(ABSENT)) {
		known(name, /x/g, '');
	}
});

test('clients: metrics: what both tell has the same type, the same labels and the same buckets', () => {
	const shape = (family: Family | undefined): unknown => ({
		type: family?.type,
		labels: [...new Set(family?.samples.map(({ labels }) => Object.keys(labels).sort().join(' ')))].sort(),
		bounds: [...new Set(family?.samples.flatMap(({ labels }) => labels['le'] ?? []))],
	});
	const shapes = (page: Page): unknown =>
		Object.fromEntries([...theirs.keys()].filter((name) => ours.has(name)).map((name) => [name, shape(page.get(name))]));
	assert.deepEqual(shapes(ours), shapes(theirs));
});

test('clients: metrics: after the same requests, what counts requests is the same', () => {
	const methods = ['Put', 'Range', 'DeleteRange', 'Compact', 'LeaseGrant', 'LeaseRevoke'];
	const calls = methods.flatMap((grpc_method) => [
		['grpc_server_started_total', { grpc_method }],
		['grpc_server_handled_total', { grpc_method, grpc_code: 'OK' }],
		['grpc_server_msg_received_total', { grpc_method }],
		['grpc_server_msg_sent_total', { grpc_method }],
	]);
	const names = [
		'etcd_mvcc_put_total',
		'etcd_mvcc_delete_total',
		'etcd_mvcc_txn_total',
		'etcd_debugging_mvcc_put_total',
		'etcd_debugging_mvcc_total_put_size_in_bytes',
		'etcd_debugging_mvcc_current_revision',
		'etcd_debugging_mvcc_compact_revision',
		'etcd_debugging_mvcc_watcher_total',
		'etcd_debugging_lease_granted_total',
		'etcd_debugging_lease_revoked_total',
		'etcd_debugging_lease_ttl_total_sum',
		'etcd_network_client_grpc_received_bytes_total',
		'etcd_server_has_leader',
		'etcd_server_is_leader',
		'etcd_server_is_learner',
		'etcd_server_proposals_pending',
		'etcd_server_health_success',
		'etcd_server_health_failures',
	].map((name) => [name, {}]);
	const figures = (page: Page) =>
		[...calls, ...names].map(([name, labels]) => [name, labels, figure(page, name as string, labels as Record<string, string>)]);
	assert.deepEqual(figures(ours), figures(theirs));
});

test('clients: metrics: every member of three tells all that boards and alerts read', async () => {
	await withCluster(3, {}, async (cluster) => {
		await mustEtcdctl([cluster.members[0]?.clientUrl ?? ''], ['put', 'a', '1']);
		await cluster.leader();
		for (const { clientUrl } of cluster.members) {
			// A method's times are told from its first call on, and a round trip is measured within a second.
			await mustEtcdctl([clientUrl], ['get', 'a']);
			await eventually(
				async () => {
					const page = await fetchMetrics(clientUrl);
					return BOARD_METRICS.every((name) => (page.get(name)?.samples.length ?? 0) > 0) && roundTrips(page) > 0;
				},
				{ what: `${clientUrl} to tell all of ${BOARD_METRICS.length} metrics` },
			);
		}
	});
});

function roundTrips(page: Page): number {
	const { samples = [] } = page.get('etcd_network_peer_round_trip_time_seconds') ?? {};
	return samples.filter(({ name }) => name.endsWith('_count')).reduce((sum, { value }) => sum + value, 0);
}
