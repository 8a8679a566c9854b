/** What a stored record that does not read back means: the machine lost data, and this member must not go on. */
import { FatalError } from '../base/fatal.ts';
import { REBUILD } from '../base/rebuild.ts';

const KEY_BYTES_SHOWN = 64;

/** The record's checksum is wrong. */
export function damagedRecord(tree: string, key: Uint8Array): FatalError {
	return new FatalError('store_damaged', `store: tree ${tree}, key ${keyToHex(key)}: the record's checksum does not match its bytes; ${REBUILD}`);
}

/** A record that another one points to is not there. */
export function missingRecord(tree: string, key: Uint8Array, why: string): FatalError {
	return new FatalError('store_damaged', `store: tree ${tree}, key ${keyToHex(key)}: no record, though ${why}; ${REBUILD}`);
}

function keyToHex(key: Uint8Array): string {
	let hex = '';
	for (const byte of key.subarray(0, KEY_BYTES_SHOWN)) {
		hex += byte.toString(16).padStart(2, '0');
	}
	return key.length > KEY_BYTES_SHOWN ? `${hex}... (${key.length} bytes)` : hex;
}
