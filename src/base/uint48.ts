/**
 * Natural numbers in six bytes, big-endian: revisions, indexes and terms in stored records. 2^48 revisions last 89 years at
 * 100,000 a second, so the two bytes that a u64 would add to each of them are not worth their pages.
 */
import { assert } from './assert.ts';

export const UINT48_BYTES = 6;
export const UINT48_MAX = 2 ** 48 - 1;

export function writeUint48(bytes: Uint8Array, at: number, value: number): void {
	assert(value >= 0 && value <= UINT48_MAX, () => `not a 48-bit number: ${value}`);
	const high = Math.floor(value / 2 ** 32);
	bytes[at] = high >>> 8;
	bytes[at + 1] = high;
	bytes[at + 2] = value >>> 24;
	bytes[at + 3] = value >>> 16;
	bytes[at + 4] = value >>> 8;
	bytes[at + 5] = value;
}

export function readUint48(bytes: Uint8Array, at: number): number {
	return ((bytes[at] as number) * 2 ** 8 + (bytes[at + 1] as number)) * 2 ** 32 + readUint32(bytes, at + 2);
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
	bytes[at] = value >>> 24;
	bytes[at + 1] = value >>> 16;
	bytes[at + 2] = value >>> 8;
	bytes[at + 3] = value;
}

export function readUint32(bytes: Uint8Array, at: number): number {
	return (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}
