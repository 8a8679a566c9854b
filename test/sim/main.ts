/**
 * `npm run sim -- ...`: runs seeds of the simulator and says what came of them.
 *
 *   --seed N              one seed; its plan first, its verdict last
 *   --from S --seeds N    a range, on all cores
 *   --replay N            one seed with its trace, for a person
 *   --twice               with a range: each seed runs twice, and must say the same to the byte
 *   --canaries            every planted bug must be caught within its number of seeds; --canary NAME: one of them;
 *                         --focused: on plans that are bent towards each, as npm test does
 *   --regression NAME     a run that once failed, from the plan that is kept of it; --trace: as --replay
 *
 * Exit codes: 0 pass, 10 a crash or an assertion, 11 no liveness, 12 a wrong answer. The last line names the seed and the commit.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { runCanaries } from './canaries/run-canaries.ts';
import { drawPlan } from './draw-plan.ts';
import type { Plan } from './plan.ts';
import { linesOf } from './range-totals.ts';
import { regression } from './regressions.ts';
import { runRange } from './run-range.ts';
import { runSeed } from './run-seed.ts';
import { EXIT, type ExitCode } from './verdict.ts';

const { values } = parseArgs({
	options: {
		seed: { type: 'string' },
		replay: { type: 'string' },
		from: { type: 'string', default: '1' },
		seeds: { type: 'string' },
		twice: { type: 'boolean', default: false },
		canaries: { type: 'boolean', default: false },
		canary: { type: 'string' },
		focused: { type: 'boolean', default: false },
		regression: { type: 'string' },
		trace: { type: 'boolean', default: false },
	},
});

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

function commit(): string {
	try {
		return commitOfTree();
	} catch {
		return 'unknown';
	}
}

function commitOfTree(): string {
	const head = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
	const isChanged = execFileSync('git', ['status', '--porcelain', 'src', 'test/sim'], { encoding: 'utf8' }).trim() !== '';
	return isChanged ? `${head} and changes` : head;
}

function natural(text: string, name: string): number {
	const value = Number(text);
	if (!Number.isSafeInteger(value) || value < 0) {
		throw new Error(`--${name} ${text}: a whole number`);
	}
	return value;
}

function runOne(plan: Plan, isTraced: boolean): ExitCode {
	say(`plan ${JSON.stringify(plan)}`);
	const result = runSeed(plan.seed, { plan, trace: isTraced ? say : null });
	for (const line of linesOf(result.counts)) {
		say(line);
	}
	say(`CPU ${result.milliseconds} ms`);
	say(`digest ${result.digest}`);
	if (result.code !== EXIT.pass) {
		say(result.stack);
		say(result.reason);
	}
	return result.code;
}

async function main(): Promise<ExitCode> {
	const one = values.replay ?? values.seed;
	if (one !== undefined) {
		const seed = natural(one, 'seed');
		const code = runOne(drawPlan(seed), values.replay !== undefined);
		say(`exit ${code} seed ${seed} commit ${commit()}`);
		return code;
	}
	if (values.regression !== undefined) {
		const { plan, caught } = regression(values.regression);
		say(`caught ${caught}`);
		const code = runOne(plan, values.trace);
		say(`exit ${code} regression ${values.regression} commit ${commit()}`);
		return code;
	}
	if (values.canaries || values.canary !== undefined) {
		const areCaught = await runCanaries({ name: values.canary ?? null, isFocused: values.focused }, say);
		say(`exit ${areCaught ? EXIT.pass : EXIT.wrong} canaries commit ${commit()}`);
		return areCaught ? EXIT.pass : EXIT.wrong;
	}
	const from = natural(values.from, 'from');
	const failure = await runRange({ from, seeds: natural(values.seeds ?? '100', 'seeds'), isTwice: values.twice }, say);
	say(`exit ${failure?.code ?? EXIT.pass} seed ${failure?.seed ?? from} commit ${commit()}`);
	return failure?.code ?? EXIT.pass;
}

process.exitCode = await main();
