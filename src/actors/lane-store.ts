/**
 * What one api lane sees of the store: the reader of the current generation, and how far it is known to have been applied.
 * Used by api-actor.ts.
 */
import { assert } from '../base/assert.ts';
import { type Index, toIndex } from '../base/brand.ts';
import type { EngineReader } from '../base/engine.ts';
import { readStoreState } from '../mvcc/store-state.ts';
import type { ReaderProvider } from '../ports/reader-provider.ts';

export class LaneStore {
	readonly #readers: ReaderProvider;
	#reader: EngineReader | null = null;
	#generation = -1;
	#applied = toIndex(0);

	constructor(readers: ReaderProvider) {
		this.#readers = readers;
	}

	get reader(): EngineReader {
		assert(this.#reader !== null, 'the lane has been started and not closed');
		return this.#reader;
	}

	get applied(): Index {
		return this.#applied;
	}

	/** What `settled` says; a newer generation is opened before anything is answered from it. True: the store is another one. */
	settled(generation: number, upTo: Index): boolean {
		const isAnother = generation > this.#generation;
		if (isAnother) {
			this.#reader?.close();
			this.#reader = this.#readers.openGeneration(generation);
			this.#generation = generation;
			this.look();
		}
		this.#advance(upTo);
		return isAnother;
	}

	/** What was applied before this lane was there has never been told: it is in the store. */
	look(): void {
		this.#advance(toIndex(this.reader.read((view) => readStoreState(view).appliedIndex)));
	}

	close(): void {
		this.#reader?.close();
		this.#reader = null;
	}

	#advance(upTo: Index): void {
		if (upTo > this.#applied) {
			this.#applied = upTo;
		}
	}
}
