/**
 * The side file of a checkpoint: the meta page that names the checkpointed commit, and the applied point that this commit holds.
 * Two copies, each with its CRC, in one file that is replaced as a whole; so one bad sector costs nothing.
 * A copy, little endian: magic, format, applied index (u64), term (u64), zeros to 64, meta page, the number of trees (u32), for each its records (u64)
 * and its name (length u8), zeros, CRC-32 over all before it. The numbers of records show later what is absent.
 */
import fs from 'node:fs';
import { crc32 } from 'node:zlib';
import { assert, must } from '../base/assert.ts';
import { toIndex, toTerm } from '../base/brand.ts';
import { FatalError } from '../base/fatal.ts';
import { REBUILD } from '../base/rebuild.ts';
import type { AppliedPoint } from '../ports/store-environment.ts';
import { type MetaPage, parseMetaPage } from './lmdb-meta-page.ts';
import { PAGE_BYTES } from './lmdb-views.ts';
import type { TreeCount } from './lmdb-walk.ts';
import { isMissing } from './store-files.ts';

export interface Checkpoint {
	readonly point: AppliedPoint;
	readonly meta: MetaPage;
	/** Of the state that the meta page names; null in a file of format 1, which has none. */
	readonly trees: readonly TreeCount[] | null;
}

const MAGIC = 0x504b4351; // 'QCKP'
const FORMAT = 2;
const FORMAT_WITHOUT_TREES = 1;
const META_AT = 64;
const TREES_AT = META_AT + PAGE_BYTES;
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
	encodeTrees(copy, must(checkpoint.trees, 'a checkpoint that is made has its trees'));
	copy.writeUInt32LE(crc32(copy.subarray(0, CRC_AT)), CRC_AT);
	return Buffer.concat([copy, copy]);
}

function encodeTrees(copy: Buffer, trees: readonly TreeCount[]): void {
	let at = copy.writeUInt32LE(trees.length, TREES_AT);
	for (const { name, entries } of trees) {
		at = copy.writeBigUInt64LE(BigInt(entries), at);
		at = copy.writeUInt8(name.length, at);
		at += copy.write(name, at, 'latin1');
	}
	assert(at <= CRC_AT, () => `${trees.length} trees take ${at} bytes of a checkpoint`);
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
	throw new FatalError('store_damaged', `store: no copy in the checkpoint file ${file} (${bytes.length} bytes) has a correct checksum; ${REBUILD}`);
}

function decodeCopy(copy: Buffer, file: string): Checkpoint {
	const magic = copy.readUInt32LE(0);
	const format = copy.readUInt32LE(4);
	if (magic !== MAGIC || (format !== FORMAT && format !== FORMAT_WITHOUT_TREES)) {
		throw new FatalError('data_dir_unusable', `store: ${file} has format ${format}; this version knows checkpoints of format ${FORMAT}`);
	}
	const point = { index: toIndex(Number(copy.readBigUInt64LE(8))), term: toTerm(Number(copy.readBigUInt64LE(16))) };
	const meta = parseMetaPage(Buffer.from(copy.subarray(META_AT, META_AT + PAGE_BYTES)), file);
	return { point, meta, trees: format === FORMAT ? decodeTrees(copy) : null };
}

/** Of a copy whose checksum was right. */
function decodeTrees(copy: Buffer): TreeCount[] {
	const trees: TreeCount[] = [];
	let at = TREES_AT + 4;
	for (let count = copy.readUInt32LE(TREES_AT); count > 0; count--) {
		const nameAt = at + 9;
		const nameEnd = nameAt + copy.readUInt8(at + 8);
		trees.push({ name: copy.toString('latin1', nameAt, nameEnd), entries: Number(copy.readBigUInt64LE(at)) });
		at = nameEnd;
	}
	return trees;
}
