/**
 * The store's durable side as the store actor sees it: an engine whose commits are not flushed, checkpoints that are, and snapshots.
 * Implemented by adapters/store-directory.ts (design section 5) and by the simulator. Completions arrive through the actor's Turn.
 * A failing disk throws FatalError or raises it in a completion.
 */
import type { Index, Term } from '../base/brand.ts';
import type { Engine } from '../base/engine.ts';

export interface AppliedPoint {
	readonly index: Index;
	readonly term: Term;
}

export interface StoreEnvironment {
	/** Of the current store directory; changes with install. */
	readonly generation: number;
	/** The engine of the current generation. Do not keep: it changes with install. */
	readonly engine: Engine;
	/** The point of the last durable checkpoint. */
	readonly checkpointed: AppliedPoint;
	/** True when so much was written beyond a running checkpoint that execution must wait for it (256 MB). */
	readonly mustWait: boolean;
	/** The same for work that can wait, well before execution has to. */
	readonly sweepMustWait: boolean;
	/** Bytes of the pages in use, of all trees. */
	usedBytes(): number;
	/** Whether a checkpoint is worth starting: something was committed, and a second, or a few megabytes of written pages, have passed. */
	isCheckpointDue(): boolean;
	/**
	 * Begins a checkpoint of the newest commit, which must hold this point: pins it and reads its meta page now, flushes off the thread, then calls done.
	 * False if one is running or nothing was committed.
	 */
	startCheckpoint(point: AppliedPoint, done: (point: AppliedPoint) => void): boolean;
	/** The same, waited for: creation and shutdown. */
	checkpointNow(point: AppliedPoint): void;
	/**
	 * Writes a snapshot of the newest commit, which must hold this point, to a file of its own in slices, one at a time; done gets the path, or
	 * null if it failed. A call while one is under way shares its file: point says which the file holds. Each path is to be discarded once a call.
	 */
	spool(point: AppliedPoint, done: (path: string | null, point: AppliedPoint) => void): void;
	/**
	 * Builds a new generation from a snapshot file that holds this point, checkpoints it and switches to it; done when it is current. False if the
	 * file is unusable or holds another point: then nothing is changed.
	 */
	install(path: string, point: AppliedPoint, done: (ok: boolean) => void): void;
	/** Readers have all moved to the current generation: older directories may go. */
	dropOlderGenerations(): void;
	/** Deletes a file that was spooled here, or a snapshot that has been installed. */
	discardFile(path: string): void;
	close(): void;
}
