/** Starts a Node process that ends when this one does. Used by the launcher and by the cluster runner. Runs on old Nodes too. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { LAUNCHER_FD, LAUNCHER_VARIABLE } from './launcher-pipe.ts';

export interface ChildOptions {
	/** Path of the Node binary. */
	readonly node: string;
	readonly script: string;
	readonly argv: readonly string[];
	readonly output: 'inherit' | 'pipe';
}

/**
 * The child is the leader of a process group of its own: a Ctrl-C reaches it once, through its parent, and not twice.
 * It gets this process's own Node options, so that a program started through tsx starts its child in the same way.
 */
export function startChild(options: ChildOptions): ChildProcess {
	const stdio: StdioOptions = [options.output === 'pipe' ? 'ignore' : 'inherit', options.output, options.output, 'pipe'];
	return spawn(options.node, [...process.execArgv, options.script, ...options.argv], {
		stdio,
		detached: true,
		env: { ...process.env, [LAUNCHER_VARIABLE]: String(LAUNCHER_FD) },
	});
}
