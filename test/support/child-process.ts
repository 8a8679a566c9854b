/** Starts a TypeScript file of the tests as a process of its own and says how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';

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
}

export function startScript(script: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
	const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...process.env, ...environment },
	});
	let said = '';
	const listeners = new Set<() => void>();
	for (const output of [child.stdout, child.stderr]) {
		output.setEncoding('utf8').on('data', (text: string) => {
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
	return { process: child, saying, ended };
}
