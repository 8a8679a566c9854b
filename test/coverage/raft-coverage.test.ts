/**
 * How much of src/raft the transcripts, the paper tests and the simulator run: `npm run prove -- raft-coverage`. It prints every line that none of
 * them runs; what these are is told in src/README.md. Not a part of npm test, whose suites run the same tests anyway.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { coverLines, type FileCoverage } from './line-coverage.ts';

const SEEDS = process.env['COVERAGE_SEEDS'] ?? '20';
const SHARE_MIN = 0.95;
const WITHIN_MS = 3_600_000;

test('coverage: raft: transcripts, paper tests and the simulator run nearly all lines', async () => {
	const directory = makeTempDirectory('coverage');
	const tests = ['test/transcripts/transcripts.test.ts', ...globSync('test/paper/*.test.ts').sort(), 'test/coverage/sim-seeds.ts'];
	const files = await coverLines({ tests, folder: 'src/raft', directory, env: { COVERAGE_SEEDS: SEEDS }, withinMs: WITHIN_MS });
	removeTempDirectory(directory);
	const lines = files.reduce((total, file) => total + file.lines, 0);
	const missed = files.reduce((total, file) => total + file.missed.length, 0);
	const share = (lines - missed) / lines;
	console.log(`figure: ${lines - missed} of ${lines} lines of src/raft, ${(100 * share).toFixed(1)} %, with ${SEEDS} seeds of the simulator`);
	for (const file of files) {
		tell(file);
	}
	assert.ok(share >= SHARE_MIN, `${(100 * share).toFixed(1)} % of the lines are run`);
});

function tell({ file, missed }: FileCoverage): void {
	const source = readFileSync(file, 'utf8').split('\n');
	for (const line of missed) {
		console.log(`figure: not run: ${file}:${line}: ${source[line - 1]?.trim()}`);
	}
}
