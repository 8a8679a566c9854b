import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

function temporaryDirectory(t: TestContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'quorate-cli-'));
	t.after(() => rmSync(directory, { recursive: true, force: true }));
	return directory;
}

function run(cwd: string, argv: readonly string[]): { code: number | null; out: string; errors: string } {
	const done = spawnSync(process.execPath, ['--import', TSX, MAIN, ...argv], { cwd, encoding: 'utf8', timeout: 30_000 });
	return { code: done.status, out: done.stdout, errors: done.stderr };
}

test('cli: version: two lines and exit code 0', (t) => {
	assert.deepEqual(run(temporaryDirectory(t), ['--version']), { code: 0, out: 'quorate Version: 0.1.0\netcd Version: 3.7.0\n', errors: '' });
});

test('cli: help: the table on standard output and exit code 0', (t) => {
	const { code, out, errors } = run(temporaryDirectory(t), ['-h']);
	assert.deepEqual([code, errors], [0, '']);
	assert.match(out, /--data-dir/);
});

test('cli: bad flag: one line and exit code 2', (t) => {
	assert.deepEqual(run(temporaryDirectory(t), ['--nope']), { code: 2, out: '', errors: 'quorate: unknown flag --nope: see quorate --help\n' });
});

test('cli: bad value: one line, exit code 1, and the data directory is untouched', (t) => {
	const directory = temporaryDirectory(t);
	const { code, errors } = run(directory, ['--data-dir', join(directory, 'd'), '--election-timeout', '12']);
	assert.deepEqual([code, errors], [1, 'quorate: --election-timeout: "12" must be at least 5 times --heartbeat-interval (100)\n']);
	assert.deepEqual(readdirSync(directory), []);
});

test('cli: configuration file: it is read from the path given, and a missing one is named', (t) => {
	const directory = temporaryDirectory(t);
	writeFileSync(join(directory, 'm.yml'), 'colour: blue\n');
	assert.match(run(directory, ['--config-file', 'm.yml']).errors, /^quorate: --config-file m.yml: unknown key "colour".*\n$/);
	assert.match(run(directory, ['--config-file', 'none.yml']).errors, /^quorate: --config-file: "none.yml" cannot be read: ENOENT.*\n$/);
});

test('cli: cluster runner: a member that is not in config/cluster-3 is named, and none is started', (t) => {
	const directory = temporaryDirectory(t);
	const cluster = fileURLToPath(new URL('../../../src/cli/cluster.ts', import.meta.url));
	const done = spawnSync(process.execPath, ['--import', TSX, cluster, 'd'], { cwd: directory, encoding: 'utf8', timeout: 30_000 });
	assert.deepEqual([done.status, done.stdout, done.stderr], [2, '', 'quorate: unknown member "d": the members are a, b, c\n']);
	assert.deepEqual(readdirSync(directory), []);
});
