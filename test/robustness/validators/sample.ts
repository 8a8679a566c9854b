/** A small history in which everything is right, for the validators' tests to spoil in one place each. */
import type { Answer, KvRequest, Operation, WatchedEvent, WatchRequest, WatchResponse, WatchSession } from '../history.ts';
import { type Change, Keyspace } from '../keyspace.ts';
import { isWanted } from './filtered.ts';
import type { Evidence } from './validator.ts';

const WRITES: readonly Change['writes'][] = [
	[{ key: 'a', value: '2' }],
	[{ key: 'b', value: '3' }],
	[
		{ key: 'a', value: '4' },
		{ key: 'c', value: '4c' },
	],
	[{ key: 'a', value: null }],
	[{ key: 'b', value: '6' }],
	[{ key: 'a', value: '7' }],
	[{ key: 'c', value: null }],
	[{ key: 'b', value: '9' }],
];

export const ALL: WatchRequest = {
	key: 'a',
	rangeEnd: 'z',
	startRevision: 1,
	prevKv: true,
	noPut: false,
	noDelete: false,
	fragment: false,
	progressNotify: false,
};

export const LAST = WRITES.length + 1;

/** A request of one client after the other: at ten times the revision for a write, and thereafter for a read. */
export function sample(): Evidence {
	const keyspace = new Keyspace(WRITES.map((writes, i) => ({ revision: i + 2, writes })));
	const operations: Operation[] = [];
	for (const { revision } of keyspace.changes) {
		operations.push(written(keyspace, revision));
		const kvs = keyspace.rangeAt({ key: 'a', rangeEnd: 'z' }, revision);
		const read = { kind: 'range', key: 'a', rangeEnd: 'z', revision: 0, limit: 0, serializable: false } as const;
		operations.push(operation(read, 10 * revision + 5, { revision, answer: { kind: 'range', kvs, count: kvs.length, more: false } }));
	}
	const sessions = [
		sessionOf(keyspace, 'all', ALL),
		sessionOf(keyspace, 'puts of b', { ...ALL, key: 'b', rangeEnd: '', noDelete: true, startRevision: 4 }),
	];
	return { operations, sessions, keyspace, seenAt: new Map(keyspace.changes.map(({ revision }) => [revision, 10 * revision + 3])) };
}

/** It takes two units of time. */
export function operation(
	request: KvRequest,
	invoked: number,
	ok: { readonly revision: number; readonly answer: Answer },
	client = 'client',
): Operation {
	return { client, member: 'm1', request, invoked, returned: invoked + 2, outcome: { kind: 'ok', ...ok } };
}

function written(keyspace: Keyspace, revision: number): Operation {
	const parts = keyspace.eventsAt(revision).map(({ kind, kv }) => {
		return kind === 'put' ? ({ kind, key: kv.key, value: kv.value } as const) : ({ kind, key: kv.key, rangeEnd: '' } as const);
	});
	const answers = parts.map(({ kind }): Answer => (kind === 'put' ? { kind } : { kind, deleted: 1 }));
	const [only] = parts;
	const [answer] = answers;
	if (parts.length === 1 && only !== undefined && answer !== undefined) {
		return operation(only, 10 * revision, { revision, answer });
	}
	return operation({ kind: 'txn', compare: [], success: parts, failure: [] }, 10 * revision, {
		revision,
		answer: { kind: 'txn', succeeded: true, answers },
	});
}

/** All that it is owed, a response a revision, and word of progress at the end. */
export function sessionOf(keyspace: Keyspace, watcher: string, request: WatchRequest): WatchSession {
	const responses: WatchResponse[] = [response('created', LAST)];
	for (let revision = request.startRevision; revision <= keyspace.revision; revision++) {
		const events = keyspace.eventsAt(revision).filter((event) => isWanted(request, event));
		if (events.length > 0) {
			responses.push(response('events', revision, request.prevKv ? events : events.map((event) => ({ ...event, previous: null }))));
		}
	}
	return { watcher, member: 'm1', request, responses: [...responses, response('progress', keyspace.revision)] };
}

export function response(kind: WatchResponse['kind'], revision: number, events: readonly WatchedEvent[] = []): WatchResponse {
	return { at: 1_000, kind, revision, compactRevision: 0, isFragment: false, events };
}

/** The sample with the responses of its first session changed. */
export function withResponses(change: (responses: readonly WatchResponse[]) => readonly WatchResponse[]): Evidence {
	const evidence = sample();
	const [first, ...others] = evidence.sessions;
	return { ...evidence, sessions: [{ ...(first as WatchSession), responses: change(first?.responses ?? []) }, ...others] };
}

/** The events of the response at a revision, changed. */
export function withEvents(revision: number, change: (events: readonly WatchedEvent[]) => readonly WatchedEvent[]): Evidence {
	return withResponses((responses) =>
		responses.map((each) => (each.kind === 'events' && each.revision === revision ? { ...each, events: change(each.events) } : each)),
	);
}

/** The sample with one more session of its first watcher, which begins where it is told to. */
export function withNextSession(startRevision: number, responses: readonly WatchResponse[]): Evidence {
	const evidence = sample();
	const next = { watcher: 'all', member: 'm2', request: { ...ALL, startRevision }, responses: [response('created', LAST), ...responses] };
	return { ...evidence, sessions: [...evidence.sessions, next] };
}

/** The sample with its operations changed. */
export function withOperations(change: (operations: readonly Operation[]) => readonly Operation[]): Evidence {
	const evidence = sample();
	return { ...evidence, operations: change(evidence.operations) };
}
