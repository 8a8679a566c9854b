import type { AnyMessage, Kind } from './routes.ts';

type MessageOf<K extends Kind> = Extract<AnyMessage, { readonly kind: K }>;
type Field<M> = Exclude<keyof M, 'kind'>;
type Row<M> = { readonly tag: number; readonly fields: readonly Field<M>[] };

/** Kind -> tag and field order between threads. A new kind does not compile until it has a row; tags are never reused. */
export const WIRE = {
	propose: { tag: 1, fields: ['onlyTerm', 'requestId', 'entryKind', 'command'] },
	read_index: { tag: 2, fields: ['requestId'] },
	transfer_leader: { tag: 3, fields: ['target'] },
	inquire_status: { tag: 4, fields: ['requestId'] },
	refused: { tag: 5, fields: ['requestId', 'code'] },
	read_granted: { tag: 6, fields: ['requestId', 'index'] },
	role_changed: { tag: 7, fields: ['role', 'term', 'leader'] },
	raft_status: { tag: 8, fields: ['requestId', 'term', 'leader', 'last', 'commit', 'applied'] },
	append: {
		tag: 9,
		fields: ['first', 'terms', 'kinds', 'payloads', 'batch', 'truncateFrom', 'term', 'vote', 'commit', 'mark', 'resetTo', 'after', 'isSent'],
	},
	fetch: { tag: 10, fields: ['member', 'lo', 'hi', 'bytesMax'] },
	compact: { tag: 11, fields: ['upTo'] },
	log_opened: {
		tag: 12,
		fields: ['term', 'vote', 'commit', 'beforeIndex', 'beforeTerm', 'last', 'runIndexes', 'runTerms', 'mark'],
	},
	persisted: { tag: 13, fields: ['batch', 'lastIndex', 'lastTerm'] },
	fetched: { tag: 14, fields: ['first', 'terms', 'kinds', 'payloads', 'member', 'lo', 'hi'] },
	apply: { tag: 15, fields: ['first', 'terms', 'kinds', 'payloads'] },
	restore: { tag: 16, fields: ['index', 'term', 'path'] },
	spool_snapshot: { tag: 17, fields: ['to'] },
	store_opened: { tag: 18, fields: ['applied', 'appliedTerm', 'membership'] },
	applied: { tag: 19, fields: ['upTo', 'membership'] },
	checkpointed: { tag: 20, fields: ['index', 'term'] },
	restored: { tag: 21, fields: ['index', 'term', 'membership'] },
	settled: { tag: 22, fields: ['upTo', 'generation', 'requestIds', 'codes', 'responses'] },
	members_changed: { tag: 23, fields: ['clusterId', 'slots', 'ids', 'peerUrls', 'names', 'removed'] },
	snapshot_spooled: { tag: 24, fields: ['to', 'index', 'term', 'path', 'ok'] },
	send: { tag: 25, fields: ['frames'] },
	received: { tag: 26, fields: ['from', 'bytes'] },
	link_down: { tag: 27, fields: ['member'] },
	snapshot_sent: { tag: 28, fields: ['to', 'index', 'ok'] },
	snapshot_received: { tag: 29, fields: ['from', 'leaderTerm', 'index', 'term', 'path'] },
	discard_snapshot: { tag: 30, fields: ['path'] },
	inquire_progress: { tag: 31, fields: ['requestId', 'by'] },
	raft_progress: { tag: 32, fields: ['requestId', 'slots', 'matches', 'active'] },
	answered: { tag: 67, fields: ['upTo', 'requestIds', 'codes', 'responses'] },
	standing_changed: { tag: 33, fields: ['learner'] },
	restore_failed: { tag: 34, fields: ['index', 'term'] },
	ask_hashes: { tag: 63, fields: ['requestId', 'revision'] },
	hashes_told: { tag: 64, fields: ['requestId', 'ids', 'codes', 'applied', 'revisions', 'compactRevisions', 'hashes'] },
	hash_asked: { tag: 65, fields: ['requestId', 'revision'] },
	hash_told: { tag: 66, fields: ['requestId', 'code', 'applied', 'revision', 'compactRevision', 'hash'] },
	changed: { tag: 40, fields: ['generation', 'revision', 'compactRevision'] },
	watch_create: {
		tag: 41,
		fields: ['lane', 'stream', 'watchId', 'key', 'rangeEnd', 'startRevision', 'stamp', 'noPut', 'noDelete', 'prevKv', 'fragment', 'progressNotify'],
	},
	watch_cancel: { tag: 42, fields: ['lane', 'stream', 'watchId'] },
	watch_progress: { tag: 43, fields: ['lane', 'stream'] },
	watch_taken: { tag: 44, fields: ['lane', 'streams', 'bytes'] },
	watch_close: { tag: 45, fields: ['lane', 'stream'] },
	watch_responses: { tag: 46, fields: ['streams', 'responses'] },
	ask_leases: { tag: 50, fields: ['requestId', 'by', 'ids', 'renew'] },
	reads_held: { tag: 52, fields: ['lane', 'oldest'] },
	ask_figures: { tag: 70, fields: ['requestId'] },
	figures_told: { tag: 71, fields: ['requestId', 'sent', 'received', 'ids', 'latencies'] },
	ask_state: { tag: 72, fields: ['requestId'] },
	state_told: { tag: 73, fields: ['requestId', 'json'] },
	ask_stages: { tag: 74, fields: ['requestId', 'upTo'] },
	stages_told: { tag: 75, fields: ['requestId', 'moments'] },
	tuned: { tag: 53, fields: ['electionMilliseconds'] },
	leases_told: { tag: 51, fields: ['requestId', 'code', 'remaining', 'granted'] },
} as const satisfies { readonly [K in Kind]: Row<MessageOf<K>> };

/** Fails to compile when a row forgets a field of its message. */
type Missing = { [K in Kind]: Exclude<Field<MessageOf<K>>, (typeof WIRE)[K]['fields'][number]> }[Kind];
type None<T extends never> = T;
export type EveryFieldIsOnTheWire = None<Missing>;
