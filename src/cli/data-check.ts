/**
 * Has a member's data looked at by a process of its own, since LMDB may end on a damaged file by a signal: before a start after an unclean end, and
 * of a large store in the background. What comes back is its last line: that it has ended, or what is damaged. Used by serve.ts; the other side is check-data.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FatalError, type FatalReason } from '../base/fatal.ts';
import { REBUILD } from '../base/rebuild.ts';

/** A damaged file ends LMDB by one of these; what else ends a process says nothing of the file. */
const SIGNALS_OF_DAMAGE: readonly string[] = ['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE'];
/** Anything else that it may end with is its own trouble. */
const REASONS_OF_DAMAGE: readonly FatalReason[] = ['log_damaged', 'store_damaged', 'data_dir_unusable'];
const COPY = 'check-copy';

export interface DataCheck {
	/** How many records were verified, null if the process was ended before it was done. Rejects with the FatalError that says what is damaged, and nothing else. */
	readonly done: Promise<number | null>;
	/** Ends it. */
	cancel(): void;
}

/** Before log and store are opened. isWhole: the store too, however large. False: the look was not finished, for want of memory or the like. */
export async function probeData(directory: string, isWhole: boolean): Promise<boolean> {
	const copy = join(directory, COPY);
	rmSync(copy, { recursive: true, force: true });
	try {
		return (await start(['probe', directory, isWhole ? 'whole' : 'bounded', copy]).done) !== null;
	} finally {
		rmSync(copy, { recursive: true, force: true });
	}
}

/** Beside the running member. */
export function sweepData(directory: string): DataCheck {
	return start(['sweep', directory]);
}

function start(words: readonly string[]): DataCheck {
	const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'check-data.ts' : 'check-data.js', import.meta.url));
	// Its standard input is never written to: it ends with us.
	const child = spawn(process.execPath, [...process.execArgv, script, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
	child.stdin?.on('error', () => {});
	let said = '';
	child.stdout?.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	return { done: outcomeOf(child, () => said), cancel: () => void child.kill('SIGKILL') };
}

function outcomeOf(child: ChildProcess, said: () => string): Promise<number | null> {
	return new Promise((resolve, reject) => {
		child.once('error', () => resolve(null));
		child.once('close', (_, signal) => {
			const lines = said().trim().split('\n').map(parseLine);
			const last = lines.at(-1);
			if (last?.reason !== undefined && REASONS_OF_DAMAGE.includes(last.reason)) {
				reject(new FatalError(last.reason, last.message ?? ''));
			} else if (last?.ended === true) {
				resolve(lines.findLast(({ records }) => records !== undefined)?.records ?? 0);
			} else if (signal !== null && SIGNALS_OF_DAMAGE.includes(signal)) {
				const at = lines.findLast((line) => line.at !== undefined)?.at ?? 'log';
				const reason = at === 'log' ? 'log_damaged' : 'store_damaged';
				reject(new FatalError(reason, `the ${at} is damaged: LMDB ended by ${signal} when it was read; ${REBUILD}`));
			} else {
				resolve(null);
			}
		});
	});
}

interface Line {
	/** It has looked at everything. */
	readonly ended?: boolean;
	readonly at?: string;
	readonly records?: number;
	readonly reason?: FatalReason;
	readonly message?: string;
}

function parseLine(line: string): Line {
	try {
		return JSON.parse(line) as Line;
	} catch {
		return {};
	}
}
