/**
 * One page of an LMDB data file, read and checked without LMDB, which ends the process by a signal where a page is not what it must be.
 * Layout (mdb.c of lmdb-js, data format 2, 64-bit, little endian): header of 24 bytes: page number u64, transaction u64, pad u16, flags u16,
 * lower u16, upper u16 (an overflow page: its pages u32); offsets u16 of the nodes, counted from behind the header; free room; nodes.
 * A node: size or page number in 3 x u16, key size u16, key, data. Not here: how pages make trees (lmdb-walk.ts), meta pages (lmdb-meta-page.ts).
 */
import fs from 'node:fs';
import { PAGE_BYTES } from './lmdb-views.ts';

/** What is on the disk is not what LMDB can have written. */
export class PageDamage extends Error {
	override readonly name = 'PageDamage';
}

/** A tree as its record tells of it. */
export interface TreeRecord {
	readonly name: string;
	readonly flags: number;
	readonly depth: number;
	readonly branchPages: number;
	readonly leafPages: number;
	readonly overflowPages: number;
	readonly entries: number;
	/** null: an empty tree. */
	readonly root: number | null;
}

export const TREE_RECORD_BYTES = 48;
export const PAGE_HEADER_BYTES = 24;
const NODE_HEADER_BYTES = 8;
const BODY_BYTES = PAGE_BYTES - PAGE_HEADER_BYTES;
const OVERFLOW_REFERENCE_BYTES = 24;
const FLAG = { branch: 1, leaf: 2, overflow: 4 } as const;
/** Notes of a transaction under way, without meaning in the file. */
const TRANSIENT_FLAGS = 0xe000;
const NODE_FLAG = { big: 1, tree: 2 } as const;
const NO_ROOT = 2n ** 64n - 1n;

/** The file, read page by page. */
export class PageFile {
	readonly descriptor: number;
	/** Of the state that is read: no page of it is of a later one. */
	readonly transactionId: number;

	constructor(descriptor: number, transactionId: number) {
		this.descriptor = descriptor;
		this.transactionId = transactionId;
	}

	/** Fills the buffer with the pages from there on. */
	read(page: number, into: Buffer): void {
		const read = fs.readSync(this.descriptor, into, 0, into.length, page * PAGE_BYTES);
		if (read !== into.length) {
			throw new PageDamage(`page ${page}: the file ends before its end`);
		}
	}
}

export function readTreeRecord(name: string, bytes: Buffer, at: number): TreeRecord {
	const root = bytes.readBigUInt64LE(at + 40);
	return {
		name,
		flags: bytes.readUInt16LE(at + 4),
		depth: bytes.readUInt16LE(at + 6),
		branchPages: Number(bytes.readBigUInt64LE(at + 8)),
		leafPages: Number(bytes.readBigUInt64LE(at + 16)),
		overflowPages: Number(bytes.readBigUInt64LE(at + 24)),
		entries: Number(bytes.readBigUInt64LE(at + 32)),
		root: root === NO_ROOT ? null : Number(root),
	};
}

/** A branch or a leaf; load() again for the next page, so that a walk makes no garbage. */
export class TreePage {
	readonly bytes = Buffer.alloc(PAGE_BYTES);
	#number = 0;
	#isLeaf = false;
	#count = 0;

	load(file: PageFile, number: number): void {
		const { bytes } = this;
		file.read(number, bytes);
		this.#number = number;
		const flags = bytes.readUInt16LE(18) & ~TRANSIENT_FLAGS;
		const lower = bytes.readUInt16LE(20);
		const upper = bytes.readUInt16LE(22);
		this.#isLeaf = flags === FLAG.leaf;
		this.#count = lower / 2;
		checkHeader(file, bytes, number);
		this.#check(this.#isLeaf || flags === FLAG.branch, `it must be a branch or a leaf of a tree, and has the flags ${flags}`);
		this.#check(lower % 2 === 0 && lower <= upper && upper <= BODY_BYTES, `its room from ${lower} to ${upper} must be within the page`);
		let end = upper;
		for (let i = 0; i < this.#count; i++) {
			const at = this.#nodeAt(i);
			this.#check(at >= PAGE_HEADER_BYTES + upper && at + NODE_HEADER_BYTES <= PAGE_BYTES, `node ${i} begins at ${at}`);
			this.#check(at + this.#nodeBytes(at) <= PAGE_BYTES, `node ${i} at ${at} goes beyond the page`);
			end += this.#nodeBytes(at) + (this.#nodeBytes(at) % 2);
		}
		// Else two nodes share bytes, or some belong to none.
		this.#check(end === BODY_BYTES, `its nodes must fill it from ${upper} to the end ${BODY_BYTES}, and would end at ${end}`);
	}

	get isLeaf(): boolean {
		return this.#isLeaf;
	}

	get count(): number {
		return this.#count;
	}

	key(i: number): Buffer {
		const at = this.#nodeAt(i);
		return this.bytes.subarray(at + NODE_HEADER_BYTES, at + NODE_HEADER_BYTES + this.#keyBytes(at));
	}

	/** Of a branch's node. */
	child(i: number): number {
		const at = this.#nodeAt(i);
		return this.bytes.readUInt32LE(at) + this.bytes.readUInt16LE(at + 4) * 2 ** 32;
	}

	/** Of a leaf's node: where it lies; of a large one, the bytes of pages of their own, which are noted by taken. */
	value(i: number, file: PageFile, taken: (first: number, pages: number) => void): Buffer {
		const at = this.#nodeAt(i);
		const dataAt = at + NODE_HEADER_BYTES + this.#keyBytes(at);
		const size = this.#dataBytes(at);
		if ((this.bytes.readUInt16LE(at + 4) & NODE_FLAG.big) === 0) {
			return this.bytes.subarray(dataAt, dataAt + size);
		}
		const first = Number(this.bytes.readBigUInt64LE(dataAt));
		const pages = Number(this.bytes.readBigUInt64LE(dataAt + 16));
		this.#check(pages === Math.floor((PAGE_HEADER_BYTES - 1 + size) / PAGE_BYTES) + 1, `node ${i} of ${size} bytes has ${pages} pages of its own`);
		taken(first, pages);
		const bytes = Buffer.allocUnsafe(pages * PAGE_BYTES);
		file.read(first, bytes);
		checkHeader(file, bytes, first);
		this.#check(
			bytes.readUInt16LE(18) === FLAG.overflow && bytes.readUInt32LE(20) === pages,
			`node ${i}: page ${first} must be the first of its ${pages}`,
		);
		return bytes.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + size);
	}

	/** Of a leaf's node: the record of a tree, or null if it is one of data. */
	treeRecord(i: number, name: string): TreeRecord | null {
		const at = this.#nodeAt(i);
		if (this.bytes.readUInt16LE(at + 4) !== NODE_FLAG.tree || this.#dataBytes(at) !== TREE_RECORD_BYTES) {
			return null;
		}
		return readTreeRecord(name, this.bytes, at + NODE_HEADER_BYTES + this.#keyBytes(at));
	}

	#nodeAt(i: number): number {
		return PAGE_HEADER_BYTES + this.bytes.readUInt16LE(PAGE_HEADER_BYTES + 2 * i);
	}

	#keyBytes(at: number): number {
		return this.bytes.readUInt16LE(at + 6);
	}

	#dataBytes(at: number): number {
		return this.bytes.readUInt32LE(at);
	}

	#nodeBytes(at: number): number {
		const key = NODE_HEADER_BYTES + this.#keyBytes(at);
		if (!this.#isLeaf) {
			return key;
		}
		const flags = this.bytes.readUInt16LE(at + 4);
		this.#check(flags <= NODE_FLAG.tree, `the node at ${at} has the flags ${flags}`);
		return key + (flags === NODE_FLAG.big ? OVERFLOW_REFERENCE_BYTES : this.#dataBytes(at));
	}

	#check(isRight: boolean, rule: string): void {
		if (!isRight) {
			throw new PageDamage(`page ${this.#number}: ${rule}`);
		}
	}
}

function checkHeader(file: PageFile, bytes: Buffer, number: number): void {
	const found = Number(bytes.readBigUInt64LE(0));
	if (found !== number) {
		throw new PageDamage(`page ${number}: it says that it is page ${found}`);
	}
	const transactionId = Number(bytes.readBigUInt64LE(8));
	if (transactionId > file.transactionId) {
		throw new PageDamage(`page ${number}: it is of transaction ${transactionId}, later than ${file.transactionId}, whose state is read`);
	}
}
