/** How the log says that it cannot go on: what, where, the rule that was broken, and what a person can do. Used by the rest of src/log. */
import { FatalError } from '../base/fatal.ts';
import { REBUILD } from '../base/rebuild.ts';

/** A record that was flushed does not read back as it was written. Recovery never guesses: the process ends. */
export function damaged(where: string, rule: string): FatalError {
	return new FatalError('log_damaged', `the log is damaged: ${where}: ${rule}; ${REBUILD}`);
}

/** The log is whole, but entries that the store builds upon are not in it. */
export function lost(what: string): FatalError {
	return new FatalError('log_lost', `the log has lost entries: ${what}; ${REBUILD}`);
}
