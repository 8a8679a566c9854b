/**
 * HashKV as etcd computes it (reference/etcd-surface.md 2.9), so that members, and tools that compare with etcd, get the same number
 * for the same content: CRC-32C over the bucket name, then of each record in order of revision its key as etcd stores it and its
 * marshalled key-value. It works in pages, each on a view of its own, so that no read transaction is long: compaction above the hashed
 * revision starts it over, all other writes leave what it reads as it is.
 */
import { assert } from '../base/assert.ts';
import { concatBytes, copyBytes, EMPTY_BYTES } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import { crc32c } from '../base/crc32c.ts';
import type { ReadView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { writeUint32, writeUint48 } from '../base/uint48.ts';
import { readBody, readHeader, readRevisionKey, revisionKey } from './history.ts';
import { LATEST, type LatestTree } from './latest-tree.ts';
import { checkRevision } from './range.ts';
import { readStoreState } from './store-state.ts';
import { decodeKeyValue } from './stored-key-value.ts';
import { findVisible } from './visible.ts';

export interface HashKvResult {
	readonly kind: 'hash_kv';
	/** Of the store when the hash was begun. */
	readonly revision: number;
	readonly hash: number;
	/** -1: never compacted. */
	readonly compactRevision: number;
	readonly hashRevision: number;
}

export type HashKvOutcome = HashKvResult | { readonly kind: 'refusal'; readonly code: number } | { readonly kind: 'more' };

const BUCKET_NAME = new Uint8Array([0x6b, 0x65, 0x79]);
/** 8-byte main, '_', 8-byte sub, and 't' on a tombstone. */
const ETCD_KEY_BYTES = 17;
const UNDERSCORE = 0x5f;
const TOMBSTONE_MARK = 0x74;
const MORE = { kind: 'more' } as const;
const RESTARTS_MAX = 100;
/** A record counts once more for so many bytes, or a page of large values would take as many times as long. */
const LARGE_BYTES = 4_096;

type Phase = 'begin' | 'keeping' | 'hashing';

export class HashKv {
	readonly #asked: number;
	readonly #latest: LatestTree;
	#phase: Phase = 'begin';
	#restarts = 0;
	#revision = 0;
	#hashRevision = 0;
	#compactRevision = -1;
	#crc = 0;
	/** Where the next page starts: a key of `latest` while keeping, of `history` while hashing. */
	#next: Uint8Array = EMPTY_BYTES;
	/** Whether some key is live at the hashed revision: without any, etcd does not look at what compaction keeps. */
	#keepsSome = false;
	readonly #etcdKey = new Uint8Array(ETCD_KEY_BYTES + 1);

	/** revision 0: the current one. Less: before all records, so that etcd hashes the name alone. */
	constructor(revision: number, latest: LatestTree = LATEST) {
		this.#asked = revision;
		this.#latest = latest;
	}

	/** One page of at most `budget` records; call it, each time on a view of the newest commit, until it says something else than `more`. */
	step(view: ReadView, budget: number): HashKvOutcome {
		assert(budget > 0, () => `a page of ${budget} records`);
		const state = readStoreState(view);
		if (this.#asked < 0) {
			const { revision, compactRevision } = state;
			return { kind: 'hash_kv', revision, hash: crc32c(BUCKET_NAME), compactRevision, hashRevision: 0 };
		}
		if (this.#phase === 'begin' || state.compactRevision !== this.#compactRevision) {
			const code = this.#begin(state);
			if (code !== CODES.ok.code) {
				return { kind: 'refusal', code };
			}
		}
		return this.#phase === 'keeping' ? this.#stepKeeping(view, budget) : this.#stepHashing(view, budget);
	}

	#begin(state: { readonly revision: number; readonly compactRevision: number }): number {
		const target = this.#hashRevision > 0 ? this.#hashRevision : this.#asked;
		const code = checkRevision(target, state);
		if (code !== CODES.ok.code) {
			return code;
		}
		this.#restarts++;
		if (this.#restarts > RESTARTS_MAX) {
			return CODES.compacted.code;
		}
		this.#phase = 'keeping';
		this.#revision = state.revision;
		this.#hashRevision = target > 0 ? target : state.revision;
		this.#compactRevision = state.compactRevision;
		this.#crc = crc32c(BUCKET_NAME);
		this.#next = EMPTY_BYTES;
		this.#keepsSome = false;
		return code;
	}

	#stepKeeping(view: ReadView, budget: number): HashKvOutcome {
		let left = budget;
		let last: Uint8Array | null = null;
		this.#latest.scan(view, { lo: this.#next, hi: null, single: false }, (key, record) => {
			if (findVisible(view, record, this.#hashRevision) !== null) {
				this.#keepsSome = true;
				return false;
			}
			left--;
			last = left === 0 ? copyBytes(key) : null;
			return left > 0;
		});
		if (last !== null) {
			this.#next = concatBytes([last, new Uint8Array(1)]);
			return MORE;
		}
		this.#phase = 'hashing';
		this.#next = revisionKey(0, 0);
		return MORE;
	}

	#stepHashing(view: ReadView, budget: number): HashKvOutcome {
		let left = budget;
		let last: Uint8Array | null = null;
		view.scan(TREE.history, this.#next, revisionKey(this.#hashRevision + 1, 0), (key, bytes) => {
			const { main, sub } = readRevisionKey(key);
			const { tombstone } = readHeader(main, sub, bytes);
			const body = readBody(main, sub, bytes);
			if (main > this.#compactRevision || (!tombstone && this.#survives(view, main, sub, body))) {
				this.#add(main, sub, tombstone, body);
			}
			left -= 1 + Math.floor(bytes.length / LARGE_BYTES);
			last = left <= 0 ? copyBytes(key) : null;
			return left > 0;
		});
		if (last !== null) {
			const { main, sub } = readRevisionKey(last);
			this.#next = revisionKey(main, sub + 1);
			return MORE;
		}
		return {
			kind: 'hash_kv',
			revision: this.#revision,
			hash: this.#crc,
			compactRevision: this.#compactRevision,
			hashRevision: this.#hashRevision,
		};
	}

	/**
	 * Of a record at or below the compaction: whether it is what the key is at the hashed revision. When no key is live there, etcd
	 * hashes whatever its finished compaction left: what the key was at the compaction.
	 */
	#survives(view: ReadView, main: number, sub: number, body: Uint8Array): boolean {
		const newest = this.#latest.get(view, decodeKeyValue(body).key);
		const visible = newest === null ? null : findVisible(view, newest, this.#keepsSome ? this.#hashRevision : this.#compactRevision);
		return visible !== null && visible.main === main && visible.sub === sub;
	}

	#add(main: number, sub: number, tombstone: boolean, body: Uint8Array): void {
		const key = this.#etcdKey;
		writeUint48(key, 2, main);
		key[8] = UNDERSCORE;
		writeUint32(key, 13, sub);
		key[17] = TOMBSTONE_MARK;
		this.#crc = crc32c(body, crc32c(key, this.#crc, 0, tombstone ? ETCD_KEY_BYTES + 1 : ETCD_KEY_BYTES));
	}
}
