/**
 * What one api lane sees of the store: the reader of the current generation, and how far it is known to have been applied.
 * Used by api-actor.ts.
 */
import { assert } from '../base/assert.ts';
import { type Index, toIndex } from '../base/brand.ts';
import type { EngineReader } from '../base/engine.ts';
import { readStoreState } from '../mvcc/store-state.ts';
import type { ReaderProvider } from '../ports/reader-provider.ts';

/** Seconds: a store that does not come so far has ended, and the process with it. */
const LOOKS_MAX = 5_000_000;

export class LaneStore {
	readonly #readers: ReaderProvider;
	#reader: EngineReader | null = null;
	#generation = -1;
	#applied = toIndex(0);
	/** Clients have been answered up to here. */
	#promised = toIndex(0);

	constructor(readers: ReaderProvider) {
		this.#readers = readers;
	}

	get reader(): EngineReader {
		const reader = this.#opened;
		// The store commits on another thread what it has let us answer: some 100 us, once in a while.
		for (let looks = 0; this.#promised > this.#applied; looks++) {
			assert(looks < LOOKS_MAX, () => `${this.#promised} was promised, and ${this.#applied} is all that the store has applied`);
			this.look();
		}
		return reader;
	}

	get #opened(): EngineReader {
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

	/** What `answered` says. */
	promised(upTo: Index): void {
		this.#promised = upTo;
	}

	/** What was applied before this lane was there has never been told: it is in the store. */
	look(): void {
		this.#advance(toIndex(this.#opened.read((view) => readStoreState(view).appliedIndex)));
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
