/**
 * `npm test`: set-up, `npm run check`, then every suite in its short form. The last line is "N passed, N failed".
 * With words, only the files whose path contains one of them: npm test -- unit/config.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { type Outcome, runFiles, sum } from './run-files.ts';
import { installClients } from './setup.ts';

/** In this order. */
const SUITES = ['tidy', 'types', 'unit', 'paper', 'transcripts', 'robustness', 'sim', 'crash', 'clients', 'cluster'] as const;
/** Files, each with ports of its own. Those that start daemons mostly wait, for elections and times to live. */
const CONCURRENCY = 2;
const FILE_SECONDS_MAX = 240;

async function main(words: readonly string[]): Promise<void> {
	const outcomes: Outcome[] = [];
	if (words.length === 0) {
		installClients();
		outcomes.push(check('format and lint', 'biome', ['check', '.']), check('types', 'tsc', ['--noEmit', '--pretty', 'false']));
		outcomes.push(check('types of the dashboard', 'tsc', ['-p', 'tsconfig.dashboard.json', '--pretty', 'false']), build());
	}
	const files = SUITES.flatMap((folder) => globSync(`test/${folder}/**/*.test.ts`).sort()).filter(
		(file) => words.length === 0 || words.some((word) => file.includes(word)),
	);
	outcomes.push(await runFiles({ files, concurrency: CONCURRENCY, fileSeconds: FILE_SECONDS_MAX }));
	const { passed, failed } = sum(outcomes);
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

/** A part of npm run check (its third, tidy, is a suite). */
function check(name: string, program: string, words: readonly string[]): Outcome {
	const { status } = spawnSync(`node_modules/.bin/${program}`, words, { stdio: ['ignore', 'inherit', 'inherit'] });
	console.log(`${status === 0 ? 'ok    ' : 'FAILED'} check: ${name}`);
	return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, figures: [] };
}

/** What daemons are then started from, as people do: it takes half the time of a start from source. */
function build(): Outcome {
	const { status, stdout, stderr } = spawnSync('npm', ['run', 'build'], { encoding: 'utf8' });
	console.log(status === 0 ? 'ok     check: build' : `FAILED check: build\n${stdout}${stderr}`);
	process.env['QUORATE_DIST'] = '1';
	return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, figures: [] };
}

await main(process.argv.slice(2));
