/** The end of the main thread's process: one line on standard error, written at once, and the documented exit code. */
import { writeSync } from 'node:fs';
import { EXIT_CODES, type FatalReason } from '../base/fatal.ts';

const STANDARD_ERROR = 2;

let endThreadsToo: ((exitCode: number) => void) | null = null;

/** From now on there are threads: process.exit would wait for each, one after the other and without end where one hangs in the kernel. */
export function endBy(endsThreads: (exitCode: number) => void): void {
	endThreadsToo = endsThreads;
}

/** The same for a process that may have threads: the call returns, and the process ends within a second. */
export function endSoon(reason: FatalReason, message: string): void {
	if (endThreadsToo === null) {
		endProcess(reason, message);
	}
	writeLine(`quorate: ${message}`);
	endThreadsToo(EXIT_CODES[reason]);
}

/** process.stderr is asynchronous on pipes and would lose the line. */
export function endProcess(reason: FatalReason, message: string): never {
	endWithCode(EXIT_CODES[reason], `quorate: ${message}`);
}

export function endWithCode(exitCode: number, line: string): never {
	writeLine(line);
	process.exit(exitCode);
}

export function writeLine(line: string): void {
	try {
		writeSync(STANDARD_ERROR, `${line}\n`);
	} catch {
		// The reader is gone or does not read: the exit code still tells.
	}
}
