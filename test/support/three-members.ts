/** A store's table of members with three voters, for the tests of src/members. */
import type { Index, Slot } from '../../src/base/brand.ts';
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../src/base/store-trees.ts';
import { bootstrap } from '../../src/members/table.ts';

export const url = (id: string): string => `http://${id}:2380`;

/** Voters a1, b2, c3 in slots 1, 2, 3. */
export function founded(): MemoryEngine {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	const members = ['a1', 'b2', 'c3'].map((id, i) => ({
		slot: (i + 1) as Slot,
		id,
		name: id,
		peerUrls: [url(id)],
		clientUrls: [],
		learner: false,
	}));
	engine.write((view) => bootstrap(view, { clusterId: 'abc', members }, 1 as Index));
	return engine;
}
