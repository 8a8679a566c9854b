/** Runs a command to its end: curl, etcdctl, a daemon that must refuse to start. */
import { spawn } from 'node:child_process';
import { trackChild } from './cleanup.ts';

export interface RunResult {
	/** Null when a signal ended it. */
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunOptions {
	readonly env?: Readonly<Record<string, string>>;
	readonly input?: string;
	readonly cwd?: string;
	/** Then it is killed, and the result says so. */
	readonly withinMs?: number;
}

const WITHIN_MS = 30_000;

/** This process's environment without etcd's and quorate's variables, which would be options of what is started. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
	const kept = Object.entries(process.env).filter(([name]) => !/^(ETCD|ETCDCTL|QUORATE)_/.test(name) && name !== 'NODE_TEST_CONTEXT');
	return { ...Object.fromEntries(kept), ...more };
}

export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { env: cleanEnvironment(options.env), cwd: options.cwd, stdio: 'pipe' });
		trackChild(child);
		let stdout = '';
		let stderr = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			stdout += text;
		});
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			stderr += text;
		});
		const timer = setTimeout(() => child.kill('SIGKILL'), options.withinMs ?? WITHIN_MS);
		child.once('error', (error) => {
			clearTimeout(timer);
			reject(new Error(`${command} cannot be run: ${error.message}`, { cause: error }));
		});
		child.once('close', (code, signal) => {
			clearTimeout(timer);
			resolve({ code, signal, stdout, stderr });
		});
		// A command that ends without reading its input is no fault of the test.
		child.stdin.on('error', () => {});
		child.stdin.end(options.input ?? '');
	});
}
