import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { WorldOptions } from './cluster/options.ts';
import { World } from './cluster/world.ts';

const FIRST_SEED = Number(process.env['RAFT_SEED'] ?? 1);
const SEEDS = Number(process.env['RAFT_SEEDS'] ?? 60);
const STEPS = 2_500;

function play(seed: number, options: WorldOptions): World {
	const world = new World(seed, options);
	world.storm(STEPS * (options.spares === undefined ? options.size : 12));
	world.heal();
	return world;
}

function run(options: WorldOptions): { committed: number; installs: number; reads: number; changes: number } {
	const sum = { committed: 0, installs: 0, reads: 0, changes: 0 };
	for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
		try {
			const world = play(seed, options);
			sum.committed += world.oracle.committed;
			sum.installs += world.installs;
			sum.changes += world.oracle.changes;
			sum.reads += world.oracle.readsGranted;
		} catch (error) {
			throw new Error(`seed ${seed}, ${JSON.stringify(options)}: ${error instanceof Error ? error.message : error}`, { cause: error });
		}
	}
	return sum;
}

for (const size of [1, 3, 5]) {
	test(`raft: random cluster: ${size} members keep every promise in a storm and converge after it`, () => {
		const { committed, installs, reads } = run({ size });
		// A storm in which nothing happens proves nothing.
		ok(committed > SEEDS * 50 && reads > SEEDS * 5, `${committed} entries, ${reads} reads`);
		ok(size === 1 || installs > SEEDS / 4, `${installs} snapshots installed`);
	});
}

test('raft: random cluster: the promises do not rest on pre-vote and check-quorum', () => {
	const { committed } = run({ size: 3, config: { preVote: false, checkQuorum: false } });
	ok(committed > SEEDS * 20, `${committed} entries`);
});

for (const [size, spares] of [
	[1, 12],
	[3, 16],
] as const) {
	test(`raft: random cluster: ${size} members keep every promise while members come, go, and learn`, () => {
		const { committed, changes } = run({ size, spares });
		ok(committed > SEEDS * 50 && changes > SEEDS * 5, `${committed} entries, ${changes} changes`);
	});
}

test('raft: random cluster: nor do they rest on them while members come and go', () => {
	const { changes } = run({ size: 3, spares: 16, config: { preVote: false, checkQuorum: false } });
	ok(changes > SEEDS * 5, `${changes} changes`);
});

/** Found by the search, and what each of them showed. */
const REGRESSIONS: readonly (readonly [string, number, WorldOptions])[] = [
	['the leader is demoted, and the only voter left has not heard it', 12, { size: 3, spares: 16, config: { preVote: false, checkQuorum: false } }],
	['the same with the guards, from one member', 543, { size: 1, spares: 12 }],
	['the same when the two that left have the longer logs', 252, { size: 3, spares: 16 }],
];
for (const [what, seed, options] of REGRESSIONS) {
	test(`raft: random cluster: seed ${seed}: ${what}`, () => {
		ok(play(seed, options).oracle.committed > 0);
	});
}
