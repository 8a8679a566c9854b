/**
 * The descent into one tree of an LMDB data file: levels, order of keys, number of pages and records, as the tree's record tells of them.
 * Which pages the file has, and that none is used twice, is the caller's to know (lmdb-walk.ts).
 */
import { PageDamage, type PageFile, type TreePage, type TreeRecord } from './lmdb-page.ts';

export interface TreeWalkOptions {
	readonly tree: TreeRecord;
	readonly file: PageFile;
	readonly compare: (a: Buffer, b: Buffer) => number;
	/** A page to load the level's pages into, always the same. */
	readonly pageOf: (level: number) => TreePage;
	/** These pages belong to the tree; throws if they cannot. */
	readonly take: (first: number, pages: number) => void;
	/** Of each record in order, valid during the call. */
	readonly visit: (page: TreePage, i: number) => void;
}

interface Bounds {
	readonly level: number;
	/** Every key from lo on, below hi; null: no bound. */
	readonly lo: Buffer | null;
	readonly hi: Buffer | null;
}

/** As deep as 64 bits of pages can make a tree; a record beyond it is damage. */
const DEPTH_MAX = 32;

export class TreeWalk {
	readonly #options: TreeWalkOptions;
	readonly #found = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };

	constructor(options: TreeWalkOptions) {
		this.#options = options;
	}

	run(): void {
		const { tree } = this.#options;
		if (tree.depth > DEPTH_MAX || (tree.root === null) !== (tree.depth === 0)) {
			throw new PageDamage(`tree ${tree.name}: ${tree.depth} levels from page ${tree.root}`);
		}
		if (tree.root !== null) {
			this.#descend(tree.root, { level: 0, lo: null, hi: null });
		}
		for (const field of ['branchPages', 'leafPages', 'overflowPages', 'entries'] as const) {
			if (this.#found[field] !== tree[field]) {
				throw new PageDamage(`tree ${tree.name}: ${tree[field]} ${field} were counted when it was written, and ${this.#found[field]} are there`);
			}
		}
	}

	/** The first page alone. */
	begin(): void {
		const { tree } = this.#options;
		if (tree.root !== null) {
			this.#load(tree.root, 0);
		}
	}

	value(page: TreePage, i: number): Buffer {
		return page.value(i, this.#options.file, (first, pages) => {
			this.#options.take(first, pages);
			this.#found.overflowPages += pages;
		});
	}

	#descend(number: number, { level, lo, hi }: Bounds): void {
		const page = this.#load(number, level);
		this.#checkOrder(page, number, lo, hi);
		if (page.isLeaf) {
			this.#found.leafPages++;
			for (let i = 0; i < page.count; i++) {
				this.#found.entries++;
				this.#options.visit(page, i);
			}
			return;
		}
		this.#found.branchPages++;
		for (let i = 0; i < page.count; i++) {
			const from = i === 0 ? lo : page.key(i);
			const to = i + 1 < page.count ? page.key(i + 1) : hi;
			this.#descend(page.child(i), { level: level + 1, lo: from, hi: to });
		}
	}

	#load(number: number, level: number): TreePage {
		const { tree, file, pageOf, take } = this.#options;
		take(number, 1);
		const page = pageOf(level);
		page.load(file, number);
		if (page.isLeaf !== (level === tree.depth - 1) || page.count === 0) {
			const what = `a ${page.isLeaf ? 'leaf' : 'branch'} with ${page.count} nodes`;
			throw this.#damage(number, `${what} is at level ${level + 1} of ${tree.depth}`);
		}
		return page;
	}

	#checkOrder(page: TreePage, number: number, lo: Buffer | null, hi: Buffer | null): void {
		const { compare } = this.#options;
		let before: Buffer | null = null;
		// The first key of a branch stands for everything below the second, whatever it says.
		for (let i = page.isLeaf ? 0 : 1; i < page.count; i++) {
			const key = page.key(i);
			const isAfter = before === null ? lo === null || compare(key, lo) >= 0 : compare(key, before) > 0;
			if (!isAfter || (hi !== null && compare(key, hi) >= 0)) {
				throw this.#damage(number, `key ${i}, ${key.toString('hex').slice(0, 64)}, is out of order`);
			}
			before = key;
		}
	}

	#damage(page: number, rule: string): PageDamage {
		return new PageDamage(`tree ${this.#options.tree.name}, page ${page}: ${rule}`);
	}
}
