/**
 * What a robustness run has recorded, as plain data: the requests of clients with their times and outcomes, and all that watchers were sent.
 * Written by traffic/, read by validators/, which have nothing else to go by. Times are milliseconds of one clock.
 */

export interface Kv {
	readonly key: string;
	readonly value: string;
	readonly create: number;
	readonly mod: number;
	readonly version: number;
}

/** One key, or, with a rangeEnd, all from key to before it; a rangeEnd of ALL_AFTER: all from key on. */
export interface Span {
	readonly key: string;
	readonly rangeEnd: string;
}

export const ALL_AFTER = '\0';

export interface PutRequest {
	readonly kind: 'put';
	readonly key: string;
	/** No other request of the run has it, so that it names its request wherever it is seen. */
	readonly value: string;
}

export interface DeleteRequest extends Span {
	readonly kind: 'delete';
}

export interface RangeRequest extends Span {
	readonly kind: 'range';
	/** 0: the newest. */
	readonly revision: number;
	/** 0: none. */
	readonly limit: number;
	readonly serializable: boolean;
}

/** Holds if the key was last changed at this revision; 0: if it is not there. */
export interface Compare {
	readonly key: string;
	readonly mod: number;
}

/** Within a branch no two operations touch the same key. */
export interface TxnRequest {
	readonly kind: 'txn';
	readonly compare: readonly Compare[];
	readonly success: readonly (PutRequest | DeleteRequest | RangeRequest)[];
	readonly failure: readonly (PutRequest | DeleteRequest | RangeRequest)[];
}

export interface CompactRequest {
	readonly kind: 'compact';
	readonly revision: number;
}

export type KvRequest = PutRequest | DeleteRequest | RangeRequest | TxnRequest | CompactRequest;

export type Answer =
	| { readonly kind: 'put' | 'compact' }
	| { readonly kind: 'delete'; readonly deleted: number }
	| { readonly kind: 'range'; readonly kvs: readonly Kv[]; readonly count: number; readonly more: boolean }
	| { readonly kind: 'txn'; readonly succeeded: boolean; readonly answers: readonly Answer[] };

/** ok: it happened. refused: it did not. unknown: it may have happened, or may yet. */
export type Outcome =
	| { readonly kind: 'ok'; readonly revision: number; readonly answer: Answer }
	| { readonly kind: 'refused' | 'unknown'; readonly words: string };

export interface Operation {
	readonly client: string;
	readonly member: string;
	readonly request: KvRequest;
	readonly invoked: number;
	/** When its outcome was known to the client; of an unknown one, when it gave up. */
	readonly returned: number;
	readonly outcome: Outcome;
}

export interface WatchRequest extends Span {
	/** 0: from now on. */
	readonly startRevision: number;
	readonly prevKv: boolean;
	readonly noPut: boolean;
	readonly noDelete: boolean;
	readonly fragment: boolean;
	readonly progressNotify: boolean;
}

export interface WatchedEvent {
	readonly kind: 'put' | 'delete';
	/** Of a delete: the key and the mod revision only. */
	readonly kv: Kv;
	readonly previous: Kv | null;
}

/** One response that concerns a watcher, as it came. */
export interface WatchResponse {
	readonly at: number;
	/** progress: of the watcher itself, or of its whole stream. canceled: compactRevision says whether it was for a compaction. */
	readonly kind: 'created' | 'events' | 'progress' | 'canceled';
	readonly revision: number;
	readonly compactRevision: number;
	readonly isFragment: boolean;
	readonly events: readonly WatchedEvent[];
}

/** One creation of a watcher on one stream of one member. A watcher that comes back after its stream has ended has several, in order. */
export interface WatchSession {
	/** The watcher's name; a session that does not go on where the last one was has another watcher's. */
	readonly watcher: string;
	readonly member: string;
	readonly request: WatchRequest;
	readonly responses: readonly WatchResponse[];
}

export interface History {
	readonly operations: readonly Operation[];
	readonly sessions: readonly WatchSession[];
}

export function isIn(span: Span, key: string): boolean {
	if (span.rangeEnd === '') {
		return key === span.key;
	}
	return key >= span.key && (span.rangeEnd === ALL_AFTER || key < span.rangeEnd);
}

export function writesOf(request: KvRequest, succeeded: boolean): readonly (PutRequest | DeleteRequest)[] {
	switch (request.kind) {
		case 'put':
		case 'delete':
			return [request];
		case 'txn':
			return (succeeded ? request.success : request.failure).filter((each) => each.kind !== 'range');
		default:
			return [];
	}
}
