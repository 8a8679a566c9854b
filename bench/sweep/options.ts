/** What `npm run bench -- sweep` can be told. Used by sweep.ts. */
import { parseArgs } from 'node:util';
import { type BenchOptions, parseOptions } from '../load/options.ts';

export const SWEEP_HELP = `npm run bench -- sweep [options]: which placement and lanes suit this machine
  --members N          members to start, 1 or 3 (1)
  --rows LIST          as of the bench without a word (put@1,put@100,get@1,get@100)
  --runs N             rounds, in each of which every candidate has its turn (3)
  --seconds S          measured time of a run (2), after --warmup S (0.5)
  --keys N, --value-bytes N, --connections N, --seed N, --data-root DIR, --no-build: as of the bench
  --out NAME           bench/results/NAME.json, and NAME.yml with the best for this machine (sweep, the time and the commit)`;

const ROWS = 'put@1,put@100,get@1,get@100';

export interface SweepOptions extends BenchOptions {
	readonly out: string | null;
}

/** Throws an Error whose message is for the person at the keyboard. */
export function parseSweepOptions(args: readonly string[]): SweepOptions | 'help' {
	const { values, tokens } = parseArgs({ args: [...args], options: { out: { type: 'string' } }, strict: false, tokens: true });
	const own = new Set(tokens.filter((token) => token.kind === 'option' && token.name === 'out').map(({ index }) => index));
	const rest = args.filter((_, i) => !own.has(i) && !(own.has(i - 1) && args[i - 1] === '--out'));
	const options = parseOptions(['--rows', ROWS, '--runs', '3', '--seconds', '2', '--warmup', '0.5', ...rest]);
	return options === 'help' ? 'help' : { ...options, out: typeof values['out'] === 'string' ? values['out'] : null };
}
