/** How the log says that it cannot go on: what, where, the rule that was broken, and what a person can do. Used by the rest of src/log. */
import { FatalError } from '../base/fatal.ts';

/** The way back for a member whose log cannot be trusted: its peers hold everything that was acknowledged. */
export const REBUILD =
	"rebuild this member from its peers: 'etcdctl member remove ID', move its data directory away, 'etcdctl member add NAME --peer-urls=URL', " +
	'and start it with --initial-cluster-state existing';

/** A record that was flushed does not read back as it was written. Recovery never guesses: the process ends. */
export function damaged(where: string, rule: string): FatalError {
	return new FatalError('log_damaged', `the log is damaged: ${where}: ${rule}; ${REBUILD}`);
}

/** The log is whole, but entries that the store builds upon are not in it. */
export function lost(what: string): FatalError {
	return new FatalError('log_lost', `the log has lost entries: ${what}; ${REBUILD}`);
}
