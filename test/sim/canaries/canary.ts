/** A planted bug, as the simulator sees it: it may change words between actors, what a checkpoint saves, and so on. Only the simulator has these hooks. */
import type { Slot } from '../../../src/base/brand.ts';
import type { MemoryEngine } from '../../../src/base/memory-engine.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import type { Process } from '../process.ts';

export interface PlantingPlace {
	readonly slot: Slot;
	readonly process: Process | null;
	readonly members: number;
}

export interface Canary {
	/** What leaves in place of these messages. */
	leaving?(place: PlantingPlace, from: Address, to: string, messages: readonly AnyMessage[]): readonly AnyMessage[];
	/** What a checkpoint saves in place of this image. */
	saving?(slot: Slot, image: MemoryEngine): MemoryEngine;
}
