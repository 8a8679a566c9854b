/** Starts a TypeScript file of the tests, or any program, as a process that one can talk with, and says how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { trackChild } from './cleanup.ts';
import { cleanEnvironment } from './run.ts';

export interface Ended {
	readonly code: number | null;
	readonly signal: string | null;
	/** Both outputs, in the order of arrival. */
	readonly said: string;
}

export interface Child {
	readonly process: ChildProcess;
	/** Resolves when the output so far matches; rejects if the process ends first. */
	saying(pattern: RegExp): Promise<void>;
	readonly ended: Promise<Ended>;
	/** Only of a program: writes to its input. */
	tell(text: string): void;
}

export function startScript(script: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
	return talkWith(
		spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } }),
	);
}

/** Killed when the test's process ends. */
export function startProgram(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
	const child = spawn(command, args, { stdio: 'pipe', env: cleanEnvironment(environment) });
	trackChild(child);
	return talkWith(child);
}

function talkWith(child: ChildProcess): Child {
	let said = '';
	const listeners = new Set<() => void>();
	for (const output of [child.stdout, child.stderr]) {
		output?.setEncoding('utf8').on('data', (text: string) => {
			said += text;
			for (const listener of [...listeners]) {
				listener();
			}
		});
	}
	const ended = new Promise<Ended>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, said })));
	const saying = (pattern: RegExp): Promise<void> =>
		new Promise((resolve, reject) => {
			const check = (): void => {
				if (pattern.test(said)) {
					listeners.delete(check);
					resolve();
				}
			};
			listeners.add(check);
			check();
			void ended.then(({ code, signal }) => reject(new Error(`the process ended (${code ?? signal}) before it said ${pattern}: ${said}`)));
		});
	return { process: child, saying, ended, tell: (text) => void child.stdin?.write(text) };
}
