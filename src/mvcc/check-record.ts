/**
 * Whether a record of the store is as it was written, by its tree's name: the rule for all trees in one place, for those that read records
 * only to verify them (adapters/store-check.ts, store-sweep.ts). What a record means is its own file's to know.
 */
import { crc32 } from '../base/crc32.ts';
import { STORE_TREE_NAMES, TREE } from '../base/store-trees.ts';
import { readUint32 } from '../base/uint48.ts';
import { damagedRecord } from './damage.ts';
import { readBody, readRevisionKey } from './history.ts';

const CRC_BYTES = 4;
const REVISION_BYTES = 12;

/** Throws FatalError store_damaged. Every record begins with the CRC of its key and its rest; one of history has a second, of its value. */
export function checkStoreRecord(tree: string, key: Uint8Array, bytes: Uint8Array): void {
	if (tree === STORE_TREE_NAMES[TREE.history]) {
		if (key.length !== REVISION_BYTES) {
			throw damagedRecord(tree, key);
		}
		const { main, sub } = readRevisionKey(key);
		readBody(main, sub, bytes);
		return;
	}
	if (bytes.length < CRC_BYTES || readUint32(bytes, 0) !== crc32(bytes, crc32(key), CRC_BYTES)) {
		throw damagedRecord(tree, key);
	}
}
