/**
 * The side file of a checkpoint: the meta page that names the checkpointed commit, and the applied point that this commit holds.
 * Two copies, each with its CRC, in one file that is replaced as a whole; so one bad sector costs nothing.
 * A copy, little endian: magic, format, applied index (u64), term (u64), reserved, meta page, zeros, CRC-32 over all before it.
 */
import fs from 'node:fs';
import { crc32 } from 'node:zlib';
import { toIndex, toTerm } from '../base/brand.ts';
import { FatalError } from '../base/fatal.ts';
import type { AppliedPoint } from '../ports/store-environment.ts';
import { type MetaPage, parseMetaPage } from './lmdb-meta-page.ts';
import { PAGE_BYTES } from './lmdb-views.ts';
import { isMissing } from './store-files.ts';

export interface Checkpoint {
	readonly point: AppliedPoint;
	readonly meta: MetaPage;
}

const MAGIC = 0x504b4351; // 'QCKP'
const FORMAT = 1;
const META_AT = 64;
/** Two pages: the copies never share a sector. */
const COPY_BYTES = 2 * PAGE_BYTES;
const CRC_AT = COPY_BYTES - 4;
const COPIES = 2;

export function encodeCheckpoint(checkpoint: Checkpoint): Buffer {
	const copy = Buffer.alloc(COPY_BYTES);
	copy.writeUInt32LE(MAGIC, 0);
	copy.writeUInt32LE(FORMAT, 4);
	copy.writeBigUInt64LE(BigInt(checkpoint.point.index), 8);
	copy.writeBigUInt64LE(BigInt(checkpoint.point.term), 16);
	checkpoint.meta.bytes.copy(copy, META_AT);
	copy.writeUInt32LE(crc32(copy.subarray(0, CRC_AT)), CRC_AT);
	return Buffer.concat([copy, copy]);
}

/** The checkpoint, or null if there is no such file. A file of which no copy is whole is damage. */
export function readCheckpoint(file: string): Checkpoint | null {
	let bytes: Buffer;
	try {
		bytes = fs.readFileSync(file);
	} catch (error) {
		if (isMissing(error)) {
			return null;
		}
		throw error;
	}
	for (let at = 0; at < COPIES * COPY_BYTES; at += COPY_BYTES) {
		const copy = bytes.subarray(at, at + COPY_BYTES);
		if (copy.length === COPY_BYTES && copy.readUInt32LE(CRC_AT) === crc32(copy.subarray(0, CRC_AT))) {
			return decodeCopy(copy, file);
		}
	}
	throw new FatalError('store_damaged', `store: no copy in the checkpoint file ${file} (${bytes.length} bytes) has a correct checksum`);
}

function decodeCopy(copy: Buffer, file: string): Checkpoint {
	const magic = copy.readUInt32LE(0);
	const format = copy.readUInt32LE(4);
	if (magic !== MAGIC || format !== FORMAT) {
		throw new FatalError('data_dir_unusable', `store: ${file} has format ${format}; this version knows checkpoints of format ${FORMAT}`);
	}
	const point = { index: toIndex(Number(copy.readBigUInt64LE(8))), term: toTerm(Number(copy.readBigUInt64LE(16))) };
	return { point, meta: parseMetaPage(Buffer.from(copy.subarray(META_AT, META_AT + PAGE_BYTES)), file) };
}
