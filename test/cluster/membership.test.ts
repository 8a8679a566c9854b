/**
 * The members of a live cluster of real processes change under load, by Debian's etcdctl, the leader included. Nothing that was acknowledged
 * may be missing from any member's own store, and the stores hash equal.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { EXIT_CODES } from '../../src/base/fatal.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { etcdctl, initialClusterOf, listMembers, mustEtcdctl } from '../support/etcdctl.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';
import { PutWorkload } from '../support/put-workload.ts';
import { NotReadyError } from '../support/server-process.ts';
import { describeTally } from '../support/write-failures.ts';

const WRITERS = Number(process.env['WRITERS'] ?? 16);
const PUTS_BETWEEN = Number(process.env['PUTS'] ?? 200);
/** Small, so that newcomers need a snapshot. */
const FLAGS = { 'snapshot-count': '500', 'snapshot-catchup-entries': '100' };

const urlsOf = (members: readonly Member[]): readonly string[] => members.map((member) => member.clientUrl);

async function idOf(cluster: Cluster, member: Member): Promise<string> {
	const [asked] = cluster.awake.filter((each) => each !== member);
	const found = (await listMembers((asked ?? member).clientUrl)).find(({ peerUrl }) => peerUrl === member.peerUrl);
	assert.ok(found !== undefined, `${member.name} is in the list`);
	return found.id;
}

async function assertNothingMissing(cluster: Cluster, workload: PutWorkload): Promise<void> {
	await cluster.assertEqualStores();
	for (const member of cluster.members) {
		assert.deepEqual(await workload.missingAt(member.client), [], `acknowledged puts that ${member.name} lacks`);
	}
}

test('cluster: membership: a voter, then a learner that is promoted, join under load; the leader is moved and removed', async () => {
	await withCluster(3, { flags: FLAGS }, async (cluster) => {
		const workload = new PutWorkload({ endpoints: urlsOf(cluster.members), writers: WRITERS, valueBytes: 64 });
		workload.start();
		await workload.progress(1_000);

		const m4 = await cluster.address('m4');
		const follower = await cluster.follower();
		const added = await mustEtcdctl([follower.clientUrl], ['member', 'add', 'm4', '--peer-urls', m4.peerUrl]);
		await cluster.join(m4, initialClusterOf(added));
		await workload.progress(PUTS_BETWEEN);

		const m5 = await cluster.address('m5');
		const learner = await mustEtcdctl([follower.clientUrl], ['member', 'add', 'm5', '--learner', '--peer-urls', m5.peerUrl]);
		const fifth = await cluster.join(m5, initialClusterOf(learner));
		const refused = await etcdctl([fifth.clientUrl], ['get', 'w/0/0']);
		assert.match(refused.stderr, /^Error: etcdserver: rpc not supported for learner$/m);
		await mustEtcdctl([fifth.clientUrl], ['get', 'w/0/0', '--consistency=s']);
		const id = await idOf(cluster, fifth);
		await eventually(async () => (await etcdctl([follower.clientUrl], ['member', 'promote', id])).code === 0, { what: 'the learner to be promoted' });
		await workload.progress(PUTS_BETWEEN);

		const leader = await cluster.leader();
		const leaderId = await idOf(cluster, leader);
		await mustEtcdctl([leader.clientUrl], ['member', 'update', leaderId, '--peer-urls', leader.peerUrl.replace('127.0.0.1', 'localhost')]);
		await workload.progress(PUTS_BETWEEN);
		workload.use(urlsOf(cluster.members.filter((member) => member !== leader)));
		await mustEtcdctl([leader.clientUrl], ['member', 'remove', leaderId]);
		assert.deepEqual(await cluster.leave(leader), { code: EXIT_CODES.member_removed, signal: null });
		assert.equal(leader.lines.filter((line) => line.includes('has been permanently removed from the cluster')).length > 0, true);
		await workload.progress(PUTS_BETWEEN);

		await workload.stop();
		await assertNothingMissing(cluster, workload);
		console.log(`figure: ${workload.acknowledged} puts acknowledged; ${describeTally(workload.tally)}`);
		assert.equal(workload.tally.refused, 0, `puts were refused: ${workload.failures.map(({ message }) => message).slice(0, 5)}`);
	});
});

test('cluster: membership: a learner serves v2 as any follower does, as in etcd, and is not healthy', async () => {
	await withCluster(1, {}, async (cluster) => {
		const leader = await cluster.leader();
		const m2 = await cluster.address('m2');
		const added = await mustEtcdctl([leader.clientUrl], ['member', 'add', 'm2', '--learner', '--peer-urls', m2.peerUrl]);
		const learner = await cluster.join(m2, initialClusterOf(added));
		const written = await fetch(`${learner.clientUrl}/v2/keys/a?value=1`, { method: 'PUT', redirect: 'manual' });
		assert.deepEqual([written.status, written.headers.get('location')], [307, `${leader.clientUrl}/v2/keys/a?value=1`]);
		assert.equal((await fetch(`${learner.clientUrl}/v2/keys/a?value=1`, { method: 'PUT' })).status, 201);
		const held = await eventually(
			async () => {
				const read = await fetch(`${learner.clientUrl}/v2/keys/a`);
				return read.status === 200 ? read.text() : null;
			},
			{ what: 'the learner to have applied the write' },
		);
		assert.match(held, /"value":"1"/);
		assert.match(await mustEtcdctl([learner.clientUrl], ['member', 'list'], '2'), /name=m2 /);
		const health = await etcdctl([learner.clientUrl], ['endpoint', 'health']);
		assert.match(health.stdout + health.stderr, /etcdserver: rpc not supported for learner/);
	});
});

test('cluster: membership: etcdctl of v2 adds, moves and removes a member', async () => {
	await withCluster(3, {}, async (cluster) => {
		const leader = await cluster.leader();
		const m4 = await cluster.address('m4');
		const added = await mustEtcdctl([leader.clientUrl], ['member', 'add', 'm4', m4.peerUrl], '2');
		const fourth = await cluster.join(m4, initialClusterOf(added));
		const id = await idOf(cluster, fourth);
		assert.match(await mustEtcdctl([leader.clientUrl], ['member', 'list'], '2'), new RegExp(`^${id}: name=m4 peerURLs=${m4.peerUrl} `, 'm'));
		assert.match(await mustEtcdctl([leader.clientUrl], ['member', 'update', id, 'http://localhost:1'], '2'), /Updated member with ID/);
		assert.match(await mustEtcdctl([leader.clientUrl], ['member', 'remove', id], '2'), /Removed member/);
		assert.equal((await cluster.leave(fourth)).code, EXIT_CODES.member_removed);
		const again = await etcdctl([leader.clientUrl], ['member', 'remove', id], '2');
		assert.match(again.stdout + again.stderr, /removed|No such member|Couldn't find/i);
	});
});

test('cluster: membership: a member that lost its disk is refused under its old id, new or existing', async () => {
	await withCluster(3, {}, async (cluster) => {
		const member = await cluster.follower();
		const id = await idOf(cluster, member);
		await member.kill('SIGKILL');
		rmSync(member.dataDir, { recursive: true });
		await assert.rejects(member.start(), (error) => error instanceof NotReadyError && error.ended.code === EXIT_CODES.member_known);
		assert.ok(member.lines.includes(`quorate: member ${id} has already been bootstrapped`));
		const initialCluster = cluster.members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
		const { name, clientUrl, peerUrl, dataDir } = member;
		const joining = cluster.join({ name, clientUrl, peerUrl, dataDir }, initialCluster);
		await assert.rejects(joining, (error) => error instanceof NotReadyError && error.ended.code === EXIT_CODES.member_known);
		await mustEtcdctl(urlsOf(cluster.awake), ['put', 'still', 'here']);
	});
});

test('cluster: membership: a member that was removed while it was down learns it when it comes back', async () => {
	await withCluster(3, {}, async (cluster) => {
		const member = await cluster.follower();
		const id = await idOf(cluster, member);
		await member.kill('SIGKILL');
		const [asked] = cluster.awake;
		await mustEtcdctl([asked?.clientUrl ?? ''], ['member', 'remove', id]);
		await member.start().catch(() => {});
		assert.equal((await cluster.leave(member)).code, EXIT_CODES.member_removed);
		await cluster.assertEqualStores();
	});
});

test('cluster: membership: one that was not added, or lists others than are in the cluster, cannot join', async () => {
	await withCluster(1, {}, async (cluster) => {
		const stranger = await cluster.address('m2');
		const all = [...cluster.members, stranger].map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
		const joining = cluster.join(stranger, all);
		await assert.rejects(joining, (error) => error instanceof NotReadyError && error.ended.code === EXIT_CODES.join_failed);
		assert.match(cluster.members[1]?.tail() ?? '', /^quorate: --initial-cluster: .*member count is unequal/m);
	});
});

test('cluster: membership: one member grows to two, and the first leaves the second alone', async () => {
	await withCluster(1, {}, async (cluster) => {
		const first = await cluster.leader();
		await mustEtcdctl([first.clientUrl], ['put', 'key', 'kept']);
		const m2 = await cluster.address('m2');
		const added = await mustEtcdctl([first.clientUrl], ['member', 'add', 'm2', '--peer-urls', m2.peerUrl]);
		const second = await cluster.join(m2, initialClusterOf(added));
		await mustEtcdctl([first.clientUrl], ['member', 'remove', await idOf(cluster, first)]);
		assert.equal((await cluster.leave(first)).code, EXIT_CODES.member_removed);
		assert.equal(await mustEtcdctl([second.clientUrl], ['get', 'key', '--print-value-only']), 'kept\n');
		const last = await etcdctl([second.clientUrl], ['member', 'remove', await idOf(cluster, second)]);
		assert.match(last.stderr, /^Error: etcdserver: re-configuration failed due to not enough started members$/m);
	});
});
