/** A bbolt file in memory: what the writer makes of some buckets, and what the reader finds in some bytes. */
import { concatBytes, copyBytes } from '../../src/base/bytes.ts';
import { BboltFileReader } from '../../src/bbolt/file-reader.ts';
import { BboltFileWriter } from '../../src/bbolt/file-writer.ts';

export type Pair = readonly [key: Uint8Array, value: Uint8Array];
export type Buckets = readonly (readonly [name: string, pairs: readonly Pair[]])[];

export function writeBbolt(buckets: Buckets): Uint8Array {
	const parts: Uint8Array[] = [];
	const writer = new BboltFileWriter({ write: (bytes) => parts.push(copyBytes(bytes)) });
	for (const [name, pairs] of buckets) {
		writer.beginBucket(name);
		for (const [key, value] of pairs) {
			writer.put(key, value);
		}
	}
	const metas = writer.finish();
	return concatBytes([metas, ...parts]);
}

export function openBbolt(bytes: Uint8Array): BboltFileReader {
	return new BboltFileReader({ size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) });
}

export function readBbolt(bytes: Uint8Array): Buckets {
	const reader = openBbolt(bytes);
	return reader.bucketNames.map(
		(name) => [name, [...reader.entries(name)].map(({ key, value }): Pair => [copyBytes(key), copyBytes(value)])] as const,
	);
}
