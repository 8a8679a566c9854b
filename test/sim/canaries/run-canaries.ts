/** Runs every planted bug until a seed catches it. One that is not caught within its seeds shows that a checker has gone blind. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Focus } from '../draw-plan.ts';
import type { SeedResult } from '../run-seed.ts';
import { EXIT } from '../verdict.ts';
import type { Bug } from './bug.ts';
import { FOCUS } from './focus.ts';
import { PLANTED, PLAYED } from './planted.ts';

export const CANARIES: readonly Bug[] = [...PLAYED, ...PLANTED];

/** null: none of the seeds caught it. */
export function catchCanary({ name }: Bug, seeds: readonly number[], focus: Focus | null = null): Promise<SeedResult | null> {
	return new Promise((resolve, reject) => {
		const child = fork(new URL('../child.ts', import.meta.url), {
			execArgv: ['--import', 'tsx', '--import', new URL('./plant.ts', import.meta.url).href, '--disable-warning=ExperimentalWarning'],
			env: { ...process.env, SIM_CANARY: name },
		});
		let left = seeds.length;
		let caught: SeedResult | null = null;
		child.on('message', (result: SeedResult) => {
			left--;
			if (result.code !== EXIT.pass) {
				caught ??= result;
				child.kill('SIGKILL');
			} else if (left === 0) {
				child.disconnect();
			}
		});
		child.on('error', reject);
		child.on('exit', (code, signal) => {
			if (caught !== null || left === 0) {
				resolve(caught);
			} else {
				reject(new Error(`canary ${name}: its process ended with ${code ?? signal}, ${left} seeds undone`));
			}
		});
		child.send({ seeds, isTwice: false, focus });
	});
}

/** All of them, or those of a name. */
export async function runCanaries(
	{ name, isFocused }: { readonly name: string | null; readonly isFocused: boolean },
	say: (line: string) => void,
): Promise<boolean> {
	const chosen = CANARIES.filter((canary) => name === null || canary.name === name);
	const waiting = [...chosen];
	let caughtCount = 0;
	const lane = async (): Promise<void> => {
		for (let planted = waiting.shift(); planted !== undefined; planted = waiting.shift()) {
			const { seedsMax } = planted;
			const caught = await catchCanary(
				planted,
				Array.from({ length: seedsMax }, (_, i) => i + 1),
				isFocused && planted.focus !== null ? FOCUS[planted.focus] : null,
			);
			if (caught !== null) {
				caughtCount++;
			}
			say(
				caught === null
					? `canary ${planted.name}: NOT CAUGHT within ${seedsMax} seeds`
					: `canary ${planted.name}: caught by seed ${caught.seed} (of at most ${seedsMax}), exit ${caught.code}: ${caught.reason}`,
			);
		}
	};
	await Promise.all(Array.from({ length: availableParallelism() }, lane));
	say(`${caughtCount} of ${chosen.length} canaries caught`);
	return chosen.length > 0 && caughtCount === chosen.length;
}
