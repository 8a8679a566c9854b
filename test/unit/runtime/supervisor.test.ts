/** How a member ends when one of its threads does: each case in a process of its own, with the entry point of fixtures/failing.worker.ts. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXIT_CODES, type FatalReason } from '../../../src/base/fatal.ts';
import { startScript } from '../../support/child-process.ts';

const MEMBER = fileURLToPath(new URL('./fixtures/failing-member.ts', import.meta.url));

interface LastLine {
	readonly level: string;
	readonly caller: string;
	readonly reason: string;
	readonly exitCode: number;
	readonly stack?: string;
	readonly msg: string;
}

/** The only line that it may say, and the code that it ends with. */
async function endOf(how: string): Promise<{ readonly code: number | null; readonly line: LastLine }> {
	const { code, said } = await startScript(MEMBER, [how]).ended;
	const lines = said.trimEnd().split('\n');
	assert.equal(lines.length, 1, said);
	return { code, line: JSON.parse(lines[0] ?? '') };
}

const CASES: readonly (readonly [string, string, FatalReason, string, RegExp])[] = [
	['a fault of the machine', 'fatal', 'disk_full', 'log/0', /^no room in the teapot$/],
	['an assertion', 'assertion', 'assertion', 'log/0', /^missing: a teapot$/],
	['an error that nobody handled', 'throw', 'unhandled', 'log/0', /^RangeError: tea is out$/],
	['a promise that nobody handled', 'reject', 'unhandled', 'log/0', /^RangeError: tea is out$/],
	['a thread that ends', 'exit', 'actor_died', 'main', /\(log\/0\)$/],
	['a task that returns', 'return', 'actor_died', 'main', /ended unasked \(log\/0\)$/],
];

for (const [what, how, reason, caller, msg] of CASES) {
	test(`supervisor: failure: ${what} ends the process with its documented code and one line`, async () => {
		const { code, line } = await endOf(how);
		assert.deepEqual([code, line.level, line.caller, line.reason, line.exitCode], [EXIT_CODES[reason], 'fatal', caller, reason, EXIT_CODES[reason]]);
		assert.match(line.msg, msg);
	});
}

test('supervisor: failure: a mistake of our own comes with its stack', async () => {
	const { line } = await endOf('assertion');
	assert.match(line.stack ?? '', /failing\.worker\.ts/);
});

test('supervisor: failure: a fault of the machine comes without a stack', async () => {
	const { line } = await endOf('fatal');
	assert.equal(line.stack, undefined);
});

test('supervisor: stop: threads that are told to end are no failure', async () => {
	const { code, said } = await startScript(MEMBER, ['stop']).ended;
	assert.deepEqual([code, said], [0, '']);
});

test('supervisor: end now: a signal that insists ends with its code, and without a word', async () => {
	const { code, said } = await startScript(MEMBER, ['now']).ended;
	assert.deepEqual([code, said], [130, '']);
});

/** "stuck" members hang in a pipe that nobody writes to. */
const STUCK = [
	['failure', 'stuck', /"reason":"actor_died","exitCode":20,.*\(log\/0\)/],
	['end now', 'stuck-now', /^$/],
] as const;
for (const [subject, how, expected] of STUCK) {
	test(`supervisor: ${subject}: a thread that hangs in the kernel does not keep the process`, { timeout: 60_000 }, async (t) => {
		const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'quorate-stuck-'));
		execFileSync('mkfifo', [path.join(directory, 'pipe')]);
		const child = startScript(MEMBER, [how, directory]);
		t.after(() => {
			child.process.kill('SIGKILL');
			fs.rmSync(directory, { recursive: true });
		});
		const { signal, said } = await child.ended;
		assert.equal(signal, 'SIGKILL');
		assert.match(said, expected);
	});
}
