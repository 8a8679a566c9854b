/**
 * Read and write views of one LMDB environment: the translation from the engine's vocabulary to lmdb-js, without any decision about
 * transactions. lmdb-engine.ts decides which transaction a view belongs to; nothing else uses this file.
 */
import type { Database, Transaction } from 'lmdb';
import { assert } from '../base/assert.ts';
import { compareBytes } from '../base/bytes.ts';
import { ENGINE_KEY_BYTES_MAX, type ReadView, type Tree, type Visit, type WriteView } from '../base/engine.ts';

export type LmdbTree = Database<Uint8Array, Uint8Array>;

/** The page size that every environment is created with; the store's checkpoints and the estimate below rely on it. */
export const PAGE_BYTES = 4096;

/** A leaf holds at least two records; a larger one gets overflow pages of its own. */
const LEAF_RECORD_BYTES_MAX = PAGE_BYTES / 2 - 64;
const RECORD_OVERHEAD_BYTES = 10;
/** Branches, free list and meta page, whatever a commit holds: of a lone put's twelve pages, with ten thousand keys, all but its own leaf (strace). */
const COMMIT_BYTES = 11 * PAGE_BYTES;

interface RangeQuery {
	start?: Uint8Array;
	end?: Uint8Array;
	reverse?: boolean;
	exclusiveStart?: boolean;
	inclusiveEnd?: boolean;
	transaction?: Transaction;
}

export function assertKey(key: Uint8Array): void {
	assert(key.length >= 1 && key.length <= ENGINE_KEY_BYTES_MAX, () => `a key has 1 to ${ENGINE_KEY_BYTES_MAX} bytes, this one ${key.length}`);
}

function assertBound(bound: Uint8Array): void {
	// One byte more than a key: the successor of the longest key is that key and a zero.
	assert(bound.length <= ENGINE_KEY_BYTES_MAX + 1, () => `a bound of a scan has at most ${ENGINE_KEY_BYTES_MAX + 1} bytes, this one ${bound.length}`);
}

/** Reads in a given transaction, or in the current one (the write transaction, or the thread's own read transaction) if null. */
export class LmdbReadView implements ReadView {
	readonly #trees: readonly LmdbTree[];
	readonly #options: { readonly transaction: Transaction } | null;
	/** Scans under way, by tree: a write to a tree under one's own cursor is refused, since what the cursor would then see is undefined. */
	protected readonly scans: number[];

	constructor(trees: readonly LmdbTree[], transaction: Transaction | null) {
		this.#trees = trees;
		this.#options = transaction === null ? null : { transaction };
		this.scans = trees.map(() => 0);
	}

	get(tree: Tree, key: Uint8Array): Uint8Array | null {
		assertKey(key);
		const store = this.tree(tree);
		return (this.#options === null ? store.get(key) : store.get(key, this.#options)) ?? null;
	}

	scan(tree: Tree, lo: Uint8Array, hi: Uint8Array | null, visit: Visit): void {
		assertBound(lo);
		const query: RangeQuery = {};
		// An empty bound is left out: lmdb-js takes a zero-length key for "from the first".
		if (lo.length > 0) {
			query.start = lo;
		}
		if (hi !== null) {
			assertBound(hi);
			if (compareBytes(lo, hi) >= 0) {
				return;
			}
			query.end = hi;
		}
		this.#run(tree, query, visit);
	}

	scanBack(tree: Tree, lo: Uint8Array, hi: Uint8Array | null, visit: Visit): void {
		assertBound(lo);
		const query: RangeQuery = { reverse: true, end: lo, inclusiveEnd: true };
		if (hi !== null) {
			assertBound(hi);
			if (compareBytes(lo, hi) >= 0) {
				return;
			}
			query.start = hi;
			query.exclusiveStart = true;
		}
		this.#run(tree, query, visit);
	}

	protected tree(tree: Tree): LmdbTree {
		const store = this.#trees[tree];
		assert(store !== undefined, () => `no tree ${tree}: the environment has ${this.#trees.length}`);
		return store;
	}

	#run(tree: Tree, query: RangeQuery, visit: Visit): void {
		if (this.#options !== null) {
			query.transaction = this.#options.transaction;
		}
		this.scans[tree] = (this.scans[tree] ?? 0) + 1;
		try {
			// for-of closes the iterator on every way out, a throwing visit included: an open cursor would keep its snapshot alive.
			for (const record of this.tree(tree).getRange(query)) {
				if (!visit(record.key, record.value)) {
					return;
				}
			}
		} finally {
			this.scans[tree] = (this.scans[tree] ?? 1) - 1;
		}
	}
}

export class LmdbWriteView extends LmdbReadView implements WriteView {
	/** The greatest key that was put into each tree since opening: what lies beyond it is an append. */
	readonly #greatest: (Uint8Array | null)[];
	#dirtied = 0;

	constructor(trees: readonly LmdbTree[]) {
		super(trees, null);
		this.#greatest = trees.map(() => null);
	}

	put(tree: Tree, key: Uint8Array, value: Uint8Array): void {
		assertKey(key);
		const store = this.tree(tree);
		this.#assertNoScan(tree);
		store.putSync(key, value);
		this.#count(tree, key, value.length);
	}

	remove(tree: Tree, key: Uint8Array): boolean {
		assertKey(key);
		const store = this.tree(tree);
		this.#assertNoScan(tree);
		this.#dirtied += PAGE_BYTES;
		return store.removeSync(key);
	}

	/** An estimate, from above, of the bytes of pages that the writes since the last call have dirtied; call it once a commit. */
	takeDirtied(): number {
		const dirtied = this.#dirtied;
		this.#dirtied = 0;
		return dirtied === 0 ? 0 : dirtied + COMMIT_BYTES;
	}

	#assertNoScan(tree: Tree): void {
		assert(this.scans[tree] === 0, () => `tree ${tree} is written inside a scan of it: collect the keys first`);
	}

	/** Appended records share their leaves, so they count by size (history); any other put dirties a leaf of its own (latest). */
	#count(tree: Tree, key: Uint8Array, valueBytes: number): void {
		const bytes = key.length + valueBytes + RECORD_OVERHEAD_BYTES;
		const greatest = this.#greatest[tree] ?? null;
		if (bytes > LEAF_RECORD_BYTES_MAX) {
			this.#dirtied += PAGE_BYTES + Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
		} else if (greatest === null || compareBytes(key, greatest) > 0) {
			this.#dirtied += bytes;
		} else {
			this.#dirtied += PAGE_BYTES;
		}
		if (greatest === null || compareBytes(key, greatest) > 0) {
			this.#greatest[tree] = key.slice();
		}
	}
}
