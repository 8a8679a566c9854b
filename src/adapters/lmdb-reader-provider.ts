/** How an api lane opens the store's directory for reading: a read-only handle of the environment that the store's thread has open. */
import { join } from 'node:path';
import { must } from '../base/assert.ts';
import { STORE_MAP_BYTES } from '../base/limits.ts';
import { STORE_TREE_NAMES } from '../base/store-trees.ts';
import type { ReaderProvider } from '../ports/reader-provider.ts';
import { roomBytesAt } from './disk-full.ts';
import { type LmdbReader, openLmdbReader } from './lmdb-engine.ts';

export class LmdbReaders implements ReaderProvider {
	readonly #storeDirectory: string;
	#newest: LmdbReader | null = null;

	constructor(dataDirectory: string) {
		this.#storeDirectory = join(dataDirectory, 'store');
	}

	openGeneration(generation: number): LmdbReader {
		this.#newest = openLmdbReader({ path: join(this.#storeDirectory, String(generation)), trees: STORE_TREE_NAMES, mapBytes: STORE_MAP_BYTES });
		return this.#newest;
	}

	/** The directory of the generation opened last. */
	get path(): string {
		return must(this.#newest, 'an open generation').path;
	}

	/** Of the generation opened last. Its free pages are room too. */
	sizes(): { readonly fileBytes: number; readonly usedBytes: number; readonly roomBytes: number | null } {
		const sizes = must(this.#newest, 'an open generation').sizes();
		const room = roomBytesAt(this.#storeDirectory);
		return { ...sizes, roomBytes: room === null ? null : room + sizes.fileBytes - sizes.usedBytes };
	}
}
