/** The end of the main thread's process: one line on standard error, written at once, and the documented exit code. */
import { writeSync } from 'node:fs';
import { EXIT_CODES, type FatalReason } from '../base/fatal.ts';

const STANDARD_ERROR = 2;

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
