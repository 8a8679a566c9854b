/**
 * README's two commands in a fresh clone of the last commit, with the machine's own Node. Not a part of npm test, which it runs (with FULL=1):
 * npm run prove -- fresh-clone. It needs the network, as every npm install does.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../support/free-ports.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY = 'ready to serve client requests';

/** Without the node_modules/.bin that npm put in front, nor what npm and the test runner tell their children. */
const ENVIRONMENT: NodeJS.ProcessEnv = {
	...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|NODE_TEST_CONTEXT|INIT_CWD|ETCD_|QUORATE_)/.test(name))),
	PATH: (process.env['PATH'] ?? '')
		.split(delimiter)
		.filter((part) => !part.includes('node_modules'))
		.join(delimiter),
};

let clone = '';

function runIn(program: string, words: readonly string[]): { readonly code: number | null; readonly output: string; readonly seconds: number } {
	const started = performance.now();
	const done = spawnSync(program, words, { cwd: clone, env: ENVIRONMENT, encoding: 'utf8', maxBuffer: 2 ** 28 });
	return { code: done.status, output: done.stdout + done.stderr, seconds: (performance.now() - started) / 1000 };
}

before(() => {
	clone = mkdtempSync(join(tmpdir(), 'quorate-clone-'));
	const cloned = spawnSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone], { encoding: 'utf8' });
	assert.equal(cloned.status, 0, cloned.stderr);
	console.log(`figure: node of the machine ${runIn('node', ['--version']).output.trim()}`);
});

after(() => rmSync(clone, { recursive: true, force: true }));

test('fresh clone: install: npm install builds what npm start runs', () => {
	const { code, output, seconds } = runIn('npm', ['install']);
	assert.equal(code, 0, output);
	console.log(`figure: npm install ${seconds.toFixed(1)} s`);
});

test('fresh clone: start: npm start becomes ready, answers, and ends with 0 on SIGTERM', async () => {
	const [client, peer] = await freePorts(2);
	const clientUrl = `http://127.0.0.1:${client}`;
	const peerUrl = `http://127.0.0.1:${peer}`;
	const flags = [`--listen-client-urls=${clientUrl}`, `--advertise-client-urls=${clientUrl}`];
	const peerFlags = [`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`];
	const started = performance.now();
	const npm = spawn('npm', ['start', '--', ...flags, ...peerFlags], {
		cwd: clone,
		env: ENVIRONMENT,
		stdio: ['ignore', 'ignore', 'pipe'],
		detached: true,
	});
	try {
		await untilReady(npm);
		console.log(`figure: npm start to ready ${Math.round(performance.now() - started)} ms`);
		const answer = await fetch(`${clientUrl}/v2/keys/message`, { method: 'PUT', body: new URLSearchParams({ value: 'Hello' }) });
		assert.equal(answer.status, 201);
		const ended = once(npm, 'exit');
		const daemon = lastDescendant(npm.pid ?? 0);
		console.log(`figure: resident memory of an idle member ${residentMebibytes(daemon)} MiB`);
		process.kill(daemon, 'SIGTERM');
		assert.deepEqual(await ended, [0, null]);
	} finally {
		killGroup(npm);
	}
});

test('fresh clone: test: npm test passes', () => {
	const words = process.env['FULL'] === '1' ? ['test'] : ['test', '--', 'unit/config'];
	const { code, output, seconds } = runIn('npm', words);
	assert.equal(code, 0, output);
	assert.match(output, /^\d+ passed, 0 failed$/m);
	console.log(`figure: npm ${words.join(' ')} ${seconds.toFixed(1)} s`);
});

async function untilReady(npm: ChildProcess): Promise<void> {
	const lines: string[] = [];
	for await (const line of createInterface({ input: npm.stderr ?? process.stdin })) {
		lines.push(line);
		if (line.includes(READY)) {
			npm.stderr?.resume();
			return;
		}
	}
	assert.fail(`ended before it was ready:\n${lines.join('\n')}`);
}

/** npm starts a shell, which starts the daemon. */
function lastDescendant(pid: number): number {
	const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
	return children === '' ? pid : lastDescendant(Number(children.split(' ')[0]));
}

function residentMebibytes(pid: number): number {
	const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
	return Math.round(Number(kibibytes) / 1024);
}

function killGroup(npm: ChildProcess): void {
	if (npm.pid !== undefined && npm.exitCode === null && npm.signalCode === null) {
		process.kill(-npm.pid, 'SIGKILL');
	}
}
