/** Opens a member's store as the daemon has it: every record verified, and the applied point that is of the checkpoint. Used by the store's worker. */

import { FatalError } from '../base/fatal.ts';
import { STORE_MAP_BYTES } from '../base/limits.ts';
import { REBUILD } from '../base/rebuild.ts';
import { STORE_TREE_NAMES } from '../base/store-trees.ts';
import { checkStoreRecord } from '../mvcc/check-record.ts';
import { appliedPoint } from '../mvcc/store-state.ts';
import { StoreDirectory, type StoreDirectoryPorts } from './store-directory.ts';

export function openDaemonStore(
	dataDirectory: string,
	isLogEmpty: boolean,
	ports: StoreDirectoryPorts,
	mapBytes: number = STORE_MAP_BYTES,
): StoreDirectory {
	const environment = StoreDirectory.open({ dataDirectory, trees: STORE_TREE_NAMES, mapBytes, isLogEmpty, checkRecord: checkStoreRecord }, ports);
	const applied = environment.engine.read(appliedPoint);
	const { index, term } = environment.checkpointed;
	if (applied.index !== index || applied.term !== term) {
		const found = `its checkpoint is at entry ${index} of term ${term}, and its own record says ${applied.index} of term ${applied.term}`;
		throw new FatalError('store_damaged', `store: ${environment.path}: ${found}; ${REBUILD}`);
	}
	return environment;
}
