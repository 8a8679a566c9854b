/**
 * IsCreate and PrevKV: an event says truly since when its key exists and how often it was put, so that a creation can be told; what was there
 * before is the state at the revision before, left out only where it was not asked for or may have been compacted (reliability.md 1.5).
 */
import { batchesOf, place } from '../batches.ts';
import type { History, Kv, WatchedEvent } from '../history.ts';
import type { Keyspace } from '../keyspace.ts';
import type { Evidence, Validator } from './validator.ts';

export const previous: Validator = ({ sessions, operations, keyspace }) => {
	const compactions = compactionsOf({ sessions, operations });
	return sessions.flatMap((session) =>
		batchesOf(session).flatMap(({ at, events }) =>
			events.flatMap((event) => {
				const reason = whyWrong(
					event,
					keyspace,
					session.request.prevKv,
					compactions.some(({ invoked, revision }) => invoked <= at && revision >= event.kv.mod),
				);
				return reason === null ? [] : [`${place(session)}: ${event.kind} of ${event.kv.key} at ${event.kv.mod}: ${reason}`];
			}),
		),
	);
};

function compactionsOf({ operations }: Pick<Evidence, keyof History>): readonly { readonly invoked: number; readonly revision: number }[] {
	return operations.flatMap(({ request, invoked, outcome }) =>
		request.kind === 'compact' && outcome.kind !== 'refused' ? [{ invoked, revision: request.revision }] : [],
	);
}

function whyWrong(event: WatchedEvent, keyspace: Keyspace, isAsked: boolean, mayBeCompacted: boolean): string | null {
	const before = keyspace.kvAt(event.kv.key, event.kv.mod - 1);
	const now = keyspace.kvAt(event.kv.key, event.kv.mod);
	if (event.kind === 'put' && !isSame(event.kv, now)) {
		return `it is ${show(event.kv)} where ${show(now)} was put`;
	}
	if (event.previous === null) {
		return before === null || !isAsked || mayBeCompacted ? null : `nothing was told of ${show(before)} before it`;
	}
	if (!isAsked) {
		return 'what was before was not asked for';
	}
	return isSame(event.previous, before) ? null : `before it was ${show(before)}, and not ${show(event.previous)}`;
}

function isSame(a: Kv | null, b: Kv | null): boolean {
	return show(a) === show(b);
}

function show(kv: Kv | null): string {
	return kv === null ? 'nothing' : `${kv.key}=${kv.value} (created ${kv.create}, changed ${kv.mod}, version ${kv.version})`;
}
