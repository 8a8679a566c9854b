/**
 * CRC-32 (the one of zlib), four bytes a step, and the step itself for other polynomials (crc32c.ts). Every record that quorate
 * stores carries one, verified on each read. A thread's entry may give it zlib's for long inputs: the same sums, several times as fast.
 */

/** Four tables of 256 in one array: entry k * 256 + b is what byte b contributes k bytes further on. */
export type CrcTables = Int32Array;

/** polynomial: reversed. */
export function makeCrcTables(polynomial: number): CrcTables {
	const tables = new Int32Array(1_024);
	for (let byte = 0; byte < 256; byte++) {
		let crc = byte;
		for (let bit = 0; bit < 8; bit++) {
			crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
		}
		tables[byte] = crc;
	}
	for (let i = 256; i < 1_024; i++) {
		const before = tables[i - 256] as number;
		tables[i] = (tables[before & 0xff] as number) ^ (before >>> 8);
	}
	return tables;
}

/** The sum (unsigned) of what seed is the sum of, followed by bytes[lo, hi). */
export function updateCrc(tables: CrcTables, seed: number, bytes: Uint8Array, lo: number, hi: number): number {
	let crc = ~seed;
	let at = lo;
	for (const last = hi - 3; at < last; at += 4) {
		crc ^= (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
		crc =
			(tables[768 + (crc & 0xff)] as number) ^
			(tables[512 + ((crc >>> 8) & 0xff)] as number) ^
			(tables[256 + ((crc >>> 16) & 0xff)] as number) ^
			(tables[crc >>> 24] as number);
	}
	for (; at < hi; at++) {
		crc = (tables[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
	}
	return ~crc >>> 0;
}

const TABLES = makeCrcTables(0xedb88320);
/** From here on a call into zlib costs less than the loop. */
const LONG_BYTES = 512;

export type Crc32 = (bytes: Uint8Array, seed: number) => number;
let crcOfLong: Crc32 | null = null;

/** Once, as a thread begins: sums of long inputs are made by another implementation of the same. */
export function useCrcOfLong(implementation: Crc32): void {
	crcOfLong = implementation;
}

/** seed: the sum of the bytes before these, or 0. */
export function crc32(bytes: Uint8Array, seed = 0, lo = 0, hi = bytes.length): number {
	if (crcOfLong !== null && hi - lo >= LONG_BYTES) {
		return crcOfLong(bytes.subarray(lo, hi), seed);
	}
	return updateCrc(TABLES, seed, bytes, lo, hi);
}
