/** `npm run prove -- ROW`: one row in its full form. Writes test/results/ROW.json with result, figures, commit, date and machine. */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { PROVE_ROWS, type ProveRow } from './prove-rows.ts';
import { type Outcome, runFiles } from './run-files.ts';
import { installClients } from './setup.ts';

const FILE_SECONDS_MAX = 3 * 3600;

async function main(words: readonly string[]): Promise<void> {
	const names = words.length === 1 && words[0] === 'all' ? Object.keys(PROVE_ROWS) : words;
	const unknown = names.filter((name) => PROVE_ROWS[name] === undefined);
	if (names.length === 0 || unknown.length > 0) {
		console.log(`usage: npm run prove -- ROW... (or all)${unknown.length > 0 ? `; no such row: ${unknown.join(', ')}` : ''}`);
		for (const [name, { shows }] of Object.entries(PROVE_ROWS)) {
			console.log(`  ${name.padEnd(18)} ${shows}`);
		}
		process.exitCode = 2;
		return;
	}
	installClients();
	for (const name of names) {
		const row = PROVE_ROWS[name];
		if (row !== undefined && !(await prove(name, row))) {
			process.exitCode = 1;
		}
	}
}

async function prove(name: string, row: ProveRow): Promise<boolean> {
	const started = new Date();
	const commit = commitNow();
	Object.assign(process.env, row.environment);
	const outcome = await runFiles({ files: row.files.flatMap((file) => globSync(file)).sort(), concurrency: 1, fileSeconds: FILE_SECONDS_MAX });
	for (const variable of Object.keys(row.environment)) {
		delete process.env[variable];
	}
	const hasPassed = outcome.failed === 0 && outcome.passed > 0;
	writeResult({ name, row, started, commit, outcome, hasPassed });
	console.log(`${name}: ${hasPassed ? 'passed' : 'FAILED'}: ${outcome.passed} passed, ${outcome.failed} failed`);
	return hasPassed;
}

interface Proof {
	readonly name: string;
	readonly row: ProveRow;
	readonly started: Date;
	readonly commit: string;
	readonly outcome: Outcome;
	readonly hasPassed: boolean;
}

function writeResult({ name, row, started, commit, outcome, hasPassed }: Proof): void {
	const result = {
		row: name,
		shows: row.shows,
		result: hasPassed ? 'passed' : 'failed',
		passed: outcome.passed,
		failed: outcome.failed,
		figures: outcome.figures,
		environment: row.environment,
		commit,
		date: started.toISOString(),
		seconds: Math.round((Date.now() - started.getTime()) / 1000),
		machine: {
			system: `${type()} ${release()}`,
			processor: cpus()[0]?.model ?? 'unknown',
			cores: availableParallelism(),
			memoryMebibytes: Math.round(totalmem() / 2 ** 20),
			node: process.version,
		},
	};
	mkdirSync('test/results', { recursive: true });
	writeFileSync(`test/results/${name}.json`, `${JSON.stringify(result, null, '\t')}\n`);
}

/** With "+" behind it when files differ from the commit (results themselves do not count). */
function commitNow(): string {
	const git = (...words: string[]): string => spawnSync('git', words, { encoding: 'utf8' }).stdout.trim();
	const isChanged = git('status', '--porcelain', '--', '.', ':!test/results', ':!bench/results') !== '';
	return `${git('rev-parse', 'HEAD')}${isChanged ? '+' : ''}`;
}

await main(process.argv.slice(2));
