/**
 * LMDB's meta page, as far as a checkpoint needs it. An LMDB file begins with two of them; a commit writes one, in turns, and the one
 * with the greater transaction id names the newest commit. Put the page of a checkpoint into both places and LMDB opens that checkpoint.
 * Layout (mdb.c, struct MDB_page_header and MDB_meta, 64-bit): 0 page number, 8 transaction id (0 in meta pages), 18 flags, 24 magic,
 * 28 format version, 32 address (0), 48 the free list's tree (its first number is the page size), 96 the main tree, 144 last page, 152 transaction id.
 */
import fs from 'node:fs';
import { assert } from '../base/assert.ts';
import { FatalError } from '../base/fatal.ts';
import { PageDamage, readTreeRecord, type TreeRecord } from './lmdb-page.ts';
import { PAGE_BYTES } from './lmdb-views.ts';

const PAGE_NUMBER_AT = 0;
const FLAGS_AT = 18;
const MAGIC_AT = 24;
const VERSION_AT = 28;
const ADDRESS_AT = 32;
const PAGE_SIZE_AT = 48;
const FREE_TREE_AT = 48;
const MAIN_TREE_AT = 96;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;

const META_FLAG = 0x08;
const MAGIC = 0xbeefc0de;
const KNOWN_VERSION = 2;
const SLOTS = 2;
/** Of 8 TiB: more is no file of ours. */
const PAGES_MAX = 2 ** 31;
/** Of the free list: its keys are numbers. Of the main tree: none. */
const FREE_TREE_FLAGS = 8;

export interface MetaPage {
	readonly bytes: Buffer;
	readonly transactionId: number;
}

/** Checks that this is a meta page of the one format that the checkpoints are written for; where names the file, for the error. */
export function parseMetaPage(bytes: Buffer, where: string): MetaPage {
	assert(bytes.length === PAGE_BYTES, () => `a meta page has ${PAGE_BYTES} bytes, not ${bytes.length}`);
	const magic = bytes.readUInt32LE(MAGIC_AT);
	if (magic !== MAGIC || (bytes.readUInt16LE(FLAGS_AT) & META_FLAG) === 0) {
		throw new FatalError('data_dir_unusable', `store: ${where} is not an LMDB meta page (magic ${magic.toString(16)}): refusing to open it`);
	}
	const version = bytes.readUInt32LE(VERSION_AT);
	const pageSize = bytes.readUInt32LE(PAGE_SIZE_AT);
	if (version !== KNOWN_VERSION || pageSize !== PAGE_BYTES) {
		throw new FatalError(
			'data_dir_unusable',
			`store: ${where} has LMDB format ${version} with pages of ${pageSize} bytes; this version knows format ${KNOWN_VERSION} with ${PAGE_BYTES}`,
		);
	}
	const pageNumber = Number(bytes.readBigUInt64LE(PAGE_NUMBER_AT));
	const lastPage = Number(bytes.readBigUInt64LE(LAST_PAGE_AT));
	if (pageNumber >= SLOTS || lastPage < SLOTS - 1 || lastPage > PAGES_MAX) {
		throw new PageDamage(`${where}: meta page ${pageNumber} with last page ${lastPage}`);
	}
	return { bytes, transactionId: Number(bytes.readBigUInt64LE(TRANSACTION_AT)) };
}

/** The newer meta page of an open data file. Only right after a commit, in the same turn, is it that commit's. */
export function readNewerMetaPage(descriptor: number, where: string): MetaPage {
	const bytes = Buffer.alloc(SLOTS * PAGE_BYTES);
	const read = fs.readSync(descriptor, bytes, 0, bytes.length, 0);
	if (read !== bytes.length) {
		throw new PageDamage(`${where}: the file ends inside its meta pages, at ${read}`);
	}
	const first = parseMetaPage(bytes.subarray(0, PAGE_BYTES), where);
	const second = parseMetaPage(bytes.subarray(PAGE_BYTES), where);
	return second.transactionId > first.transactionId ? second : first;
}

/**
 * Puts the page into both slots, each with its own page number. Not flushed: if a crash loses or tears it, the next opening does it again.
 */
export function writeBothMetaPages(descriptor: number, page: MetaPage): void {
	for (let slot = 0; slot < SLOTS; slot++) {
		const bytes = Buffer.from(page.bytes);
		bytes.writeBigUInt64LE(BigInt(slot), PAGE_NUMBER_AT);
		const written = fs.writeSync(descriptor, bytes, 0, PAGE_BYTES, slot * PAGE_BYTES);
		assert(written === PAGE_BYTES, () => `a meta page was written short: ${written}`);
	}
}

/** What the page says of the state that it names; throws PageDamage for what LMDB never writes. */
export function treeRecordsOf({ bytes }: MetaPage): { readonly free: TreeRecord; readonly main: TreeRecord; readonly lastPage: number } {
	const free = readTreeRecord('of free pages', bytes, FREE_TREE_AT);
	const main = readTreeRecord('of trees', bytes, MAIN_TREE_AT);
	if (free.flags !== FREE_TREE_FLAGS || main.flags !== 0 || bytes.readBigUInt64LE(ADDRESS_AT) !== 0n) {
		throw new PageDamage(`the meta page must have the flags ${FREE_TREE_FLAGS} and 0 and no address, and has ${free.flags} and ${main.flags}`);
	}
	return { free, main, lastPage: Number(bytes.readBigUInt64LE(LAST_PAGE_AT)) };
}

/**
 * The meta page that LMDB will open a file with that was closed or left by a kill after a flush, not one that a checkpoint restores: the newer
 * one. Both must be of the kind that LMDB leaves: a commit writes one, in turns.
 */
export function readOpeningMetaPage(descriptor: number, where: string): MetaPage {
	const newer = readNewerMetaPage(descriptor, where);
	const slot = Number(newer.bytes.readBigUInt64LE(PAGE_NUMBER_AT));
	if (newer.transactionId % SLOTS !== slot) {
		throw new PageDamage(`meta page ${slot} is of transaction ${newer.transactionId}, which is written to the other one`);
	}
	return newer;
}
