/**
 * Reliable: from its first event to the last revision of which a session was told, by an event or by progress, its events are exactly those that
 * were persisted and that it asked for: no gap and nothing else (reliability.md 1.5; etcd 17529).
 */
import { batchesOf, endOf, place } from '../batches.ts';
import type { WatchedEvent, WatchSession } from '../history.ts';
import type { Keyspace } from '../keyspace.ts';
import { isWanted } from './filtered.ts';
import type { Validator } from './validator.ts';

export const reliable: Validator = ({ sessions, keyspace }) => sessions.flatMap((session) => firstDifference(session, keyspace));

function firstDifference(session: WatchSession, keyspace: Keyspace): readonly string[] {
	const told = batchesOf(session).flatMap(({ events }) => events);
	const first = told[0]?.kv.mod;
	if (first === undefined) {
		return [];
	}
	const last = endOf(session);
	const owed: WatchedEvent[] = [];
	for (let revision = first; revision <= last; revision++) {
		owed.push(...keyspace.eventsAt(revision).filter((event) => isWanted(session.request, event)));
	}
	for (let i = 0; i < Math.max(told.length, owed.length); i++) {
		const seen = show(told[i]);
		const wanted = show(owed[i]);
		if (seen !== wanted) {
			return [`${place(session)} was told of ${seen} where ${wanted} was due, as event ${i + 1} of ${owed.length}`];
		}
	}
	return [];
}

function show(event: WatchedEvent | undefined): string {
	return event === undefined ? 'nothing' : `${event.kind} ${event.kv.key}=${event.kv.value} at ${event.kv.mod}`;
}
