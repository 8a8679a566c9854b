/** What every figure is printed with: machine, runtime, commit. Used by bench/run.ts and bench/micro. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
	readonly cpu: string;
	readonly cores: number;
	readonly memoryGiB: number;
	readonly kernel: string;
	readonly node: string;
	readonly commit: string;
	/** The tree has changes that no commit holds. */
	readonly isDirty: boolean;
	readonly loadBefore: number;
	readonly date: string;
}

export function describeMachine(): Machine {
	return {
		cpu: cpus()[0]?.model ?? 'unknown',
		cores: availableParallelism(),
		memoryGiB: Math.round(totalmem() / 2 ** 30),
		kernel: release(),
		node: process.version,
		commit: git('rev-parse', '--short', 'HEAD'),
		isDirty: git('status', '--porcelain', '--untracked-files=no') !== '',
		loadBefore: loadavg()[0] ?? 0,
		date: new Date().toISOString(),
	};
}

/** Which filesystem a directory is on: a bench on tmpfs flushes nothing. */
export function filesystemOf(path: string): string {
	if (!existsSync('/proc/mounts')) {
		return 'unknown';
	}
	const mounts = readFileSync('/proc/mounts', 'utf8')
		.split('\n')
		.map((line) => line.split(' '))
		.filter(([, point]) => point !== undefined && (path === point || path.startsWith(point === '/' ? '/' : `${point}/`)));
	mounts.sort(([, a = ''], [, b = '']) => b.length - a.length);
	return mounts[0]?.[2] ?? 'unknown';
}

function git(...args: readonly string[]): string {
	try {
		return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
	} catch {
		return 'unknown';
	}
}
