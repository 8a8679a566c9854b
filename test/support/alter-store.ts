/**
 * Changes one value in the store of a stopped member, checksums and all, and checkpoints it: damage that no look at the records can find,
 * as a fault of memory or of our own code would leave it.
 */
import { StoreDirectory } from '../../src/adapters/store-directory.ts';
import { must } from '../../src/base/assert.ts';
import { STORE_MAP_BYTES } from '../../src/base/limits.ts';
import { STORE_TREE_NAMES } from '../../src/base/store-trees.ts';
import { getHistory, putHistory, readBody, readHeader } from '../../src/mvcc/history.ts';
import { LATEST } from '../../src/mvcc/latest-tree.ts';
import { appliedPoint } from '../../src/mvcc/store-state.ts';
import { decodeKeyValue } from '../../src/mvcc/stored-key-value.ts';
import { SILENT } from '../../src/ports/logger.ts';

export function alterValue(dataDirectory: string, key: string, value: string): void {
	const encoder = new TextEncoder();
	const store = StoreDirectory.open(
		{ dataDirectory, trees: STORE_TREE_NAMES, mapBytes: STORE_MAP_BYTES, isLogEmpty: false, checkRecord: () => {} },
		{ turn: { run: () => {} }, now: () => 0, logger: SILENT },
	);
	store.engine.write((view) => {
		const { main, sub } = must(LATEST.get(view, encoder.encode(key)), `${key} in the store`);
		const record = must(getHistory(view, main, sub), `${key} in the history`);
		const header = readHeader(main, sub, record);
		putHistory(view, main, sub, header, { ...decodeKeyValue(readBody(main, sub, record)), value: encoder.encode(value) });
	});
	store.checkpointNow(store.engine.read(appliedPoint));
	store.close();
}
