/**
 * One member under load, killed by SIGKILL at random moments again and again (KILLS, default 4; SEED): nothing acknowledged is lost, and its store
 * is what a replay of all its log makes of an empty one.
 */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { LaneAnswers } from '../../src/actors/lane-answers.ts';
import { StoreEntries } from '../../src/actors/store-entries.ts';
import { openJournaledLog } from '../../src/adapters/journaled-log.ts';
import type { Index } from '../../src/base/brand.ts';
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { STORE_TREE_NAMES } from '../../src/base/store-trees.ts';
import { HashKv } from '../../src/mvcc/hash-kv.ts';
import { SILENT } from '../../src/ports/logger.ts';
import { delay } from '../support/eventually.ts';
import { startMember } from '../support/member.ts';
import { PutWorkload } from '../support/put-workload.ts';

const kills = Number(process.env['KILLS'] ?? 4);
const seed = Number(process.env['SEED'] ?? 1);
const WRITERS = 16;
const ALIVE_MS_MAX = 1_500;
const PAGE = 10_000;
const READ_BYTES = 8 * 2 ** 20;
/** A replay takes all of the log: now and then. */
const REPLAYED_EVERY = 10;

/** Hash and revision of what the log in this directory makes, every entry executed on an engine in memory. */
function replay(dataDir: string): { readonly hash: number; readonly revision: number } {
	const aside = `${dataDir}-replay`;
	cpSync(dataDir, aside, { recursive: true });
	const log = openJournaledLog(aside, 1);
	const { before, last } = log.contents();
	assert.equal(before.index, 0, 'the log has its beginning');
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	const entries = new StoreEntries({ id: '1', boot: 1 }, SILENT);
	for (let next = 1; next <= last; ) {
		const columns = log.read(next as Index, (last + 1) as Index, READ_BYTES);
		engine.write((view) => entries.execute(view, [columns], new LaneAnswers(1)));
		next += columns.terms.length;
	}
	log.close();
	rmSync(aside, { recursive: true });
	const hash = new HashKv(0);
	let outcome = engine.read((view) => hash.step(view, PAGE));
	while (outcome.kind === 'more') {
		outcome = engine.read((view) => hash.step(view, PAGE));
	}
	assert.ok(outcome.kind === 'hash_kv');
	return { hash: outcome.hash, revision: outcome.revision };
}

test(`storage: kills: a loaded member, killed at ${kills} random moments, loses nothing acknowledged and equals a replay`, async () => {
	const random = new SeededRandom(seed);
	// Nothing is compacted from the log, so that it can be replayed.
	const member = await startMember({ flags: { 'snapshot-count': '1000000000' } });
	const workload = new PutWorkload({ endpoints: [member.clientUrl], writers: WRITERS, valueBytes: 300, deadlineMs: 500 });
	let replays = 0;
	workload.start();
	for (let kill = 1; kill <= kills; kill++) {
		await workload.progress(1);
		await delay(random.below(ALIVE_MS_MAX));
		await member.kill();
		const isReplayed = kill % REPLAYED_EVERY === 0 || kill === kills;
		if (isReplayed) {
			await workload.stop();
			const { hash, revision } = replay(member.dataDir);
			await member.start();
			const found = await member.client.hashKv(0, 60_000).catch((error: unknown) => assert.fail(`${String(error)}\n${member.tail()}`));
			assert.deepEqual([found.hash, found.hashRevision], [hash, revision], `kill ${kill}`);
			const missing = await workload.missingAt(member.client).catch((error: unknown) => assert.fail(`${String(error)}\n${member.tail()}`));
			assert.deepEqual(missing, [], `kill ${kill}`);
			replays++;
			workload.use([member.clientUrl]);
			workload.start();
		} else {
			await member.start();
		}
	}
	await workload.stop();
	assert.deepEqual(await workload.missingAt(member.client), []);
	member.client.close();
	await member.stop();
	const { acknowledged, unknown } = workload;
	console.log(
		`figure: seed ${seed}: ${kills} kills, ${acknowledged} puts acknowledged, ${unknown} unknown, none lost; ${replays} states equal to a replay of the log`,
	);
	assert.ok(acknowledged > 20 * kills, `${acknowledged} puts`);
});
