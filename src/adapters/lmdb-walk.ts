/**
 * Walks the pages of an LMDB data file from a meta page on, without LMDB: that they make the trees that their records tell of, that keys are in
 * order, that no page is used twice or is free and used, and every record once for whoever knows its checksum. LMDB itself checks nothing, and a
 * damaged free list would let it overwrite pages in use. Used by store-check.ts and log-check.ts before LMDB opens the file.
 */
import fs from 'node:fs';
import { must } from '../base/assert.ts';
import { compareBytes } from '../base/bytes.ts';
import { type MetaPage, treeRecordsOf } from './lmdb-meta-page.ts';
import { PageDamage, PageFile, TreePage, type TreeRecord } from './lmdb-page.ts';
import { TreeWalk } from './lmdb-tree-walk.ts';
import { PAGE_BYTES } from './lmdb-views.ts';

export interface TreeCount {
	readonly name: string;
	readonly entries: number;
}

/** The bytes are only valid during the call. Throws for a record that is not as it was written. */
export type VisitRecord = (tree: string, key: Uint8Array, value: Uint8Array) => void;

export interface WalkOptions {
	readonly descriptor: number;
	readonly meta: MetaPage;
	/** More bytes in use than these: only the free list, the list of trees and the page that each begins with. */
	readonly wholeBytesMax: number;
	readonly visit: VisitRecord;
}

export interface Walked {
	readonly trees: readonly TreeCount[];
	/** Every page in use was read. */
	readonly isWhole: boolean;
	readonly usedBytes: number;
}

const META_PAGES = 2;
const FREE_KEY_BYTES = 8;
const NUMBER_BYTES = 8;
/** Pages that a commit took and freed again are never written: so many may lie beyond the file's end. */
const BEYOND_END_MAX = 2 ** 16;
const UNUSED = 0;
const USED = 1;
const FREE = 2;

/** The trees that a state of the file has, and how many records each, by their records alone. */
export function listTrees(descriptor: number, meta: MetaPage): readonly TreeCount[] {
	const walk = new PageWalk({ descriptor, meta, wholeBytesMax: 0, visit: () => {} });
	return walk.list().map(({ name, entries }) => ({ name, entries }));
}

/** Throws PageDamage, or what visit throws. */
export function walkPages(options: WalkOptions): Walked {
	return new PageWalk(options).run();
}

class PageWalk {
	readonly #options: WalkOptions;
	readonly #file: PageFile;
	readonly #free: TreeRecord;
	readonly #main: TreeRecord;
	/** What each page is, as far as is known. */
	readonly #pages: Uint8Array;
	readonly #filePages: number;
	/** One a level, used again and again. */
	readonly #levels: TreePage[] = [];

	constructor(options: WalkOptions) {
		const { free, main, lastPage } = treeRecordsOf(options.meta);
		this.#options = options;
		this.#file = new PageFile(options.descriptor, options.meta.transactionId);
		this.#free = free;
		this.#main = main;
		this.#filePages = Math.ceil(fs.fstatSync(options.descriptor).size / PAGE_BYTES);
		if (lastPage >= this.#filePages + BEYOND_END_MAX) {
			throw new PageDamage(`the file has ${this.#filePages} pages, and its last one is said to be page ${lastPage}`);
		}
		this.#pages = new Uint8Array(lastPage + 1);
		this.#pages.fill(USED, 0, META_PAGES);
	}

	/** The named trees. */
	list(): readonly TreeRecord[] {
		const trees: TreeRecord[] = [];
		this.#walkOf(this.#main, compareBytes, (_, page, i) => {
			const name = page.key(i).toString('latin1').replace(/\0$/, '');
			const record = page.treeRecord(i, name);
			if (record === null) {
				throw new PageDamage(`the list of trees: ${JSON.stringify(name)} must be a tree`);
			}
			trees.push(record);
		}).run();
		return trees;
	}

	run(): Walked {
		const trees = this.list();
		const usedBytes = [this.#free, this.#main, ...trees].reduce((sum, tree) => sum + pagesOf(tree), META_PAGES) * PAGE_BYTES;
		const isWhole = usedBytes <= this.#options.wholeBytesMax;
		for (const tree of trees) {
			const walk = this.#walkOf(tree, compareBytes, (values, page, i) => this.#options.visit(tree.name, page.key(i), values.value(page, i)));
			if (isWhole) {
				walk.run();
			} else {
				walk.begin();
			}
		}
		this.#walkOf(this.#free, compareNumbers, (values, page, i) => this.#noteFree(values.value(page, i))).run();
		const beyond = isWhole ? this.#pages.indexOf(UNUSED, this.#filePages) : -1;
		if (beyond >= 0) {
			throw new PageDamage(`page ${beyond} must be in the file, which has ${this.#filePages}, or free`);
		}
		return { trees: trees.map(({ name, entries }) => ({ name, entries })), isWhole, usedBytes };
	}

	#walkOf(tree: TreeRecord, compare: (a: Buffer, b: Buffer) => number, visit: (values: TreeWalk, page: TreePage, i: number) => void): TreeWalk {
		const walk: TreeWalk = new TreeWalk({
			tree,
			file: this.#file,
			compare,
			pageOf: (level) => this.#level(level),
			take: (first, pages) => this.#mark(first, pages, USED, `tree ${tree.name}`),
			visit: (page, i) => visit(walk, page, i),
		});
		return walk;
	}

	/** One record of the free list: a count, then page numbers, 0 for none, and before the first of several in a row minus their number. */
	#noteFree(value: Buffer): void {
		const count = value.length < NUMBER_BYTES ? 0 : Number(value.readBigUInt64LE(0));
		if (value.length < NUMBER_BYTES || NUMBER_BYTES * (count + 1) > value.length) {
			throw new PageDamage(`the free list: a record of ${value.length} bytes for ${count} numbers`);
		}
		for (let at = 1; at <= count; at++) {
			const number = Number(value.readBigInt64LE(NUMBER_BYTES * at));
			if (number > 0) {
				this.#mark(number, 1, FREE, 'the free list');
			} else if (number < 0) {
				at++;
				const first = at > count ? 0 : Number(value.readBigInt64LE(NUMBER_BYTES * at));
				this.#mark(first, -number, FREE, 'the free list');
			}
		}
	}

	#level(level: number): TreePage {
		while (this.#levels.length <= level) {
			this.#levels.push(new TreePage());
		}
		return must(this.#levels[level], 'a level has a page');
	}

	#mark(first: number, pages: number, as: number, who: string): void {
		if (!Number.isSafeInteger(first) || first < META_PAGES || pages < 1 || first + pages > this.#pages.length) {
			throw new PageDamage(`${who}: ${pages} pages from page ${first} on, and the file has ${this.#pages.length}`);
		}
		for (let page = first; page < first + pages; page++) {
			if (this.#pages[page] !== UNUSED) {
				throw new PageDamage(`${who}: page ${page} is ${this.#pages[page] === FREE ? 'free' : 'in use'} already`);
			}
			this.#pages[page] = as;
		}
	}
}

function pagesOf(tree: TreeRecord): number {
	return tree.branchPages + tree.leafPages + tree.overflowPages;
}

/** The keys of the free list are transactions, as the machine writes numbers. */
function compareNumbers(a: Buffer, b: Buffer): number {
	if (a.length !== FREE_KEY_BYTES || b.length !== FREE_KEY_BYTES) {
		throw new PageDamage(`the free list: a key of ${a.length} bytes`);
	}
	const [first, second] = [a.readBigUInt64LE(0), b.readBigUInt64LE(0)];
	return first < second ? -1 : first > second ? 1 : 0;
}
