/** Watch streams and locks on a real cluster while it loses its leader, its quorum, and a follower that comes back by a snapshot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { longFromNumber } from '../../src/rpc/long-id.ts';
import { LockProgram } from '../clients/lock-program.ts';
import { withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';
import { WatchStreamClient } from '../support/watch-stream.ts';

const NO_LEADER = { status: 14, message: 'etcdserver: no leader' };
const FAST = { 'heartbeat-interval': '50', 'election-timeout': '500' };

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function clientOf(member: Member): Client {
	return new Client(new URL(member.clientUrl).host, credentials.createInsecure(), {
		'grpc.use_local_subchannel_pool': 1,
		'grpc.initial_reconnect_backoff_ms': 100,
		'grpc.max_reconnect_backoff_ms': 200,
	});
}

/** A watcher of a prefix that is there. */
async function watch(client: Client, prefix: string, headers: Readonly<Record<string, string>> = {}, startRevision = 0): Promise<WatchStreamClient> {
	const stream = new WatchStreamClient(client, headers);
	stream.create({ key: bytes(`${prefix}/`), range_end: bytes(`${prefix}0`), start_revision: longFromNumber(startRevision) });
	assert.equal((await stream.next()).created, true);
	return stream;
}

/** The values of the next so many events. */
async function values(stream: WatchStreamClient, count: number): Promise<readonly string[]> {
	const found: string[] = [];
	while (found.length < count) {
		const { events } = await stream.next();
		found.push(...events.map(({ kv }) => Buffer.from(kv?.value ?? []).toString()));
	}
	return found;
}

async function putAll(member: Member, prefix: string, from: number, to: number): Promise<void> {
	for (let i = from; i < to; i++) {
		await member.client.put(`${prefix}/${i % 5}`, String(i));
	}
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

test('cluster: watch: who insists on a leader is let go when the quorum is lost, another watches on and misses nothing', async () => {
	await withCluster(3, { flags: FAST }, async (cluster) => {
		const follower = await cluster.follower();
		const client = clientOf(follower);
		try {
			const insists = await watch(client, 'w', { hasleader: 'true' });
			const patient = await watch(client, 'w');
			const others = cluster.members.filter((member) => member !== follower);
			await Promise.all(others.map((member) => member.kill('SIGKILL')));
			assert.deepEqual(await insists.ended, NO_LEADER);
			assert.deepEqual(await new WatchStreamClient(client, { hasleader: 'true' }).ended, NO_LEADER);
			await Promise.all(others.map((member) => member.start()));
			await putAll(await cluster.leader(), 'w', 0, 10);
			assert.deepEqual(await values(patient, 10), numbers(10));
			patient.cancel();
		} finally {
			client.close();
		}
	});
});

test('cluster: watch: a follower that comes back by a snapshot gives its watchers all that they missed', async () => {
	await withCluster(3, { flags: { ...FAST, 'snapshot-count': '50', 'snapshot-catchup-entries': '10' } }, async (cluster) => {
		const follower = await cluster.follower();
		const leader = await cluster.leader();
		await putAll(leader, 's', 0, 20);
		const { revision } = await follower.client.range('s/');
		await follower.kill('SIGKILL');
		await putAll(leader, 's', 20, 400);
		const started = follower.start();
		// As soon as its port is open, which may be before the snapshot has come.
		const client = clientOf(follower);
		try {
			const stream = await eventually(() => watch(client, 's', {}, revision + 1), { what: 'a watcher on the follower' });
			await started;
			await putAll(leader, 's', 400, 420);
			assert.deepEqual(await values(stream, 400), numbers(420).slice(20));
			assert.ok(
				follower.lines.some((line) => line.includes('"received a snapshot"')),
				'the follower was too far behind for the log',
			);
			stream.cancel();
		} finally {
			client.close();
		}
	});
});

test('cluster: watch: a member that is stopped says so on its streams', async () => {
	await withCluster(1, { flags: FAST }, async (cluster) => {
		const [member] = cluster.members;
		assert.ok(member !== undefined);
		const client = clientOf(member);
		try {
			const stream = await watch(client, 'w');
			await member.stop();
			assert.deepEqual(await stream.ended, { status: 14, message: 'etcdserver: server stopped' });
		} finally {
			client.close();
		}
	});
});

test('cluster: lock: who waits on a follower gets the lock under the next leader', async () => {
	await withCluster(3, { flags: FAST }, async (cluster) => {
		const follower = await cluster.follower();
		const calls = new LockProgram(follower);
		try {
			await calls.grant(1);
			await calls.grant(2);
			assert.match(await calls.lock('l', 1), /"l\/1"/);
			const waiting = calls.lock('l', 2);
			await calls.inLine('l', 2);
			await (await cluster.leader()).kill('SIGKILL');
			await cluster.leader();
			await eventually(async () => /^{/.test(await calls.unlock('l/1')), { what: 'the first lock to be given up' });
			assert.match(await waiting, /"l\/2"/);
		} finally {
			calls.close();
		}
	});
});
