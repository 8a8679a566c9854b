/**
 * The engine on LMDB: the only file that opens lmdb environments. One LmdbEngine (the writer) an environment and process; other threads
 * read through openLmdbReader on the same directory, after the writer has opened it.
 * It is not the store's durability: a 'checkpointed' engine never flushes, and checkpoints are store-directory.ts's work. The log opens
 * a 'synced' one, whose write() returns only after the flush.
 */
import { open, type RootDatabase, type Transaction } from 'lmdb';
import { assert } from '../base/assert.ts';
import type { Engine, EngineReader, PinnedView, ReadView, Tree, Visit, WriteView } from '../base/engine.ts';
import { FatalError, type FatalReason } from '../base/fatal.ts';
import { BUCKETS, Histogram } from '../base/histogram.ts';
import { REBUILD } from '../base/rebuild.ts';
import { areFlushesOff } from './flushes.ts';
import { asFatal, type Place } from './lmdb-errors.ts';
import { LmdbReadView, type LmdbTree, LmdbWriteView, PAGE_BYTES } from './lmdb-views.ts';
import { flushDirectory } from './store-files.ts';

export interface LmdbEngineOptions {
	/** The environment's directory; lmdb makes data.mdb and lock.mdb in it. */
	readonly path: string;
	readonly trees: readonly string[];
	/** checkpointed: commits are not flushed (noSync). synced: write() returns after the flush. */
	readonly mode: 'checkpointed' | 'synced';
	/** Size of the map at opening. lmdb-js maps anew when it is full, which costs every thread; so choose it larger than the data will ever be. */
	readonly mapBytes: number;
	readonly maxReaders?: number;
	/** What a damaged file is called. Default: store_damaged. */
	readonly damage?: FatalReason;
	/**
	 * Keeps a read transaction on what the environment holds when it is opened, begun before openDB, which may write. LMDB then reuses
	 * no page of that state until releaseOpeningPin: the store's recovery rests on it (design section 5).
	 */
	readonly pinAtOpening?: boolean;
}

export interface LmdbReaderOptions {
	readonly path: string;
	readonly trees: readonly string[];
	readonly mapBytes: number;
	readonly maxReaders?: number;
	readonly damage?: FatalReason;
}

type Root = RootDatabase<Uint8Array, Uint8Array>;

const MAX_READERS = 1_024;

const ENCODING = { encoding: 'binary', keyEncoding: 'binary', cache: false } as const;

function openRoot(options: LmdbReaderOptions, flags: { readonly noSync?: boolean; readonly readOnly?: boolean }): Root {
	try {
		return open<Uint8Array, Uint8Array>({
			...ENCODING,
			...flags,
			path: options.path,
			noSubdir: false,
			mapSize: options.mapBytes,
			maxDbs: options.trees.length + 2,
			maxReaders: options.maxReaders ?? MAX_READERS,
			pageSize: PAGE_BYTES,
			overlappingSync: false,
		});
	} catch (error) {
		throw asFatal(error, 'opening', options, 'data_dir_unusable');
	}
}

function openTrees(root: Root, options: LmdbReaderOptions): LmdbTree[] {
	return options.trees.map((name) => {
		const tree: LmdbTree | undefined = root.openDB<Uint8Array, Uint8Array>(name, { ...ENCODING });
		if (tree === undefined) {
			throw new FatalError(options.damage ?? 'store_damaged', `lmdb: ${options.path} has no tree "${name}"; ${REBUILD}`);
		}
		return tree;
	});
}

/** What lmdb-js says of a tree; its own types leave it open. */
interface PageCounts {
	readonly treeBranchPageCount: number;
	readonly treeLeafPageCount: number;
	readonly overflowPages: number;
}

const MILLISECONDS_A_SECOND = 1_000;
const META_PAGES = 2;

function pagesOf(tree: PageCounts): number {
	return tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages;
}

class LmdbPinnedView extends LmdbReadView implements PinnedView {
	readonly #transaction: Transaction;
	readonly #released: () => void;
	#held = true;

	constructor(trees: readonly LmdbTree[], transaction: Transaction, released: () => void) {
		super(trees, transaction);
		this.#transaction = transaction;
		this.#released = released;
	}

	override get(tree: Tree, key: Uint8Array): Uint8Array | null {
		assert(this.#held, 'a pinned view is used after its release');
		return super.get(tree, key);
	}

	override scan(tree: Tree, lo: Uint8Array, hi: Uint8Array | null, visit: Visit): void {
		assert(this.#held, 'a pinned view is used after its release');
		super.scan(tree, lo, hi, visit);
	}

	override scanBack(tree: Tree, lo: Uint8Array, hi: Uint8Array | null, visit: Visit): void {
		assert(this.#held, 'a pinned view is used after its release');
		super.scanBack(tree, lo, hi, visit);
	}

	release(): void {
		assert(this.#held, 'a pinned view is released twice');
		this.#held = false;
		this.#transaction.done();
		this.#released();
	}
}

/** What the writer and the readers share: views of the newest commit. */
export class LmdbReader implements EngineReader {
	protected readonly place: Place;
	protected readonly root: Root;
	protected readonly trees: readonly LmdbTree[];
	protected state: 'idle' | 'reading' | 'writing' | 'closed' = 'idle';
	readonly #view: LmdbReadView;
	readonly #pins = new Set<PinnedView>();

	constructor(place: Place, root: Root, trees: readonly LmdbTree[]) {
		this.place = place;
		this.root = root;
		this.trees = trees;
		this.#view = new LmdbReadView(trees, null);
	}

	get path(): string {
		return this.place.path;
	}

	read<T>(work: (view: ReadView) => T): T {
		assert(this.state === 'idle', () => `read while ${this.state}: ${this.path}`);
		this.state = 'reading';
		try {
			// Else the thread's transaction of before would serve, which does not see other threads' commits.
			this.root.resetReadTxn();
			return work(this.#view);
		} catch (error) {
			throw asFatal(error, 'a read', this.place);
		} finally {
			this.state = 'idle';
		}
	}

	pin(): PinnedView {
		assert(this.state === 'idle', () => `pin while ${this.state}: ${this.path}`);
		try {
			this.root.resetReadTxn();
			const transaction = this.root.useReadTransaction();
			const view: LmdbPinnedView = new LmdbPinnedView(this.trees, transaction, () => this.#pins.delete(view));
			this.#pins.add(view);
			return view;
		} catch (error) {
			throw asFatal(error, 'beginning a read', this.place);
		}
	}

	/** Bytes of the data file that hold pages, and of these the ones that some tree uses; the difference is free for reuse. */
	sizes(): { readonly fileBytes: number; readonly usedBytes: number } {
		const environment = this.root.getStats() as PageCounts & { readonly lastPageNumber: number };
		let pages = META_PAGES + pagesOf(environment);
		for (const tree of this.trees) {
			pages += pagesOf(tree.getStats() as PageCounts);
		}
		return { fileBytes: (environment.lastPageNumber + 1) * PAGE_BYTES, usedBytes: pages * PAGE_BYTES };
	}

	/** Records of a tree. */
	records(tree: Tree): number {
		const { entryCount } = (this.trees[tree] as LmdbTree).getStats() as { readonly entryCount: number };
		return entryCount;
	}

	/** Synchronous in effect, since nothing asynchronous was ever begun. Pins that are still held are released. */
	close(): void {
		if (this.state === 'closed') {
			return;
		}
		assert(this.state === 'idle', () => `close while ${this.state}: ${this.path}`);
		for (const pin of [...this.#pins]) {
			pin.release();
		}
		this.state = 'closed';
		void this.root.close();
	}
}

export class LmdbEngine extends LmdbReader implements Engine {
	readonly #writer: LmdbWriteView;
	#openingPin: Transaction | null;
	#broken: unknown = null;
	#dirtied = 0;
	/** Seconds of commits: from the end of the work to when it is visible, and flushed where it is. */
	readonly commits = new Histogram(BUCKETS.a);

	constructor(place: Place, root: Root, trees: readonly LmdbTree[], openingPin: Transaction | null) {
		super(place, root, trees);
		this.#writer = new LmdbWriteView(trees);
		this.#openingPin = openingPin;
	}

	write<T>(work: (view: WriteView) => T): T {
		assert(this.state === 'idle', () => `write while ${this.state}: ${this.path}`);
		if (this.#broken !== null) {
			throw this.#broken;
		}
		this.state = 'writing';
		const outcome: { value: T | null } = { value: null };
		try {
			// The callback returns nothing: lmdb-js would take a promise or its ABORT constant for an instruction.
			let done = 0;
			this.root.transactionSync(() => {
				outcome.value = work(this.#writer);
				done = performance.now();
			});
			this.commits.observe((performance.now() - done) / MILLISECONDS_A_SECOND);
			this.#dirtied += this.#writer.takeDirtied();
			return outcome.value as T;
		} catch (error) {
			const thrown = asFatal(error, 'a commit', this.place);
			// After a failed commit nobody knows what is on the disk (reliability.md 5.1): no further write is tried.
			this.#broken = thrown instanceof FatalError ? thrown : null;
			throw thrown;
		} finally {
			this.state = 'idle';
		}
	}

	/** Bytes of pages, estimated from above, that were dirtied since the last call. */
	takeDirtied(): number {
		const dirtied = this.#dirtied;
		this.#dirtied = 0;
		return dirtied;
	}

	/** Whether some read transaction of the environment is at this transaction id: its pages are not reused. */
	hasReaderAt(transactionId: number): boolean {
		// Each line: process, thread, transaction ('-' for a slot without one).
		return this.root
			.readerList()
			.split('\n')
			.some((line) => line.trim().split(/\s+/)[2] === String(transactionId));
	}

	releaseOpeningPin(): void {
		this.#openingPin?.done();
		this.#openingPin = null;
	}

	override close(): void {
		if (this.state !== 'closed') {
			this.releaseOpeningPin();
		}
		super.close();
	}
}

export function openLmdbEngine(options: LmdbEngineOptions): LmdbEngine {
	const root = openRoot(options, options.mode === 'checkpointed' || areFlushesOff() ? { noSync: true } : {});
	try {
		// useReadTransaction begins it at once, before the first write: that of openDB.
		const openingPin = options.pinAtOpening === true ? root.useReadTransaction() : null;
		const trees = openTrees(root, options);
		if (options.mode === 'synced') {
			// LMDB flushes its file and not the directory that names it.
			flushDirectory(options.path);
		}
		return new LmdbEngine(options, root, trees, openingPin);
	} catch (error) {
		void root.close();
		throw asFatal(error, 'opening a tree', options, 'data_dir_unusable');
	}
}

/** For threads that only read. The writer must have opened the environment in this process before, or the process would share a read-only one. */
export function openLmdbReader(options: LmdbReaderOptions): LmdbReader {
	const root = openRoot(options, { readOnly: true });
	try {
		return new LmdbReader(options, root, openTrees(root, options));
	} catch (error) {
		void root.close();
		throw asFatal(error, 'opening a tree', options, 'data_dir_unusable');
	}
}
