/** A process of run-range.ts: runs the seeds that it is sent and tells of each. */
import { playedCanary } from './canaries/ports.ts';
import { drawPlan, focused } from './draw-plan.ts';
import type { Portion } from './run-range.ts';
import { runSeed, type SeedResult } from './run-seed.ts';
import { EXIT } from './verdict.ts';

process.on('message', ({ seeds, isTwice, focus }: Portion) => {
	for (const seed of seeds) {
		process.send?.(isTwice ? runTwice(seed) : runSeed(seed, { canary: playedCanary(), plan: focused(drawPlan(seed), focus) }));
	}
});

function runTwice(seed: number): SeedResult {
	const first = runSeed(seed);
	const second = runSeed(seed);
	if (first.digest === second.digest && first.code === second.code) {
		return first;
	}
	return { ...first, code: EXIT.wrong, reason: `two runs differ: ${first.digest} ${first.reason}; ${second.digest} ${second.reason}` };
}
