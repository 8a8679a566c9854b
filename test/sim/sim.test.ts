/** The short form of the simulator for npm test: fixed seeds, some of them twice, and for each canary a seed that is known to catch it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FOCUS } from './canaries/focus.ts';
import { CANARIES, catchCanary } from './canaries/run-canaries.ts';
import { regression, regressionNames } from './regressions.ts';
import { runRange } from './run-range.ts';
import { runSeed } from './run-seed.ts';
import { EXIT } from './verdict.ts';

const SEEDS = Number(process.env['SIM_SEEDS'] ?? 80);
const SEARCH_MAX = 100;
/** In full: no seed is known, and the plans are as they are drawn. */
const IS_SEARCH = process.env['SIM_SEARCH'] === '1';
const TWICE = Number(process.env['SIM_TWICE'] ?? 10);

test(`sim: seeds: ${SEEDS} seeds pass`, async () => {
	const lines: string[] = [];
	const failure = await runRange({ from: 1, seeds: SEEDS, isTwice: false }, (line) => lines.push(line));
	assert.equal(failure, null, lines.join('\n'));
	for (const line of lines) {
		console.log(`figure: ${line}`);
	}
});

test(`sim: seeds: ${TWICE} seeds run twice say the same to the byte`, async () => {
	const lines: string[] = [];
	assert.equal(await runRange({ from: 1_000, seeds: TWICE, isTwice: true }, (line) => lines.push(line)), null, lines.join('\n'));
});

test('sim: seeds: two seeds are two runs', () => {
	assert.notEqual(runSeed(1).digest, runSeed(2).digest);
});

test('sim: regressions: what once failed passes', async (t) => {
	for (const name of regressionNames()) {
		const { caught, plan } = regression(name);
		await t.test(`sim: regressions: ${name}: ${caught}`, () => {
			const { code, reason } = runSeed(plan.seed, { plan });
			assert.equal(code, EXIT.pass, reason);
		});
	}
});

test('sim: canaries: each is caught', { concurrency: 2 }, async (t) => {
	await Promise.all(
		CANARIES.map((canary) =>
			t.test(`sim: canaries: ${canary.name}: ${canary.about}`, async () => {
				// A change of the product moves every run: then a short search takes the known seed's place, until --canaries tells the new one.
				const known = [canary.caughtBy, ...Array.from({ length: SEARCH_MAX }, (_, i) => i + 1)];
				const seeds = IS_SEARCH ? Array.from({ length: canary.seedsMax }, (_, i) => i + 1) : known;
				const caught = await catchCanary(canary, seeds, IS_SEARCH || canary.focus === null ? null : FOCUS[canary.focus]);
				assert.notEqual(caught, null, `${seeds.length} seeds pass with the bug planted`);
				if (IS_SEARCH) {
					console.log(`figure: canary ${canary.name}: caught by seed ${caught?.seed} of at most ${canary.seedsMax}`);
				}
			}),
		),
	);
});
