import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { RaftConfig } from '../../../src/raft/config.ts';
import { World } from './cluster/world.ts';

const FIRST_SEED = Number(process.env['RAFT_SEED'] ?? 1);
const SEEDS = Number(process.env['RAFT_SEEDS'] ?? 60);
const STEPS = 2_500;

function run(size: number, changes: Partial<RaftConfig>): { committed: number; installs: number; reads: number } {
	const sum = { committed: 0, installs: 0, reads: 0 };
	for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
		try {
			const world = new World(seed, size, changes);
			world.storm(STEPS * size);
			world.heal();
			sum.committed += world.oracle.committed;
			sum.installs += world.installs;
			sum.reads += world.oracle.readsGranted;
		} catch (error) {
			throw new Error(`seed ${seed}, ${size} members: ${error instanceof Error ? error.message : error}`, { cause: error });
		}
	}
	return sum;
}

for (const size of [1, 3, 5]) {
	test(`raft: random cluster: ${size} members keep every promise in a storm and converge after it`, () => {
		const { committed, installs, reads } = run(size, {});
		// A storm in which nothing happens proves nothing.
		ok(committed > SEEDS * 50 && reads > SEEDS * 5, `${committed} entries, ${reads} reads`);
		ok(size === 1 || installs > SEEDS / 4, `${installs} snapshots installed`);
	});
}

test('raft: random cluster: the promises do not rest on pre-vote and check-quorum', () => {
	const { committed } = run(3, { preVote: false, checkQuorum: false });
	ok(committed > SEEDS * 20, `${committed} entries`);
});
