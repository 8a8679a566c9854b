/** Runs every planted bug until a seed catches it. One that is not caught within its seeds shows that a checker has gone blind. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { SeedResult } from '../run-seed.ts';
import { EXIT } from '../verdict.ts';
import { type Bug, PLANTED, PLAYED } from './planted.ts';

export const CANARIES: readonly Bug[] = [...PLAYED, ...PLANTED];

/** null: none of the seeds caught it. */
export function catchCanary({ name }: Bug, seeds: readonly number[]): Promise<SeedResult | null> {
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
		child.send({ seeds, isTwice: false });
	});
}

export async function runCanaries(say: (line: string) => void): Promise<boolean> {
	const waiting = [...CANARIES];
	let caughtCount = 0;
	const lane = async (): Promise<void> => {
		for (let planted = waiting.shift(); planted !== undefined; planted = waiting.shift()) {
			const { name, seedsMax } = planted;
			const caught = await catchCanary(
				planted,
				Array.from({ length: seedsMax }, (_, i) => i + 1),
			);
			if (caught !== null) {
				caughtCount++;
			}
			say(
				caught === null
					? `canary ${name}: NOT CAUGHT within ${seedsMax} seeds`
					: `canary ${name}: caught by seed ${caught.seed} (of at most ${seedsMax}), exit ${caught.code}: ${caught.reason}`,
			);
		}
	};
	await Promise.all(Array.from({ length: availableParallelism() }, lane));
	say(`${caughtCount} of ${CANARIES.length} canaries caught`);
	return caughtCount === CANARIES.length;
}
