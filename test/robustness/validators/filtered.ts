/** Filter: a watcher is sent only events of its keys and of the kinds that it has not excluded (reliability.md 1.5). */
import { batchesOf, place } from '../batches.ts';
import { isIn, type WatchedEvent, type WatchRequest } from '../history.ts';
import type { Validator } from './validator.ts';

export const filtered: Validator = ({ sessions }) =>
	sessions.flatMap((session) =>
		batchesOf(session)
			.flatMap(({ events }) => events)
			.filter((event) => !isWanted(session.request, event))
			.map(({ kind, kv }) => `${place(session)} was sent a ${kind} of ${kv.key} at ${kv.mod}, which it did not ask for`),
	);

/** What the watcher asked for, whatever the revision. */
export function isWanted(request: WatchRequest, { kind, kv }: WatchedEvent): boolean {
	return isIn(request, kv.key) && !(kind === 'put' ? request.noPut : request.noDelete);
}
