/** Exports the newest commit of a store generation, by a reader of its own: what a thread of the offload pool does for a lane. */
import { STORE_MAP_BYTES } from '../base/limits.ts';
import { STORE_TREE_NAMES } from '../base/store-trees.ts';
import { exportSnapshot } from './etcd-export.ts';
import { openLmdbReader } from './lmdb-engine.ts';

/** One read transaction from beginning to end, so that the file is of one commit whatever is written meanwhile. False: no longer wanted. */
export function exportStore({ store, file }: { readonly store: string; readonly file: string }, isWanted: () => boolean): boolean {
	if (!isWanted()) {
		return false;
	}
	const reader = openLmdbReader({ path: store, trees: STORE_TREE_NAMES, mapBytes: STORE_MAP_BYTES });
	try {
		const view = reader.pin();
		try {
			return exportSnapshot(view, file, isWanted);
		} finally {
			view.release();
		}
	} finally {
		reader.close();
	}
}
