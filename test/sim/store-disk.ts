/**
 * The disk under one member's store, which outlives its processes: a store opens at its last durable checkpoint, or at the one after it where
 * a rename was done and not flushed. Snapshot files are of no use to a later process.
 */
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../src/base/store-trees.ts';
import type { AppliedPoint } from '../../src/ports/store-environment.ts';
import type { Dice } from './dice.ts';

export interface StoreImage {
	readonly generation: number;
	readonly image: MemoryEngine;
	readonly point: AppliedPoint;
	/** Whether the thread that wrote it has come to do so. */
	isReached(): boolean;
}

/** A snapshot file. */
export interface SnapshotImage {
	readonly point: AppliedPoint;
	readonly image: MemoryEngine;
}

export class StoreDisk {
	/** null: there was never a store. */
	durable: StoreImage | null = null;
	/** Renamed, and the directory not flushed: a crash may keep it or not, if the thread has come to it at all. */
	maybe: StoreImage | null = null;
	/** Told once of the next checkpoint whose rename is done and not flushed: a crash waits for it. */
	ambush: (() => void) | null = null;
	/** The same for the next install. */
	installAmbush: (() => void) | null = null;
	/** Spooled and received snapshots of the process that is up. */
	readonly files = new Map<string, SnapshotImage>();
	#named = 0;

	crash(dice: Dice): void {
		if (this.maybe?.isReached() === true && dice.oneIn(2)) {
			this.durable = this.maybe;
		}
		this.maybe = null;
		this.ambush = null;
		this.installAmbush = null;
		this.files.clear();
	}

	newFile(kind: 'spool' | 'incoming', file: SnapshotImage): string {
		this.#named++;
		const path = `${kind}/${this.#named}`;
		this.files.set(path, file);
		return path;
	}
}

export function emptyStore(): MemoryEngine {
	return new MemoryEngine(STORE_TREE_NAMES);
}
