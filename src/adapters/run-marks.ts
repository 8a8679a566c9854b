/**
 * What one run of a member leaves for the next, as files without content in the data directory:
 *
 *   clean-stop   there only while no process runs: the last one closed log and store in order
 *   sweep-owed   an unclean end was followed by a start that did not read all of a large store, and no sweep has done so since
 *
 * Losing one in a power cut costs a look too many, or one too few before a start that looks anyway. Used by cli/serve.ts.
 */
import fs from 'node:fs';
import path from 'node:path';
import { asDiskFault, flushDirectory } from './store-files.ts';

export interface FormerRun {
	readonly endedClean: boolean;
	readonly owesSweep: boolean;
}

const CLEAN_STOP = 'clean-stop';
const SWEEP_OWED = 'sweep-owed';

/** Before anything in the directory is opened: from now on only a stop in order is clean. */
export function beginRun(directory: string): FormerRun {
	return withMarks(directory, () => {
		const former = { endedClean: has(directory, CLEAN_STOP), owesSweep: has(directory, SWEEP_OWED) };
		if (former.endedClean) {
			fs.rmSync(path.join(directory, CLEAN_STOP));
			flushDirectory(directory);
		}
		return former;
	});
}

/** When log and store are closed, all they hold flushed. */
export function markCleanStop(directory: string): void {
	mark(directory, CLEAN_STOP);
}

export function markSweepOwed(directory: string): void {
	mark(directory, SWEEP_OWED);
}

export function clearSweepOwed(directory: string): void {
	withMarks(directory, () => fs.rmSync(path.join(directory, SWEEP_OWED), { force: true }));
}

function has(directory: string, name: string): boolean {
	return fs.existsSync(path.join(directory, name));
}

function mark(directory: string, name: string): void {
	withMarks(directory, () => {
		fs.closeSync(fs.openSync(path.join(directory, name), 'w', 0o600));
		flushDirectory(directory);
	});
}

function withMarks<T>(directory: string, work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw asDiskFault(error, `a mark in ${directory}`);
	}
}
