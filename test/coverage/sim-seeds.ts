/** The simulator's share of a coverage run: seeds from 1 on, in this process, since what children run is not counted. Run by raft-coverage.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeed } from '../sim/run-seed.ts';

const SEEDS = Number(process.env['COVERAGE_SEEDS']);

test(`coverage: sim: ${SEEDS} seeds pass`, () => {
	assert.ok(SEEDS > 0, 'COVERAGE_SEEDS says how many');
	for (let seed = 1; seed <= SEEDS; seed++) {
		const { code, reason } = runSeed(seed);
		assert.equal(code, 0, `seed ${seed}: ${reason}`);
	}
});
