/** Three members of quorate and the classic guide's promise: a v2 write works on any of them, with curl -L and with etcdctl (design section 6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';
import { type RunResult, run } from '../support/run.ts';

function curl(...args: readonly string[]): Promise<RunResult> {
	return run('curl', ['-s', '-i', ...args]);
}

/** The followers, once each of them knows where the leader serves clients. */
async function followersOf(cluster: Cluster): Promise<readonly Member[]> {
	const leader = await cluster.leader();
	const followers = cluster.members.filter((member) => member !== leader);
	for (const follower of followers) {
		const machines = async (): Promise<boolean> => (await (await fetch(`${follower.clientUrl}/v2/machines`)).text()).includes(leader.clientUrl);
		await eventually(machines, { what: `${follower.name} to know the leader's client URL` });
	}
	return followers;
}

test('clients: v2 on three members: a follower sends a write to the leader, and curl -L follows', () =>
	withCluster(3, {}, async (cluster) => {
		const followers = await followersOf(cluster);
		const leader = await cluster.leader();
		for (const follower of followers) {
			const url = `${follower.clientUrl}/v2/keys/from/${follower.name}`;
			const told = await curl('-XPUT', '-d', 'value=x', url);
			assert.match(told.stdout, /^HTTP\/1\.1 307 /);
			assert.ok(told.stdout.includes(`Location: ${leader.clientUrl}/v2/keys/from/${follower.name}\r\n`), told.stdout);
			const followed = await curl('-L', '-XPUT', '-d', 'value=hello', url);
			assert.match(followed.stdout, /HTTP\/1\.1 201 Created[\s\S]*"value":"hello"/);
			const read = await curl('-L', `${url}?quorum=true`);
			assert.match(read.stdout, /HTTP\/1\.1 200 OK[\s\S]*"value":"hello"/);
			const deleted = await curl('-L', '-XDELETE', url);
			assert.match(deleted.stdout, /HTTP\/1\.1 200 OK[\s\S]*"action":"delete"/);
		}
	}));

test('clients: v2 on three members: etcdctl writes through a follower, and every member reads it', () =>
	withCluster(3, {}, async (cluster) => {
		const [follower] = await followersOf(cluster);
		assert.ok(follower !== undefined);
		const env = { ETCDCTL_API: '2' };
		const set = await run('etcdctl', ['--no-sync', '--endpoints', follower.clientUrl, 'set', '/guide/message', 'Hello'], { env });
		assert.deepEqual([set.code, set.stdout, set.stderr], [0, 'Hello\n', '']);
		for (const member of cluster.members) {
			const get = await run('etcdctl', ['--no-sync', '--endpoints', member.clientUrl, 'get', '--quorum', '/guide/message'], { env });
			assert.deepEqual([get.code, get.stdout, get.stderr], [0, 'Hello\n', '']);
		}
	}));
