/**
 * --force-new-cluster: before a member starts, its log gets an entry that leaves it alone in the cluster (members/forced.ts), and everything in the log
 * counts as committed. etcd drops what was not known to be committed; kept, nothing is lost that this member has: it may have been acknowledged
 * by the majority that is gone. Used by cli/serve.ts, with the data directory locked and nobody else in it.
 */
import { randomInt } from 'node:crypto';
import { THE_MEMBER } from '../auth/identity.ts';
import type { Index, RequestId, Term } from '../base/brand.ts';
import { NOBODY } from '../base/brand.ts';
import { FatalError } from '../base/fatal.ts';
import { encodeMemberId } from '../members/commands.ts';
import { COMMAND_KIND, encodeCommand, entryKindOf } from '../protocol/command.ts';
import { openJournaledLog } from './journaled-log.ts';

/** Durable on return: the index of the entry; null for a log in which nothing has ever been, whose member founds its cluster as usual. */
export function forceNewCluster(dataDirectory: string, memberId: string): Index | null {
	const log = openJournaledLog(dataDirectory, randomInt(2 ** 32));
	try {
		const { hardState, last, mark } = log.contents();
		if (hardState.term === 0) {
			return null;
		}
		if (mark !== null) {
			const rule = 'a snapshot was being installed when this member ended: start it once without this flag, and stop it, before';
			throw new FatalError('bad_config', `--force-new-cluster: ${rule}`);
		}
		const index = (last + 1) as Index;
		const payload = encodeCommand({
			kind: COMMAND_KIND.force_new_cluster,
			origin: { slot: NOBODY, boot: 0, requestId: 0 as RequestId },
			term: 0 as Term,
			who: THE_MEMBER,
			body: encodeMemberId({ id: memberId }),
		});
		const entries = { first: index, terms: [hardState.term], kinds: [entryKindOf(COMMAND_KIND.force_new_cluster)], payloads: [payload] };
		log.append([{ resetTo: null, truncateFrom: null, entries, hardState: { ...hardState, commit: index }, mark: null }]);
		return index;
	} finally {
		log.close();
	}
}
