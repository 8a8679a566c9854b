/**
 * How an api lane opens the store for reading. A snapshot install makes a new generation of the store's directory;
 * the lane opens it before it answers anything from it. Implemented by adapters (LMDB) and by tests (memory).
 */
import type { EngineReader } from '../base/engine.ts';

export interface ReaderProvider {
	/** The caller closes it. */
	openGeneration(generation: number): EngineReader;
}
