/** Stopping in order, on real processes: SIGTERM and SIGINT hand the leadership over, answer what is pending, and lose nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { RpcError } from '../support/grpc-client.ts';
import { KvClient } from '../support/kv-client.ts';
import { type Member, startMember } from '../support/member.ts';
import { PutWorkload } from '../support/put-workload.ts';

const STOP_MS_MAX = 5_000;
const WRITERS = 32;
const UNAVAILABLE = 14;
/** Longer than a stop may take, so that a put that nobody answered shows. */
const PUT_DEADLINE_MS = 20_000;
const PUTS = 500;

/** Puts one after the other until one fails; how that one failed. */
async function putUntilRefused(client: KvClient, writer: number): Promise<unknown> {
	for (let i = 0; ; i++) {
		try {
			await client.put(`until/${writer}/${i}`, 'v', PUT_DEADLINE_MS);
		} catch (error) {
			return error;
		}
	}
}

/** The roles that a member took, from the given line on. */
function rolesSince(member: Member, line: number): readonly string[] {
	return member.lines.slice(line).flatMap((text) => /"msg":"became (\w+)"/.exec(text)?.[1] ?? []);
}

test('cluster: shutdown: a leader under load that gets SIGTERM hands over, ends with 0 within 5 s, and no acknowledged put is lost', async () => {
	await withCluster(3, {}, async (cluster) => {
		const workload = new PutWorkload({ endpoints: cluster.members.map((member) => member.clientUrl), writers: WRITERS, valueBytes: 64 });
		workload.start();
		await workload.progress(PUTS);
		const leader = await cluster.leader();
		const others = cluster.members.filter((member) => member !== leader);
		const before = others.map((member) => member.lines.length);
		const askedAt = performance.now();
		const { code } = await leader.stop();
		const took = Math.round(performance.now() - askedAt);
		console.log(`figure: ${leader.name} stopped in ${took} ms`);
		assert.deepEqual([code, took <= STOP_MS_MAX], [0, true], `${took} ms`);
		await workload.progress(PUTS);
		// Whoever waits for an election timeout asks for pre-votes first; the successor was told to campaign.
		const roles = others.flatMap((member, i) => rolesSince(member, before[i] ?? 0));
		assert.deepEqual([roles.includes('leader'), roles.includes('pre_candidate')], [true, false], roles.join(' '));
		await leader.start();
		await workload.stop();
		await cluster.assertEqualStores();
		for (const member of cluster.members) {
			assert.deepEqual(await workload.missingAt(member.client), [], `acknowledged puts that ${member.name} lacks`);
		}
	});
});

test('cluster: shutdown: clients of a member that stops get answers until their connection ends', async () => {
	await withCluster(3, {}, async (cluster) => {
		const leader = await cluster.leader();
		const clients = Array.from({ length: 4 }, () => new KvClient(leader.clientUrl));
		const ends = Array.from({ length: WRITERS }, (_, writer) => putUntilRefused(clients[writer % clients.length] as KvClient, writer));
		await leader.stop();
		const errors = await Promise.all(ends);
		for (const client of clients) {
			client.close();
		}
		const wrong = errors.filter((error) => !(error instanceof RpcError && error.grpcStatus === UNAVAILABLE)).map(String);
		assert.deepEqual(wrong, []);
	});
});

test('cluster: shutdown: a member alone that was stopped has everything after its restart', async () => {
	const member = await startMember();
	const workload = new PutWorkload({ endpoints: [member.clientUrl], writers: WRITERS, valueBytes: 64 });
	workload.start();
	await workload.progress(PUTS);
	const { code } = await member.stop();
	await workload.stop();
	assert.equal(code, 0);
	const line = member.lines.length;
	await member.start();
	assert.deepEqual(await workload.missingAt(member.client), []);
	assert.deepEqual(
		member.lines.slice(line).filter((text) => /"level":"(warn|error|fatal)"/.test(text)),
		[],
	);
	member.client.close();
	assert.equal((await member.stop()).code, 0);
});

/** A leader whose followers sleep: it waits for one of them to take over for about an election timeout. */
async function withSlowStop(work: (leader: Member) => Promise<void>): Promise<void> {
	await withCluster(3, {}, async (cluster) => {
		const leader = await cluster.leader();
		for (const member of cluster.members) {
			if (member !== leader) {
				member.pause();
			}
		}
		process.kill(leader.pid, 'SIGINT');
		await leader.said('received signal');
		await work(leader);
	});
}

test('cluster: shutdown: a SIGINT that comes twice, as one key press does through npm, stops in order', async () => {
	await withSlowStop(async (leader) => {
		assert.equal((await leader.kill('SIGINT')).code, 0);
	});
});

test('cluster: shutdown: the second SIGINT ends a member at once', async () => {
	await withSlowStop(async (leader) => {
		// Repetitions that are too close to be another key press are not heard; one of these is not.
		await eventually(() => !leader.isRunning || !process.kill(leader.pid, 'SIGINT'), { what: `${leader.name} to end` });
		assert.deepEqual([(await leader.ended).code, leader.lines.some((line) => line.includes('"msg":"stopped"'))], [130, false]);
	});
});
