/**
 * Reads a run of revisions out of history and gathers each event at the interests that it is for. A slice ends at a revision, never
 * within one, and after about so many records or bytes: only a single revision larger than that makes it longer.
 */
import { assert } from '../base/assert.ts';
import type { ReadView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { getHistory, type HistoryHeader, readBody, readHeader, readRevisionKey, revisionKey } from '../mvcc/history.ts';
import { keyPlace } from '../mvcc/stored-key-value.ts';
import type { Interest } from './interest.ts';
import { encodeEvent, type WatchEvent } from './watch-event.ts';
import type { WatchIndex } from './watch-index.ts';

export interface SliceRequest {
	/** Inclusive. */
	readonly from: number;
	readonly upTo: number;
	readonly recordsMax: number;
	readonly bytesMax: number;
}

export interface Slice {
	/** Everything up to this revision has been gathered. */
	readonly upTo: number;
	/** Those with events. */
	readonly touched: readonly Interest[];
}

/** A chain of records of one key within one revision cannot be longer than its operations. */
const STEPS_MAX = 1_000_000;

export function readSlice(view: ReadView, index: WatchIndex, request: SliceRequest): Slice {
	const gatherer = new Gatherer(view, index);
	let records = 0;
	let last = request.from - 1;
	let isCut = false;
	view.scan(TREE.history, revisionKey(request.from, 0), revisionKey(request.upTo + 1, 0), (key, record) => {
		const { main, sub } = readRevisionKey(key);
		if (main !== last && (records >= request.recordsMax || gatherer.bytes >= request.bytesMax)) {
			isCut = true;
			return false;
		}
		last = main;
		records++;
		gatherer.take(main, sub, record);
		return true;
	});
	return { upTo: isCut ? last : request.upTo, touched: gatherer.touched };
}

class Gatherer {
	readonly touched: Interest[] = [];
	/** Of encoded events. */
	bytes = 0;
	readonly #view: ReadView;
	readonly #index: WatchIndex;
	/** The interests in the record at hand: the first so many. */
	readonly #hits: Interest[] = [];
	#hitCount = 0;
	readonly #hit = (interest: Interest): void => {
		this.#hits[this.#hitCount++] = interest;
	};

	constructor(view: ReadView, index: WatchIndex) {
		this.#view = view;
		this.#index = index;
	}

	take(main: number, sub: number, record: Uint8Array): void {
		const kv = readBody(main, sub, record);
		this.#hitCount = 0;
		this.#index.match(keyPlace(kv), this.#hit);
		if (this.#hitCount === 0) {
			return;
		}
		const event = this.#encode(main, readHeader(main, sub, record), kv);
		for (let i = 0; i < this.#hitCount; i++) {
			const interest = this.#hits[i] as Interest;
			if (interest.push(event)) {
				this.touched.push(interest);
			}
		}
	}

	#encode(main: number, header: HistoryHeader, kv: Uint8Array): WatchEvent {
		let wantsPlain = false;
		let wantsPrevious = false;
		for (let i = 0; i < this.#hitCount; i++) {
			const { watchers, prevKvs } = this.#hits[i] as Interest;
			wantsPlain ||= prevKvs < watchers.length;
			wantsPrevious ||= prevKvs > 0;
		}
		const isDelete = header.tombstone;
		const plain = wantsPlain ? encodeEvent({ revision: main, isDelete, kv, previous: null }) : null;
		const previous = wantsPrevious ? readPrevious(this.#view, main, header) : null;
		const withPrevious = wantsPrevious ? encodeEvent({ revision: main, isDelete, kv, previous }) : null;
		this.bytes += (plain?.length ?? 0) + (withPrevious?.length ?? 0);
		return { revision: main, isDelete, plain, withPrevious };
	}
}

/** What the key was at the revision before, as etcd shows it: null if it was not there, or if compaction has dropped it. */
function readPrevious(view: ReadView, main: number, header: HistoryHeader): Uint8Array | null {
	let { previousIsTombstone, previousMain, previousSub } = header;
	for (let step = 0; step < STEPS_MAX; step++) {
		// A put over a deletion creates the key, even if the deletion is of the same revision.
		if (previousMain === 0 || previousIsTombstone) {
			return null;
		}
		const record = getHistory(view, previousMain, previousSub);
		if (record === null) {
			return null;
		}
		if (previousMain < main) {
			return readBody(previousMain, previousSub, record);
		}
		({ previousIsTombstone, previousMain, previousSub } = readHeader(previousMain, previousSub, record));
	}
	assert(false, `more than ${STEPS_MAX} changes of one key at revision ${main}`);
}
