/** A session's responses as a client library hands them on: fragments joined, and what came of a batch whose end was lost left out. */
import type { WatchedEvent, WatchResponse, WatchSession } from './history.ts';

export type Batch = Omit<WatchResponse, 'isFragment'>;

export function batchesOf(session: WatchSession): readonly Batch[] {
	const batches: Batch[] = [];
	let begun: WatchedEvent[] = [];
	for (const response of session.responses) {
		if (response.kind === 'events' && response.isFragment) {
			begun.push(...response.events);
		} else if (response.kind === 'events') {
			batches.push({ ...response, events: [...begun, ...response.events] });
			begun = [];
		} else {
			batches.push(response);
		}
	}
	return batches;
}

/** The first revision whose events the session is owed; null: it was never created, so that none is. */
export function startOf(session: WatchSession): number | null {
	const created = session.responses.find(({ kind }) => kind === 'created');
	if (created === undefined) {
		return null;
	}
	return session.request.startRevision > 0 ? session.request.startRevision : created.revision + 1;
}

/** The last revision of which the session has said that it is told in full: of its last events, or of its last progress. */
export function endOf(session: WatchSession): number {
	return batchesOf(session).reduce((end, batch) => {
		if (batch.kind === 'progress') {
			return Math.max(end, batch.revision);
		}
		return Math.max(end, ...batch.events.map(({ kv }) => kv.mod));
	}, 0);
}

/** The sessions of each watcher, in order. */
export function byWatcher(sessions: readonly WatchSession[]): ReadonlyMap<string, readonly WatchSession[]> {
	return groupBy(sessions, ({ watcher }) => watcher);
}

export function groupBy<K, T>(all: readonly T[], nameOf: (each: T) => K): ReadonlyMap<K, readonly T[]> {
	const groups = new Map<K, T[]>();
	for (const each of all) {
		const group = groups.get(nameOf(each));
		if (group === undefined) {
			groups.set(nameOf(each), [each]);
		} else {
			group.push(each);
		}
	}
	return groups;
}

/** For people: where something was seen. */
export function place(session: WatchSession): string {
	const { watcher, member, request } = session;
	return `watcher ${watcher} at ${member} from ${request.startRevision || 'now'}`;
}
