/**
 * An engine in memory, for tests and the simulator: the same order, atomicity and isolation as the one on LMDB, and no durability.
 * A tree is an immutable list of immutable chunks, so that a pinned view is a reference and a rollback is to drop the draft.
 */
import { assert } from './assert.ts';
import { compareBytes, copyBytes } from './bytes.ts';
import { ENGINE_KEY_BYTES_MAX, type Engine, type PinnedView, type ReadView, type Tree, type Visit, type WriteView } from './engine.ts';

interface Entry {
	readonly key: Uint8Array;
	readonly value: Uint8Array;
}
type Chunk = readonly Entry[];
/** Invariant: no chunk is empty, and keys ascend within and across chunks. */
type Chunks = readonly Chunk[];

/** A chunk that grows beyond this is halved. */
const CHUNK_ENTRIES_MAX = 128;

function assertKey(key: Uint8Array): void {
	assert(key.length >= 1 && key.length <= ENGINE_KEY_BYTES_MAX, () => `a key has 1 to ${ENGINE_KEY_BYTES_MAX} bytes, this one ${key.length}`);
}

/** The first chunk whose last key is not below this one; chunks.length if there is none. */
function chunkAt(chunks: Chunks, key: Uint8Array): number {
	let lo = 0;
	let hi = chunks.length;
	while (lo < hi) {
		const middle = (lo + hi) >>> 1;
		const last = chunks[middle]?.at(-1);
		assert(last !== undefined, 'a chunk is never empty');
		if (compareBytes(last.key, key) < 0) {
			lo = middle + 1;
		} else {
			hi = middle;
		}
	}
	return lo;
}

/** The first entry of the chunk whose key is not below this one. */
function entryAt(chunk: Chunk, key: Uint8Array): number {
	let lo = 0;
	let hi = chunk.length;
	while (lo < hi) {
		const middle = (lo + hi) >>> 1;
		if (compareBytes((chunk[middle] as Entry).key, key) < 0) {
			lo = middle + 1;
		} else {
			hi = middle;
		}
	}
	return lo;
}

class MemoryView implements PinnedView {
	protected readonly trees: Chunks[];
	protected readonly scans: number[];
	#held = true;

	constructor(trees: readonly Chunks[]) {
		this.trees = [...trees];
		this.scans = trees.map(() => 0);
	}

	get(tree: Tree, key: Uint8Array): Uint8Array | null {
		assertKey(key);
		const chunks = this.chunks(tree);
		const chunk = chunks[chunkAt(chunks, key)] ?? [];
		const entry = chunk[entryAt(chunk, key)];
		return entry !== undefined && compareBytes(entry.key, key) === 0 ? copyBytes(entry.value) : null;
	}

	scan(tree: Tree, lo: Uint8Array, hi: Uint8Array | null, visit: Visit): void {
		const chunks = this.chunks(tree);
		this.#during(tree, () => {
			for (let at = chunkAt(chunks, lo); at < chunks.length; at++) {
				const chunk = chunks[at] as Chunk;
				for (let i = entryAt(chunk, lo); i < chunk.length; i++) {
					const entry = chunk[i] as Entry;
					if ((hi !== null && compareBytes(entry.key, hi) >= 0) || !visit(entry.key, entry.value)) {
						return;
					}
				}
			}
		});
	}

	scanBack(tree: Tree, lo: Uint8Array, hi: Uint8Array | null, visit: Visit): void {
		const chunks = this.chunks(tree);
		this.#during(tree, () => {
			for (let at = hi === null ? chunks.length - 1 : Math.min(chunkAt(chunks, hi), chunks.length - 1); at >= 0; at--) {
				const chunk = chunks[at] as Chunk;
				for (let i = (hi === null ? chunk.length : entryAt(chunk, hi)) - 1; i >= 0; i--) {
					const entry = chunk[i] as Entry;
					if (compareBytes(entry.key, lo) < 0 || !visit(entry.key, entry.value)) {
						return;
					}
				}
			}
		});
	}

	release(): void {
		assert(this.#held, 'a view is released twice');
		this.#held = false;
	}

	protected chunks(tree: Tree): Chunks {
		assert(this.#held, 'a view is used after its release');
		const chunks = this.trees[tree];
		assert(chunks !== undefined, () => `no tree ${tree}: the engine has ${this.trees.length}`);
		return chunks;
	}

	#during(tree: Tree, scan: () => void): void {
		this.scans[tree] = (this.scans[tree] ?? 0) + 1;
		try {
			scan();
		} finally {
			this.scans[tree] = (this.scans[tree] ?? 1) - 1;
		}
	}
}

class MemoryDraft extends MemoryView implements WriteView {
	/** Lists of chunks that belong to this draft alone and may be changed in place. */
	readonly #own = new Map<Tree, Chunk[]>();

	put(tree: Tree, key: Uint8Array, value: Uint8Array): void {
		assertKey(key);
		const chunks = this.#writable(tree);
		const entry: Entry = { key: copyBytes(key), value: copyBytes(value) };
		const at = Math.min(chunkAt(chunks, key), Math.max(chunks.length - 1, 0));
		const chunk = [...(chunks[at] ?? [])];
		const i = entryAt(chunk, key);
		const found = chunk[i];
		chunk.splice(i, found !== undefined && compareBytes(found.key, key) === 0 ? 1 : 0, entry);
		if (chunk.length <= CHUNK_ENTRIES_MAX) {
			chunks.splice(at, 1, chunk);
		} else {
			chunks.splice(at, 1, chunk.slice(0, CHUNK_ENTRIES_MAX / 2), chunk.slice(CHUNK_ENTRIES_MAX / 2));
		}
	}

	remove(tree: Tree, key: Uint8Array): boolean {
		assertKey(key);
		const chunks = this.#writable(tree);
		const at = chunkAt(chunks, key);
		const chunk = [...(chunks[at] ?? [])];
		const i = entryAt(chunk, key);
		const found = chunk[i];
		if (found === undefined || compareBytes(found.key, key) !== 0) {
			return false;
		}
		chunk.splice(i, 1);
		chunks.splice(at, 1, ...(chunk.length === 0 ? [] : [chunk]));
		return true;
	}

	finish(): readonly Chunks[] {
		this.release();
		return this.trees;
	}

	#writable(tree: Tree): Chunk[] {
		assert(this.scans[tree] === 0, () => `tree ${tree} is written inside a scan of it: collect the keys first`);
		let own = this.#own.get(tree);
		if (own === undefined) {
			own = [...this.chunks(tree)];
			this.#own.set(tree, own);
			this.trees[tree] = own;
		}
		return own;
	}
}

export class MemoryEngine implements Engine {
	#trees: readonly Chunks[];
	#state: 'idle' | 'reading' | 'writing' | 'closed' = 'idle';

	constructor(treeNames: readonly string[]) {
		this.#trees = treeNames.map(() => []);
	}

	read<T>(work: (view: ReadView) => T): T {
		return this.#during('reading', () => work(new MemoryView(this.#trees)));
	}

	pin(): PinnedView {
		assert(this.#state === 'idle', () => `pin while ${this.#state}`);
		return new MemoryView(this.#trees);
	}

	write<T>(work: (view: WriteView) => T): T {
		return this.#during('writing', () => {
			const draft = new MemoryDraft(this.#trees);
			const result = work(draft);
			this.#trees = draft.finish();
			return result;
		});
	}

	/** Another engine with the same content, which goes its own way from here: a crash image for the simulator. */
	fork(): MemoryEngine {
		assert(this.#state === 'idle', () => `fork while ${this.#state}`);
		const copy = new MemoryEngine([]);
		copy.#trees = this.#trees;
		return copy;
	}

	close(): void {
		assert(this.#state === 'idle' || this.#state === 'closed', () => `close while ${this.#state}`);
		this.#state = 'closed';
	}

	#during<T>(state: 'reading' | 'writing', work: () => T): T {
		assert(this.#state === 'idle', () => `${state} while ${this.#state}`);
		this.#state = state;
		try {
			return work();
		} finally {
			this.#state = 'idle';
		}
	}
}
