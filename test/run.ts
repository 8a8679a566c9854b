/**
 * `npm test`: set-up, `npm run check`, then every suite in its short form. The last line is "N passed, N failed".
 * With words, only the files whose path contains one of them: npm test -- unit/config.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { type Outcome, runFiles, sum } from './run-files.ts';
import { installClients } from './setup.ts';

/** In this order. Suites that start daemons mostly wait, for elections and times to live: two files at a time, each with ports of its own, take two thirds of the time of one after the other. */
const SUITES = [
	{ folders: ['tidy', 'types', 'unit', 'paper', 'transcripts', 'robustness', 'sim'], concurrency: 2 },
	{ folders: ['crash', 'clients', 'cluster'], concurrency: Number(process.env['TEST_CONCURRENCY'] ?? '2') },
] as const;
const FILE_SECONDS_MAX = 240;

async function main(words: readonly string[]): Promise<void> {
	const outcomes: Outcome[] = [];
	if (words.length === 0) {
		installClients();
		outcomes.push(check('format and lint', 'biome', ['check', '.']), check('types', 'tsc', ['--noEmit', '--pretty', 'false']));
		outcomes.push(check('types of the dashboard', 'tsc', ['-p', 'tsconfig.dashboard.json', '--pretty', 'false']), build());
	}
	for (const { folders, concurrency } of SUITES) {
		const files = folders
			.flatMap((folder) => globSync(`test/${folder}/**/*.test.ts`).sort())
			.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
		outcomes.push(await runFiles({ files, concurrency, fileSeconds: FILE_SECONDS_MAX }));
	}
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
