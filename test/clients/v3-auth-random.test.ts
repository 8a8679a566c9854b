/**
 * Seeded random changes of users and roles, and requests by ten users, on three members of quorate and on Debian's etcd: every decision and every answer
 * compared, while members are killed and come back by snapshots. A case that differs is cut down on fresh systems before it is shown.
 * REQUESTS, SEED, KILL_EVERY: how many steps, which, and how many from kill to kill (npm run prove -- v3-auth-random: 20,000).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../src/base/random.ts';
import { Comparison, type Difference } from './random-auth/comparison.ts';
import { type Step, StepMaker } from './random-auth/steps.ts';
import { withSubjects } from './random-auth/subjects.ts';
import { shrink } from './random-v3/shrink.ts';

const REQUESTS = Number(process.env['REQUESTS'] ?? 300);
const SEED = Number(process.env['SEED'] ?? 20_261_124);
const KILL_EVERY = Number(process.env['KILL_EVERY'] ?? 280);
/** Several times what the log keeps. */
const DOWN = 120;
const MANY_KILLS = 4;
const SHRINK_TRIALS_MAX = Number(process.env['SHRINK_TRIALS'] ?? 40);

function fresh(steps: readonly Step[]): Promise<Difference | null> {
	return withSubjects((subjects) => new Comparison(subjects).findDifference(steps));
}

async function explain(steps: readonly Step[], first: Difference): Promise<string> {
	const small = await shrink(steps.slice(0, first.at + 1), async (some) => (await fresh(some)) !== null, SHRINK_TRIALS_MAX);
	const last = small.length > first.at ? first : ((await fresh(small)) ?? first);
	const lines = small.map((step) => `  ${JSON.stringify(step)}`).join('\n');
	return `seed ${SEED}, step ${first.at}, cut down to ${small.length}:\n${lines}\nat ${JSON.stringify(last.step)}\nquorate: ${last.quorate}\netcd:    ${last.etcd}`;
}

test("clients: random v3 auth: every change and every decision is etcd's, and all members are equal", async () => {
	const maker = new StepMaker(new SeededRandom(SEED), { every: KILL_EVERY, down: DOWN });
	const steps = Array.from({ length: REQUESTS }, () => maker.next());
	const outcome = await withSubjects(async (subjects) => {
		const comparison = new Comparison(subjects);
		const difference = await comparison.findDifference(steps);
		const unequal = difference === null ? await comparison.findUnequalEnd() : null;
		return { difference, unequal, met: comparison.met, kills: subjects.kills, snapshots: subjects.snapshots };
	});
	if (outcome.difference !== null) {
		assert.fail(await explain(steps, outcome.difference));
	}
	assert.equal(outcome.unequal, null, `seed ${SEED}, at the end`);
	const { met, kills, snapshots } = outcome;
	const refused = [...met].filter(([kind]) => kind.includes('permission denied')).reduce((sum, [, count]) => sum + count, 0);
	assert.ok(met.size >= 30 && refused >= 20, `only ${met.size} kinds of answers were met: ${[...met.keys()].join('; ')}`);
	// Whether one return is by a snapshot depends on when the others' checkpoints let them compact: of many, most are.
	assert.ok(kills >= 1 && (kills < MANY_KILLS || snapshots >= kills / 2), `${kills} kills, and ${snapshots} snapshots were installed`);
	console.log(`figure: ${REQUESTS} steps, ${met.size} kinds of equal answers, ${refused} permissions denied; ${kills} kills, ${snapshots} snapshots`);
});
