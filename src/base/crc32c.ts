/** CRC-32C (Castagnoli). Only where etcd's HashKV asks for it; own records use crc32.ts. */
import { makeCrcTables, updateCrc } from './crc32.ts';

const TABLES = makeCrcTables(0x82f63b78);

/** seed: the sum of the bytes before these, or 0. */
export function crc32c(bytes: Uint8Array, seed = 0, lo = 0, hi = bytes.length): number {
	return updateCrc(TABLES, seed, bytes, lo, hi);
}
