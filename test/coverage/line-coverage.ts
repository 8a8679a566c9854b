/**
 * Which lines of code of a folder some test files run, by Node's own coverage and tsx's source maps. Comments, empty lines and lines of brackets
 * are not counted; types are, since they cannot be told from code by line. Used by raft-coverage.test.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/run.ts';

export interface FileCoverage {
	readonly file: string;
	/** Lines that count. */
	readonly lines: number;
	/** Of these, what no test ran: numbers from 1. */
	readonly missed: readonly number[];
}

export interface CoverageOptions {
	/** Test files, from the root, where this process runs. */
	readonly tests: readonly string[];
	/** Such as src/raft. */
	readonly folder: string;
	/** For the lcov file and nothing else. */
	readonly directory: string;
	readonly env: Readonly<Record<string, string>>;
	readonly withinMs: number;
}

/** The tests must pass. */
export async function coverLines({ tests, folder, directory, env, withinMs }: CoverageOptions): Promise<readonly FileCoverage[]> {
	const lcov = join(directory, 'lcov.info');
	const reporters = ['--test-reporter=lcov', `--test-reporter-destination=${lcov}`, '--test-reporter=tap', '--test-reporter-destination=stdout'];
	const coverage = ['--experimental-test-coverage', `--test-coverage-include=${folder}/**`];
	const node = ['--enable-source-maps', '--import', 'tsx', '--test', ...coverage, ...reporters];
	const { code, stdout, stderr } = await run(process.execPath, [...node, ...tests], { env, withinMs });
	const failure = Math.max(0, stdout.search(/^\s*not ok/m));
	assert.equal(code, 0, `the tests have failed: ${stdout.slice(failure, failure + 4_000)}${stderr.slice(-2_000)}`);
	const files = parseLcov(readFileSync(lcov, 'utf8'));
	assert.ok(files.length > 0, `no file of ${folder} was run`);
	return files;
}

function parseLcov(text: string): FileCoverage[] {
	return text
		.split('end_of_record')
		.map((record) => {
			const file = /^SF:(.*)$/m.exec(record)?.[1];
			return file === undefined ? null : countLines(file, record);
		})
		.filter((counted) => counted !== null)
		.sort((a, b) => (a.file < b.file ? -1 : 1));
}

function countLines(file: string, record: string): FileCoverage {
	const source = readFileSync(file, 'utf8').split('\n');
	const counted = [...record.matchAll(/^DA:(\d+),(\d+)/gm)].filter(([, line]) => isCode(source[Number(line) - 1] ?? ''));
	return { file, lines: counted.length, missed: counted.filter(([, , hits]) => hits === '0').map(([, line]) => Number(line)) };
}

/** Comments here are lines of their own. */
function isCode(line: string): boolean {
	const text = line.trim();
	return !/^(\/\/|\/\*|\*)/.test(text) && /[A-Za-z0-9]/.test(text) && text !== '} else {';
}
