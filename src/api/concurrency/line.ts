/**
 * Keys under one prefix, one a session, in the order in which they were made: whoever's is the oldest holds the lock, or leads. That is what
 * etcd's concurrency package makes of any keyspace, key for key, so that its clients and quorate's callers stand in the same line. Used by
 * candidacy.ts and election-service.ts.
 */
import { concatBytes } from '../../base/bytes.ts';
import { COMPARE_RESULT, COMPARE_TARGET, type RangeOperation, SORT_ORDER, SORT_TARGET } from '../../mvcc/operations.ts';
import { decodeKeyValue } from '../../mvcc/stored-key-value.ts';
import type { Watches } from '../../ports/watches.ts';
import { type etcdserverpb, mvccpb } from '../../rpc/generated/messages.js';
import { longFromBigint, longFromNumber } from '../../rpc/long-id.ts';
import { watchDeletion } from './deletion-watch.ts';
import { type Done, good } from './failure.ts';
import type { LaneKeys } from './lane-keys.ts';

type Header = etcdserverpb.ResponseHeader.$Properties;
type Compare = etcdserverpb.Compare.$Properties;

const SLASH = new TextEncoder().encode('/');
/** The byte after it: where the keys under the prefix end. */
const AFTER_SLASH = new TextEncoder().encode('0');
const NO_BYTES = new Uint8Array(0);

/** A key in the line. Its create revision tells it from one that another made of the same name: that is the fence. */
export interface Place {
	readonly key: Uint8Array;
	readonly lease: bigint;
	readonly revision: number;
	readonly header: Header;
	/** False: the session stood there before. */
	readonly isNew: boolean;
	/** Nobody was before it when it was made. */
	readonly isFirst: boolean;
	readonly value: Uint8Array;
}

export interface PlaceKey {
	readonly key: Uint8Array;
	readonly revision: number;
}

export class Line {
	readonly prefix: Uint8Array;
	readonly #rangeEnd: Uint8Array;
	readonly #keys: LaneKeys;
	readonly #watches: Watches;

	constructor(name: Uint8Array, keys: LaneKeys, watches: Watches) {
		this.prefix = concatBytes([name, SLASH]);
		this.#rangeEnd = concatBytes([name, AFTER_SLASH]);
		this.#keys = keys;
		this.#watches = watches;
	}

	/** Makes the session's key, or finds the one that it has; in the same transaction it is seen who is first. */
	join(lease: bigint, value: Uint8Array, done: Done<Place>): void {
		const key = concatBytes([this.prefix, new TextEncoder().encode(lease.toString(16))]);
		const oldest = { request_range: toRequest(this.#oldest()) };
		const put = { request_put: { key, value, lease: longFromBigint(lease) } };
		const request = { compare: [madeAt({ key, revision: 0 })], success: [put, oldest], failure: [{ request_range: { key } }, oldest] };
		this.#keys.txn(request, (outcome) => {
			if (!outcome.ok) {
				done(outcome);
				return;
			}
			const { header, succeeded, responses } = outcome.value;
			const own = succeeded ? null : responses[0]?.response_range?.kvs?.[0];
			const revision = (own ? own.create_revision : header?.revision)?.toNumber() ?? 0;
			const first = responses[1]?.response_range?.kvs?.[0];
			const isFirst = first?.create_revision?.toNumber() === revision;
			done(good({ key, lease, revision, header: header ?? {}, isNew: succeeded, isFirst, value: own?.value ?? value }));
		});
	}

	/** done once every key that was made before this one is gone. The function given back ends the waiting without a word. */
	awaitTurn(place: PlaceKey, done: Done<null>): () => void {
		let stop = (): void => {};
		const look = (): void => {
			// This member holds the transaction that made the place, and so all that was made before it.
			this.#keys.local(this.#newestBefore(place.revision), (outcome) => {
				if (!outcome.ok) {
					done(outcome);
					return;
				}
				const [before] = outcome.value.kvs;
				if (before === undefined) {
					done(good(null));
					return;
				}
				stop = watchDeletion(this.#watches, decodeKeyValue(before).key, outcome.value.revision + 1, (news) => {
					if (news.ok) {
						look();
					} else {
						done(news);
					}
				});
			});
		};
		look();
		return () => stop();
	}

	/** Whether the place is still there, as of now: its lease may have ended while it waited (etcd 11456). Gives the revision, or null. */
	check({ key, revision }: PlaceKey, done: Done<number | null>): void {
		this.#keys.linearizable(rangeOf(key, NO_BYTES), (outcome) => {
			if (!outcome.ok) {
				done(outcome);
				return;
			}
			const [found] = outcome.value.kvs;
			const isThere = found !== undefined && decodeKeyValue(found).createRevision === revision;
			done(good(isThere ? outcome.value.revision : null));
		});
	}

	/** Changes what the place says. null: it is no longer there. */
	proclaim(place: PlaceKey, lease: bigint, value: Uint8Array, done: Done<Header | null>): void {
		const put = { request_put: { key: place.key, value, lease: longFromBigint(lease) } };
		this.#keys.txn({ compare: [madeAt(place)], success: [put] }, (outcome) => {
			done(outcome.ok ? good(outcome.value.succeeded ? (outcome.value.header ?? {}) : null) : outcome);
		});
	}

	/** Gives up the place, if it is still there. */
	leave(place: PlaceKey, done: Done<Header>): void {
		const remove = { request_delete_range: { key: place.key } };
		this.#keys.txn({ compare: [madeAt(place)], success: [remove] }, (outcome) => {
			done(outcome.ok ? good(outcome.value.header ?? {}) : outcome);
		});
	}

	/** The oldest key, if there is one, and the revision at which that was so. */
	first(done: Done<{ readonly revision: number; readonly kv: mvccpb.KeyValue.$Properties | null }>): void {
		this.#keys.linearizable(this.#oldest(), (outcome) => {
			if (!outcome.ok) {
				done(outcome);
				return;
			}
			const { revision, kvs } = outcome.value;
			done(good({ revision, kv: kvs[0] === undefined ? null : mvccpb.KeyValue.decode(kvs[0]) }));
		});
	}

	get rangeEnd(): Uint8Array {
		return this.#rangeEnd;
	}

	#oldest(): RangeOperation {
		return { ...rangeOf(this.prefix, this.#rangeEnd), limit: 1, sortTarget: SORT_TARGET.create, sortOrder: SORT_ORDER.ascend };
	}

	#newestBefore(revision: number): RangeOperation {
		const all = { ...rangeOf(this.prefix, this.#rangeEnd), keysOnly: true, maxCreateRevision: revision - 1 };
		return { ...all, limit: 1, sortTarget: SORT_TARGET.create, sortOrder: SORT_ORDER.descend };
	}
}

function madeAt({ key, revision }: PlaceKey): Compare {
	return { key, target: COMPARE_TARGET.create, result: COMPARE_RESULT.equal, create_revision: longFromNumber(revision) };
}

function rangeOf(key: Uint8Array, rangeEnd: Uint8Array): RangeOperation {
	return {
		kind: 'range',
		key,
		rangeEnd,
		limit: 0,
		revision: 0,
		sortOrder: SORT_ORDER.none,
		sortTarget: SORT_TARGET.key,
		serializable: false,
		keysOnly: false,
		countOnly: false,
		minModRevision: 0,
		maxModRevision: 0,
		minCreateRevision: 0,
		maxCreateRevision: 0,
	};
}

function toRequest({ key, rangeEnd, limit, sortOrder, sortTarget }: RangeOperation): etcdserverpb.RangeRequest.$Properties {
	return { key, range_end: rangeEnd, limit: longFromNumber(limit), sort_order: sortOrder, sort_target: sortTarget };
}
