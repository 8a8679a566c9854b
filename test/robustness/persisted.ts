/**
 * What was persisted, at each revision: put together from the watchers that see everything from the beginning, one at each member. They must
 * agree, and together leave no revision out; one alone may lack what was compacted while its member was away.
 */
import { batchesOf, groupBy } from './batches.ts';
import type { WatchedEvent, WatchSession } from './history.ts';
import { type Change, FIRST_REVISION } from './keyspace.ts';

export interface Persisted {
	readonly changes: readonly Change[];
	/** By revision: when the first of them saw it. */
	readonly seenAt: ReadonlyMap<number, number>;
	/** Why it cannot be trusted; none is right. */
	readonly problems: readonly string[];
}

interface Seen {
	readonly change: Change;
	readonly by: string;
	readonly at: number;
}

/** sessions: of the watchers of all keys only. */
export function persistedOf(sessions: readonly WatchSession[]): Persisted {
	const problems: string[] = [];
	const seen = new Map<number, Seen>();
	for (const session of sessions) {
		for (const { at, events } of batchesOf(session)) {
			for (const [revision, part] of groupBy(events, ({ kv }) => kv.mod)) {
				const found = { change: { revision, writes: part.map(writeOf) }, by: session.member, at };
				const known = seen.get(revision);
				if (known !== undefined && JSON.stringify(known.change) !== JSON.stringify(found.change)) {
					problems.push(`revision ${revision} is ${JSON.stringify(known.change)} at ${known.by} and ${JSON.stringify(found.change)} at ${found.by}`);
				}
				seen.set(revision, known === undefined ? found : { ...known, at: Math.min(known.at, at) });
			}
		}
	}
	const last = Math.max(FIRST_REVISION, ...seen.keys());
	const changes: Change[] = [];
	for (let revision = FIRST_REVISION + 1; revision <= last; revision++) {
		const found = seen.get(revision);
		if (found === undefined) {
			problems.push(`no member has told of revision ${revision}, though of ${last}`);
			break;
		}
		changes.push(found.change);
	}
	return { changes, problems, seenAt: new Map([...seen].map(([revision, { at }]) => [revision, at])) };
}

function writeOf({ kind, kv }: WatchedEvent): Change['writes'][number] {
	return { key: kv.key, value: kind === 'delete' ? null : kv.value };
}
