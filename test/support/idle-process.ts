/**
 * A TypeScript file of the tests in the scheduler's idle class, with a channel to talk over: what in truth has processors of its own may here only have what
 * nobody else wants. Killed when the test's process ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { trackChild } from './cleanup.ts';

export function startIdle(program: string, words: readonly string[] = []): ChildProcess {
	const command = [process.execPath, '--import', import.meta.resolve('tsx'), program, ...words];
	const child = spawn('chrt', ['--idle', '0', ...command], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
	trackChild(child);
	return child;
}
