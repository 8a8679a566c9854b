/** A planted bug that no line of the product could have, as the simulator sees it. Only the simulator has this hook. */
import type { Slot } from '../../../src/base/brand.ts';
import type { MemoryEngine } from '../../../src/base/memory-engine.ts';

export interface Canary {
	/** What a checkpoint saves in place of this image. */
	saving(slot: Slot, image: MemoryEngine): MemoryEngine;
}
