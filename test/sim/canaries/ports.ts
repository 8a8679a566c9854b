/** The bugs that are played by the simulator's own ports, for those that no line of the product could have. */
import type { Slot } from '../../../src/base/brand.ts';
import type { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { TREE } from '../../../src/base/store-trees.ts';
import type { Canary } from './canary.ts';
import { PLAYED } from './planted.ts';

const STATE_KEY = Buffer.from('state');

/** Of the canary that SIM_CANARY names, if a port plays it; a new one for each run. */
export function playedCanary(): Canary | null {
	const name = process.env['SIM_CANARY'];
	const played = PLAYED.find((each) => each.name === name);
	return played === undefined ? null : new StaleCheckpoint();
}

/** Saves the data of the checkpoint before, under the applied index of this one. */
class StaleCheckpoint implements Canary {
	readonly #former = new Map<Slot, MemoryEngine>();

	saving(slot: Slot, image: MemoryEngine): MemoryEngine {
		const former = this.#former.get(slot);
		this.#former.set(slot, image.fork());
		const state = image.read((view) => view.get(TREE.meta, STATE_KEY));
		if (former === undefined || state === null) {
			return image;
		}
		const stale = former.fork();
		stale.write((view) => view.put(TREE.meta, STATE_KEY, state));
		return stale;
	}
}
