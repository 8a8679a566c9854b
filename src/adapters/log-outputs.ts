/**
 * Where the lines of one thread go: standard error, standard output and files, each line as it is or in columns for people. Not when a file ends:
 * log-rotation.ts. Several threads append to one file, a line a write, so that lines stay whole. Used by json-logger.ts.
 */
import { accessSync, closeSync, constants, openSync } from 'node:fs';
import type pino from 'pino';
import { FatalError } from '../base/fatal.ts';
import type { LogSettings } from '../base/log-settings.ts';
import { consoleLine } from './console-line.ts';

/** pino's own kind of file: the package is imported in one place, json-logger.ts. */
export type OpenPlace = typeof pino.destination;
type Place = ReturnType<OpenPlace>;

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;

export class LogOutputs {
	readonly #isConsole: boolean;
	readonly #places: readonly Place[];
	readonly #files: readonly Place[];

	/** Rejects a file that cannot be written to by FatalError bad_config. */
	constructor(settings: LogSettings, open: OpenPlace) {
		this.#isConsole = settings.format === 'console';
		this.#files = settings.files.map((file) => openFile(file, open));
		this.#places = [
			...(settings.standardError ? [open({ fd: STANDARD_ERROR, sync: true })] : []),
			...(settings.standardOutput ? [open({ fd: STANDARD_OUTPUT, sync: true })] : []),
			...this.#files,
		];
	}

	/** What pino calls with each line. */
	write(line: string): void {
		const text = this.#isConsole ? consoleLine(line) : line;
		for (const place of this.#places) {
			place.write(text);
		}
	}

	/** The files are opened by name again, since they were renamed. */
	reopen(): void {
		for (const file of this.#files) {
			file.reopen();
		}
	}
}

function openFile(path: string, open: OpenPlace): Place {
	try {
		// A full open for appending, so that what is wrong is told before any line is lost.
		closeSync(openSync(path, 'a', 0o600));
		accessSync(path, constants.W_OK);
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
		throw new FatalError(
			'bad_config',
			`--log-outputs: ${JSON.stringify(path)} cannot be opened (${code}): it must be a file in a directory that is there`,
		);
	}
	const place = open({ dest: path, append: true, sync: true });
	// A full disk: the lines are lost, and the member, which does not need them, goes on.
	place.on('error', () => {});
	return place;
}
