/**
 * The leader is stopped with SIGSTOP for 5 s and woken: it wakes believing that it still leads. Reads sent to it meanwhile wait in its socket, and
 * must not be answered from before what its successor has acknowledged since. No acknowledged write is lost.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { delay, eventually } from '../support/eventually.ts';
import { PutWorkload } from '../support/put-workload.ts';
import { RegisterLoad } from '../support/register-load.ts';

const PAUSE_MS = 5_000;
/** While the leader sleeps, a read of each register is sent to it this often; none waits for another. */
const READ_EVERY_MS = 50;
const WRITE_DEADLINE_MS = 2_000;

async function pauseLeader(cluster: Cluster, load: RegisterLoad): Promise<void> {
	const leader = await cluster.leader();
	leader.pause();
	const pausedAt = performance.now();
	const next = await cluster.leader();
	console.log(`figure: ${next.name} led ${Math.round(performance.now() - pausedAt)} ms after ${leader.name} was paused`);
	while (performance.now() - pausedAt < PAUSE_MS) {
		load.fireReads(leader.name);
		await delay(READ_EVERY_MS);
	}
	leader.resume();
	// It has woken and serves again when a write through it is acknowledged.
	await eventually(() => leader.client.put('woken', leader.name, WRITE_DEADLINE_MS), { what: `a put through ${leader.name} after its pause` });
}

test('cluster: leader pause: a leader that slept answers no stale read, and loses no write', async () => {
	await withCluster(3, {}, async (cluster) => {
		const workload = new PutWorkload({ endpoints: cluster.members.map((member) => member.clientUrl), writers: 16, valueBytes: 64 });
		const load = new RegisterLoad(cluster.members);
		await load.start();
		workload.start();
		await workload.progress(200);
		await pauseLeader(cluster, load);
		await workload.progress(200);
		await load.stop();
		await workload.stop();
		await load.readEverywhere();

		for (const register of load.registers) {
			assert.deepEqual([register.stale, register.invented], [[], []], `reads of ${register.key}`);
		}
		await cluster.assertEqualStores();
		for (const member of cluster.members) {
			assert.deepEqual(await workload.missingAt(member.client), [], `acknowledged puts that ${member.name} lacks`);
		}
		const reads = load.registers.reduce((sum, register) => sum + register.reads, 0);
		console.log(`figure: ${reads} linearizable reads checked, ${workload.acknowledged} puts acknowledged`);
	});
});
