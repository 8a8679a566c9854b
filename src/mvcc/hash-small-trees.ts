/** The rest of Maintenance.Hash, beside the keyspace (hash-kv.ts): trees that are few records, the same on every member, and read in one go. */
import { crc32c } from '../base/crc32c.ts';
import type { ReadView } from '../base/engine.ts';
import { STORE_TREE_NAMES, TREE } from '../base/store-trees.ts';

const SMALL_TREES = [TREE.auth, TREE.alarms, TREE.members] as const;
const encoder = new TextEncoder();

/** Goes on from the hash of what came before. */
export function hashSmallTrees(view: ReadView, seed: number): number {
	let hash = seed;
	for (const tree of SMALL_TREES) {
		hash = crc32c(encoder.encode(STORE_TREE_NAMES[tree]), hash);
		view.scan(tree, new Uint8Array(0), null, (key, value) => {
			hash = crc32c(value, crc32c(key, hash));
			return true;
		});
	}
	return hash;
}
