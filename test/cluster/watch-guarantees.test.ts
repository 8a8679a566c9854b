/**
 * Three members under load and faults: leaders killed, members paused, all killed at once, history compacted under watchers that are away, a
 * follower that comes back by a snapshot under its watchers. Everything that clients asked and watchers were told is recorded, and afterwards
 * the validators of test/robustness look at it: the eight guarantees of a watch, and that requests are linearizable. ROUNDS, SEED: how many
 * clusters, and what clients draw (npm run prove -- watch-guarantees: 6).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SeededRandom } from '../../src/base/random.ts';
import { Keyspace } from '../robustness/keyspace.ts';
import { persistedOf } from '../robustness/persisted.ts';
import { BIG_REQUEST_BYTES } from '../robustness/traffic/draw-request.ts';
import { Scene } from '../robustness/traffic/scene.ts';
import { validate } from '../robustness/validators/validators.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';
import { killAll } from '../support/server-process.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 1);
const SEED = Number(process.env['SEED'] ?? 20_261_123);
/** A log that is soon too short for a follower that was away; progress by itself as often as can be asked for. */
const FLAGS = {
	'snapshot-count': '100',
	'snapshot-catchup-entries': '50',
	'max-request-bytes': String(BIG_REQUEST_BYTES),
	'watch-progress-notify-interval': '100ms',
};
const BEHIND_MAX = 4_000;
const SNAPSHOT = '"received a snapshot"';

interface Play {
	readonly cluster: Cluster;
	readonly scene: Scene;
}

const FAULTS: Readonly<Record<string, (play: Play) => Promise<void>>> = {
	'the leader is killed': async ({ cluster, scene }) => {
		const leader = await cluster.leader();
		await leader.kill('SIGKILL');
		await cluster.leader();
		await scene.progress(50);
		await leader.start();
	},
	'the leader is paused': async ({ cluster, scene }) => {
		const leader = await cluster.leader();
		leader.pause();
		await cluster.leader();
		await scene.progress(50);
		leader.resume();
	},
	'history is compacted under watchers that are away': async ({ cluster, scene }) => {
		const follower = await cluster.follower();
		await follower.kill('SIGKILL');
		await scene.progress(50);
		const before = scene.compactions;
		const other = await cluster.leader();
		await eventually(async () => (await scene.clients.compact(other, scene.seenRevision)).kind === 'ok', { what: 'a compaction' });
		await follower.start();
		await eventually(() => scene.compactions > before, { what: `a watcher of ${follower.name} to be told of the compaction` });
	},
	'a follower comes back by a snapshot': async ({ cluster, scene }) => {
		const follower = await cluster.follower();
		const before = countSnapshots(follower);
		// What waits in its socket may be enough at first.
		for (let behind = 400; countSnapshots(follower) === before; behind *= 2) {
			assert.ok(behind <= BEHIND_MAX, `${follower.name} has received no snapshot, ${behind} revisions behind`);
			follower.pause();
			await scene.progress(behind);
			follower.resume();
			await eventually(async () => (await follower.client.status()).revision >= scene.seenRevision - 50, {
				what: `${follower.name} to catch up`,
				withinMs: 60_000,
			});
		}
	},
	'a response is too large for one message': async ({ cluster, scene }) => {
		const leader = await cluster.leader();
		for (let i = 0; i < 3; i++) {
			await scene.clients.writeBig(leader);
		}
	},
	'all are killed at once': async ({ cluster, scene }) => {
		await killAll(cluster.members);
		await cluster.startAll();
		await scene.progress(50);
	},
};

/** For a look at what went wrong. */
function keep({ history }: Scene): string {
	const file = join(mkdtempSync(join(tmpdir(), 'quorate-history-')), 'history.json');
	writeFileSync(file, JSON.stringify(history));
	return file;
}

function countSnapshots(member: Member): number {
	return member.lines.filter((line) => line.includes(SNAPSHOT)).length;
}

async function playRound(cluster: Cluster, seed: number): Promise<Scene> {
	const scene = new Scene(cluster.members, new SeededRandom(seed));
	scene.start();
	try {
		await scene.progress(100);
		for (const [title, fault] of Object.entries(FAULTS)) {
			const startedAt = performance.now();
			await fault({ cluster, scene });
			await scene.progress(50);
			console.log(`${title}: ${Math.round(performance.now() - startedAt)} ms, up to revision ${scene.seenRevision}`);
		}
		await scene.finish();
		return scene;
	} catch (error) {
		await scene.abandon();
		throw new Error(`${String(error)}\nhistory kept in ${keep(scene)}`, { cause: error });
	}
}

/** A run without load, or without what it is to be tried on, shows nothing. */
function assertEnough({ history, compactions }: Scene): void {
	const answered = history.operations.filter(({ outcome }) => outcome.kind === 'ok').length;
	const responses = history.sessions.flatMap(({ responses }) => responses);
	const count = (kind: string): number => responses.filter((response) => response.kind === kind).length;
	const fragments = responses.filter(({ isFragment }) => isFragment).length;
	const events = responses.reduce((sum, response) => sum + response.events.length, 0);
	const unknown = history.operations.filter(({ outcome }) => outcome.kind === 'unknown').length;
	console.log(`figure: ${answered} requests answered, ${unknown} without an answer; ${history.sessions.length} watch sessions, ${events} events`);
	console.log(`figure: ${count('progress')} words of progress, ${fragments} fragments, ${compactions} watchers told of a compaction`);
	assert.ok(answered >= 1_000 && events >= 10_000 && count('progress') >= 500 && fragments > 0 && compactions > 0, 'too little was tried');
}

for (let round = 1; round <= ROUNDS; round++) {
	test(`cluster: watch guarantees: hold under kill, pause, compaction and snapshot, and requests are linearizable (round ${round})`, async () => {
		await withCluster(3, { flags: FLAGS }, async (cluster) => {
			const scene = await playRound(cluster, SEED + round);
			assertEnough(scene);
			const { changes, seenAt, problems } = persistedOf(scene.fullSessions);
			assert.deepEqual(problems, []);
			const found = validate({ ...scene.history, keyspace: new Keyspace(changes), seenAt });
			assert.equal(found.join('\n'), '', found.length === 0 ? '' : `history kept in ${keep(scene)}:\n${found.join('\n')}`);
			await cluster.assertEqualStores();
		});
	});
}
