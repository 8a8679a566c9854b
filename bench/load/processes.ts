/** CPU time and memory of a process and all that it started, from /proc. Used by bench/run.ts, watch.ts and latency. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time for /proc in hundredths of a second on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface Usage {
	readonly cpuSeconds: number;
	readonly anonymousMiB: number;
	readonly fileMiB: number;
}

export function usageOf(roots: readonly number[]): Usage {
	const sum = { cpuSeconds: 0, anonymousMiB: 0, fileMiB: 0 };
	for (const pid of withDescendants(roots)) {
		const stat = readStat(pid);
		const status = read(`/proc/${pid}/status`);
		if (stat === null || status === null) {
			continue;
		}
		sum.cpuSeconds += (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND;
		sum.anonymousMiB += kibibytes(status, 'RssAnon') / 1024;
		sum.fileMiB += kibibytes(status, 'RssFile') / 1024;
	}
	return sum;
}

export function withDescendants(roots: readonly number[]): readonly number[] {
	const children = new Map<number, number[]>();
	for (const name of readdirSync('/proc')) {
		const pid = Number(name);
		const stat = Number.isInteger(pid) ? readStat(pid) : null;
		if (stat !== null) {
			const parent = Number(stat[1]);
			children.set(parent, [...(children.get(parent) ?? []), pid]);
		}
	}
	const found = [...roots];
	for (let at = 0; at < found.length; at++) {
		found.push(...(children.get(found[at] ?? -1) ?? []));
	}
	return found;
}

/** The fields after the command's name, which may hold spaces: state, parent, ... user time (11), system time (12). */
function readStat(pid: number): readonly string[] | null {
	const text = read(`/proc/${pid}/stat`);
	return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function kibibytes(status: string, name: string): number {
	return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}

function read(path: string): string | null {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return null;
	}
}
