/** Runs the daemon as a child and stands for it: signals go in, the exit code (or the signal that ended it) comes out. Used by the launcher only. */
import { startChild } from './child.ts';
import { endProcess } from './end.ts';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;

export function reexec(options: { readonly node: string; readonly script: string; readonly argv: readonly string[] }): void {
	const child = startChild({ ...options, output: 'inherit' });
	const forward = (signal: NodeJS.Signals): void => {
		child.kill(signal);
	};
	for (const signal of FORWARDED) {
		process.on(signal, forward);
	}
	child.on('error', (error) => endProcess('bad_config', `cannot start ${options.node}: ${error.message}`));
	child.on('exit', (code, signal) => {
		for (const forwarded of FORWARDED) {
			process.off(forwarded, forward);
		}
		if (signal === null) {
			process.exit(code ?? 0);
		}
		process.kill(process.pid, signal);
	});
}
