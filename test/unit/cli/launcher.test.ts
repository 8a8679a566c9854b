import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findPinnedNode, isNodeNewEnough } from '../../../src/cli/pinned-node.ts';

interface Launched {
	readonly launcher: ChildProcessByStdio<null, Readable, Readable>;
	readonly child: { readonly pid: number; readonly argv: readonly string[]; readonly variable: string | null };
	/** Both ends of the output closed: launcher and child have ended. */
	readonly closed: Promise<unknown[]>;
	readonly errors: () => string;
}

async function launch(t: TestContext, argv: readonly string[]): Promise<Launched> {
	const script = fileURLToPath(new URL('./fixtures/launching.ts', import.meta.url));
	const launcher = spawn(process.execPath, ['--import', 'tsx', script, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
	let errors = '';
	launcher.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		errors += chunk;
	});
	const closed = once(launcher, 'close');
	t.after(() => launcher.kill('SIGKILL'));
	const [line] = (await once(createInterface({ input: launcher.stdout }), 'line')) as [string];
	return { launcher, child: JSON.parse(line), closed, errors: () => errors };
}

test('cli: launcher: arguments reach the child and its exit code comes back', { timeout: 30_000 }, async (t) => {
	const { child, closed } = await launch(t, ['exit', '42', '--name=a b']);
	assert.deepEqual(child.argv, ['exit', '42', '--name=a b']);
	assert.deepEqual(await closed, [42, null]);
});

test('cli: launcher: the variable for the pipe is gone before options are read', { timeout: 30_000 }, async (t) => {
	const { child, closed } = await launch(t, ['exit', '0']);
	assert.equal(child.variable, null);
	await closed;
});

test('cli: launcher: a signal is forwarded and the answer to it comes back', { timeout: 30_000 }, async (t) => {
	const { launcher, closed } = await launch(t, []);
	launcher.kill('SIGTERM');
	assert.deepEqual(await closed, [7, null]);
});

test('cli: launcher: a child that a signal ended makes the launcher end by that signal', { timeout: 30_000 }, async (t) => {
	const { child, closed } = await launch(t, []);
	process.kill(child.pid, 'SIGKILL');
	assert.deepEqual(await closed, [null, 'SIGKILL']);
});

test('cli: launcher: killed with SIGKILL it takes the child along', { timeout: 30_000 }, async (t) => {
	const { launcher, closed, errors } = await launch(t, []);
	launcher.kill('SIGKILL');
	await closed;
	assert.match(errors(), /^quorate: the launcher is gone$/m);
});

test('cli: pinned Node: engines and the check agree', () => {
	assert.deepEqual(['18.20.0', '20.20.2', '22.18.9', '22.19.0', '23.0.0', '24.21.0'].map(isNodeNewEnough), [false, false, false, true, true, true]);
});

test('cli: pinned Node: the package that package.json names is found', () => {
	assert.match(findPinnedNode() ?? 'none', /node_modules[\\/]node[\\/]bin[\\/]node/);
});
