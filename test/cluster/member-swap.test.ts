/**
 * One member takes another's place in one step, under load: POST /v2/members with `replaces`, as curl sends it. First a learner that has caught
 * up takes the leader's place, then a newcomer that has not started yet a follower's. Nothing acknowledged may be missing afterwards.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT_CODES } from '../../src/base/fatal.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { etcdctl, initialClusterOf, listMembers, mustEtcdctl } from '../support/etcdctl.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';
import { PutWorkload } from '../support/put-workload.ts';
import { describeTally } from '../support/write-failures.ts';

const WRITERS = Number(process.env['WRITERS'] ?? 16);
const PUTS_BETWEEN = Number(process.env['PUTS'] ?? 300);
/** Small, so that newcomers need a snapshot. */
const FLAGS = { 'snapshot-count': '500', 'snapshot-catchup-entries': '100' };

const urlsOf = (members: readonly Member[]): readonly string[] => members.map((member) => member.clientUrl);

async function idOf(cluster: Cluster, asked: Member, member: { readonly peerUrl: string }): Promise<string> {
	const found = (await listMembers(asked.clientUrl)).find(({ peerUrl }) => peerUrl === member.peerUrl);
	assert.ok(found !== undefined, `a member at ${member.peerUrl} is in the list of ${cluster.members.length}`);
	return found.id;
}

async function post(member: Member, fields: object): Promise<{ readonly status: number; readonly text: string }> {
	const headers = { 'Content-Type': 'application/json' };
	const answer = await fetch(`${member.clientUrl}/v2/members`, { method: 'POST', headers, body: JSON.stringify(fields) });
	return { status: answer.status, text: await answer.text() };
}

const listOf = (members: readonly { readonly name: string; readonly peerUrl: string }[]): string =>
	members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');

test('cluster: member swap: a learner takes the place of the leader, and a newcomer that of a follower, under load', async () => {
	await withCluster(3, { flags: FLAGS }, async (cluster) => {
		const workload = new PutWorkload({ endpoints: urlsOf(cluster.members), writers: WRITERS, valueBytes: 64, deadlineMs: 10_000 });
		workload.start();
		await workload.progress(2 * PUTS_BETWEEN);
		const leader = await cluster.leader();
		const [asked, other] = cluster.members.filter((member) => member !== leader);
		assert.ok(asked !== undefined && other !== undefined);

		const m4 = await cluster.address('m4');
		const added = await mustEtcdctl([asked.clientUrl], ['member', 'add', 'm4', '--learner', '--peer-urls', m4.peerUrl]);
		await cluster.join(m4, initialClusterOf(added));
		const leaderId = await idOf(cluster, asked, leader);
		const swap = { promotes: await idOf(cluster, asked, m4), replaces: leaderId };
		workload.use([asked.clientUrl, other.clientUrl]);
		const answer = await eventually(
			async () => {
				const tried = await post(asked, swap);
				return tried.status === 409 && tried.text.includes('in sync with leader') ? null : tried;
			},
			{ what: 'the learner to have caught up' },
		);
		assert.equal(answer.status, 201, answer.text);
		assert.deepEqual(await cluster.leave(leader), { code: EXIT_CODES.member_removed, signal: null });
		await workload.progress(PUTS_BETWEEN);
		assert.equal((await listMembers(asked.clientUrl)).length, 3);

		const m5 = await cluster.address('m5');
		const gone = (await cluster.leader()) === other ? asked : other;
		const stays = gone === other ? asked : other;
		workload.use(urlsOf(cluster.members.filter((member) => member !== gone)));
		const swapped = await post(stays, { peerURLs: [m5.peerUrl], replaces: await idOf(cluster, stays, gone) });
		assert.equal(swapped.status, 201, swapped.text);
		assert.deepEqual(await cluster.leave(gone), { code: EXIT_CODES.member_removed, signal: null });
		await cluster.join(m5, listOf([...cluster.members, m5]));
		await workload.progress(PUTS_BETWEEN);

		await workload.stop();
		await cluster.assertEqualStores();
		for (const member of cluster.members) {
			assert.deepEqual(await workload.missingAt(member.client), [], `acknowledged puts that ${member.name} lacks`);
		}
		console.log(`figure: ${workload.acknowledged} puts acknowledged; ${describeTally(workload.tally)}`);
		assert.equal(workload.tally.refused, 0, `puts were refused: ${workload.failures.map(({ message }) => message).slice(0, 5)}`);
	});
});

test('cluster: member swap: a replaced id is gone for good, and a swap that would leave no majority is refused', async () => {
	await withCluster(3, {}, async (cluster) => {
		const leader = await cluster.leader();
		const follower = await cluster.follower();
		const m4 = await cluster.address('m4');
		const id = await idOf(cluster, leader, follower);
		assert.equal((await post(leader, { peerURLs: [m4.peerUrl], replaces: id })).status, 201);
		assert.equal((await cluster.leave(follower)).code, EXIT_CODES.member_removed);
		const again = await etcdctl([leader.clientUrl], ['member', 'remove', id]);
		assert.match(again.stderr, /^Error: etcdserver: member not found$/m);
		assert.deepEqual(await post(leader, { peerURLs: ['http://127.0.0.1:1'], replaces: id }), {
			status: 410,
			text: `{"message":"Member permanently removed: ${id}"}`,
		});
		// m4 has not started: of three voters only two have, and the swap of one of them would leave one.
		const rest = cluster.members.find((member) => member !== leader);
		assert.ok(rest !== undefined);
		const refused = await post(leader, { peerURLs: ['http://127.0.0.1:1'], replaces: await idOf(cluster, leader, rest) });
		assert.deepEqual(refused, {
			status: 409,
			text: '{"message":"etcdserver: re-configuration failed due to not enough started members"}',
		});
	});
});

test('cluster: member swap: a leader that is asked to be replaced itself answers before it ends', async () => {
	await withCluster(3, {}, async (cluster) => {
		const leader = await cluster.leader();
		const rest = cluster.members.filter((member) => member !== leader);
		const m4 = await cluster.address('m4');
		const id = await idOf(cluster, leader, leader);
		const swapped = await post(leader, { peerURLs: [m4.peerUrl], replaces: id });
		assert.equal(swapped.status, 201, swapped.text);
		assert.deepEqual(await cluster.leave(leader), { code: EXIT_CODES.member_removed, signal: null });
		await cluster.join(m4, listOf([...rest, m4]));
		await mustEtcdctl(urlsOf(rest), ['put', 'after', 'it']);
		await cluster.assertEqualStores();
	});
});
