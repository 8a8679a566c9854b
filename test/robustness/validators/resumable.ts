/**
 * Resumable: the first event of a session is the first one that it asked for at or after its start revision; and if it was only told of
 * progress, then there was none (reliability.md 1.5; etcd 18089, 19179, 20221).
 */
import { batchesOf, endOf, place, startOf } from '../batches.ts';
import type { WatchSession } from '../history.ts';
import type { Keyspace } from '../keyspace.ts';
import { isWanted } from './filtered.ts';
import type { Validator } from './validator.ts';

export const resumable: Validator = ({ sessions, keyspace }) =>
	sessions.flatMap((session) => {
		const start = startOf(session);
		if (start === null) {
			return [];
		}
		const first = batchesOf(session).find(({ events }) => events.length > 0)?.events[0]?.kv.mod ?? null;
		const owed = firstWanted(session, keyspace, start);
		if (first === null) {
			const end = endOf(session);
			return owed !== null && owed <= end ? [`${place(session)} was told of progress up to ${end}, and not of revision ${owed}`] : [];
		}
		return first === owed ? [] : [`${place(session)} began with revision ${first} instead of ${owed}`];
	});

function firstWanted({ request }: WatchSession, keyspace: Keyspace, start: number): number | null {
	for (let revision = start; revision <= keyspace.revision; revision++) {
		if (keyspace.eventsAt(revision).some((event) => isWanted(request, event))) {
			return revision;
		}
	}
	return null;
}
