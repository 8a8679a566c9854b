/**
 * An ordered key-value engine: named trees of byte keys, one writer, readers that see the newest commit.
 * Implemented by adapters/lmdb-engine.ts (production) and base/memory-engine.ts (tests, simulator).
 * Everything is synchronous. Keys compare as unsigned bytes; a key has 1 to 1,900 bytes.
 */

/** The longest key of every engine: LMDB's limit at 4 KiB pages, rounded down. */
export const ENGINE_KEY_BYTES_MAX = 1_900;

/** A tree, by its position in the list of names that the engine was opened with. */
export type Tree = number;

/** Called for each record of a scan; returns false to stop. The bytes are only valid during the call: copy what outlives it. */
export type Visit = (key: Uint8Array, value: Uint8Array) => boolean;

export interface ReadView {
	/** The value, as bytes that the caller may keep, or null. */
	get(tree: Tree, key: Uint8Array): Uint8Array | null;
	/** Ascending over lo <= key < hi; hi null: to the end. */
	scan(tree: Tree, lo: Uint8Array, hi: Uint8Array | null, visit: Visit): void;
	/** Descending over lo <= key < hi, from the greatest; hi null: from the end. */
	scanBack(tree: Tree, lo: Uint8Array, hi: Uint8Array | null, visit: Visit): void;
}

/** A tree is not written inside a scan of it (collect the keys first); other trees may be. */
export interface WriteView extends ReadView {
	/** Key and value are copied before it returns: the caller may reuse their memory. */
	put(tree: Tree, key: Uint8Array, value: Uint8Array): void;
	/** Whether the key was there. */
	remove(tree: Tree, key: Uint8Array): boolean;
}

/** A view of one commit that stays the same while others are committed. Held briefly: pages it sees are not reused. */
export interface PinnedView extends ReadView {
	release(): void;
}

/** What a thread needs that only reads. */
export interface EngineReader {
	/** Runs work on one consistent view of the newest commit (of any thread's). */
	read<T>(work: (view: ReadView) => T): T;
	pin(): PinnedView;
	close(): void;
}

export interface Engine extends EngineReader {
	/** One transaction: all of what work puts and removes, or nothing if it throws. Visible to readers when it returns. */
	write<T>(work: (view: WriteView) => T): T;
}
