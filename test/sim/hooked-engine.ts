/** An engine in memory whose writes go through a hook: a disk's steps, a store's commits. Used by log-disk.ts and store-environment.ts. */
import type { Engine, PinnedView, ReadView, WriteView } from '../../src/base/engine.ts';
import type { MemoryEngine } from '../../src/base/memory-engine.ts';

export class HookedEngine implements Engine {
	readonly #live: MemoryEngine;
	readonly #write: <T>(work: (view: WriteView) => T) => T;

	constructor(live: MemoryEngine, write: <T>(work: (view: WriteView) => T) => T) {
		this.#live = live;
		this.#write = write;
	}

	read<T>(work: (view: ReadView) => T): T {
		return this.#live.read(work);
	}

	pin(): PinnedView {
		return this.#live.pin();
	}

	write<T>(work: (view: WriteView) => T): T {
		return this.#write(work);
	}

	close(): void {}
}
