/**
 * Reads a bbolt file that a stranger may have written, a page at a time. Whatever is in it, a walk ends: each page is visited once, lies inside
 * the file and is in order, or an error names it. Memory: the pages on the way to the one that is read, and a bit for each page of the file.
 * Used by adapters/etcd-import.ts.
 */
import { compareBytes, copyBytes } from '../base/bytes.ts';
import { damagedFile, damagedPage } from './damage.ts';
import { BUCKET_BYTES, decodeMeta, ELEMENT_IS_BUCKET, META_BYTES, META_PAGES, type Meta, PAGE_HEADER_BYTES, readNumber, viewOf } from './format.ts';
import { type BranchElement, type LeafElement, Page } from './page.ts';

export interface PageSource {
	/** Of the database, without a trailer behind it. */
	readonly size: number;
	/** Exactly these bytes, which lie inside; valid for as long as they are held. */
	read(offset: number, length: number): Uint8Array;
}

export interface Entry {
	readonly key: Uint8Array;
	readonly value: Uint8Array;
	/** Where it was found, for messages and progress. */
	readonly page: number;
}

interface Found extends LeafElement {
	readonly page: number;
}

const PAGE_BYTES_MIN = 512;
const PAGE_BYTES_MAX = 65_536;
/** With its overflow: the largest value that is believed. */
const NODE_BYTES_MAX = 256 * 2 ** 20;
/** A tree of two children a branch is not deeper in any file that fits a disk. */
const DEPTH_MAX = 64;
const decoder = new TextDecoder();

export class BboltFileReader {
	readonly #source: PageSource;
	readonly #meta: Meta;
	readonly #buckets = new Map<string, Found>();

	/** Reads the meta pages and the list of buckets. Throws snapshot_unusable, here and on each walk. */
	constructor(source: PageSource) {
		this.#source = source;
		this.#meta = readMeta(source);
		for (const found of this.#walk(this.#meta.root)) {
			if ((found.flags & ELEMENT_IS_BUCKET) === 0) {
				throw damagedPage(found.page, 'a key outside any bucket');
			}
			this.#buckets.set(decoder.decode(found.key), { ...found, value: copyBytes(found.value) });
		}
	}

	get pages(): number {
		return this.#meta.pages;
	}

	/** In order of their bytes. */
	get bucketNames(): readonly string[] {
		return [...this.#buckets.keys()];
	}

	/** In ascending order; nothing if there is no such bucket. What it yields is lent until the next. */
	*entries(bucket: string): Generator<Entry> {
		const found = this.#buckets.get(bucket);
		if (found === undefined) {
			return;
		}
		if (found.value.length < BUCKET_BYTES) {
			throw damagedPage(found.page, `the bucket ${bucket} is ${found.value.length} bytes long`);
		}
		const root = readNumber(viewOf(found.value), 0);
		const inline = root === 0 ? new Page(found.page, found.value.subarray(BUCKET_BYTES)) : null;
		for (const { flags, ...entry } of inline === null ? this.#walk(root) : leafElements(inline, null)) {
			if ((flags & ELEMENT_IS_BUCKET) !== 0) {
				throw damagedPage(entry.page, `the bucket ${bucket} holds another bucket`);
			}
			yield entry;
		}
	}

	*#walk(root: number): Generator<Found> {
		const visited = new Uint8Array(Math.ceil(this.#meta.pages / 8));
		const stack: { readonly page: Page; next: number; readonly hi: Uint8Array | null }[] = [];
		const enter = (id: number, lo: Uint8Array | null, hi: Uint8Array | null): void => {
			if (stack.length === DEPTH_MAX) {
				throw damagedPage(id, `it lies more than ${DEPTH_MAX} pages deep`);
			}
			const page = this.#readPage(id, visited);
			checkFirstKey(page, lo);
			stack.push({ page, next: 0, hi });
		};
		enter(root, null, null);
		for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
			const { page, hi } = top;
			if (!page.isBranch) {
				yield* leafElements(page, hi);
				stack.pop();
			} else if (top.next === page.count) {
				stack.pop();
			} else {
				const child = page.branch(top.next++);
				const after = top.next < page.count ? page.branch(top.next).key : hi;
				checkOrder(page, top.next - 1, child.key, after);
				enter(child.page, child.key, after);
			}
		}
	}

	#readPage(id: number, visited: Uint8Array): Page {
		const { pageBytes, pages } = this.#meta;
		this.#visit(id, visited);
		const header = viewOf(this.#source.read(id * pageBytes, PAGE_HEADER_BYTES));
		if (readNumber(header, 0) !== id) {
			throw damagedPage(id, `it says that it is page ${readNumber(header, 0)}`);
		}
		const overflow = header.getUint32(12, true);
		if (id + overflow >= pages || (overflow + 1) * pageBytes > NODE_BYTES_MAX) {
			throw damagedPage(id, `its ${overflow} overflow pages go beyond page ${pages - 1}, the last one, or are too many`);
		}
		for (let each = id + 1; each <= id + overflow; each++) {
			this.#visit(each, visited);
		}
		return new Page(id, this.#source.read(id * pageBytes, (overflow + 1) * pageBytes));
	}

	#visit(id: number, visited: Uint8Array): void {
		if (id < META_PAGES || id >= this.#meta.pages) {
			throw damagedPage(id, `the tree leads to it, and its pages are ${META_PAGES} to ${this.#meta.pages - 1}`);
		}
		const [byte, bit] = [Math.floor(id / 8), 1 << (id % 8)];
		const before = visited[byte] as number;
		if ((before & bit) !== 0) {
			throw damagedPage(id, 'the tree leads to it twice');
		}
		visited[byte] = before | bit;
	}
}

/** hi: less than this, if any; what each key must be. */
function* leafElements(page: Page, hi: Uint8Array | null): Generator<Found> {
	let before: Uint8Array | null = null;
	for (let i = 0; i < page.count; i++) {
		const element = page.leaf(i);
		if (element.key.length === 0 || (before !== null && compareBytes(before, element.key) >= 0) || !isBelow(element.key, hi)) {
			throw damagedPage(page.id, `key ${i} is out of order`);
		}
		before = element.key;
		yield { ...element, page: page.id };
	}
}

function checkFirstKey(page: Page, lo: Uint8Array | null): void {
	if (lo !== null && page.count > 0) {
		const first: BranchElement | LeafElement = page.isBranch ? page.branch(0) : page.leaf(0);
		if (compareBytes(first.key, lo) < 0) {
			throw damagedPage(page.id, 'its first key is below the one that leads to it');
		}
	}
}

function checkOrder(page: Page, index: number, key: Uint8Array, after: Uint8Array | null): void {
	if (!isBelow(key, after)) {
		throw damagedPage(page.id, `child ${index} is out of order`);
	}
}

function isBelow(key: Uint8Array, hi: Uint8Array | null): boolean {
	return hi === null || compareBytes(key, hi) < 0;
}

/** Of the two the valid one with the greater transaction id, as bbolt takes it. */
function readMeta(source: PageSource): Meta {
	const first = metaAt(source, 0);
	const seconds = first !== null ? [first.pageBytes] : powersOfTwo(PAGE_BYTES_MIN, PAGE_BYTES_MAX);
	const second = seconds.map((pageBytes) => metaAt(source, pageBytes)).find((meta, i) => meta !== null && meta.pageBytes === seconds[i]) ?? null;
	const meta = second !== null && (first === null || second.transactionId > first.transactionId) ? second : first;
	if (meta === null) {
		throw damagedFile('pages 0 and 1: neither is a meta page of a bbolt file with a correct checksum');
	}
	const { pageBytes, pages } = meta;
	if (!powersOfTwo(PAGE_BYTES_MIN, PAGE_BYTES_MAX).includes(pageBytes)) {
		throw damagedPage(meta.transactionId % META_PAGES, `pages of ${pageBytes} bytes`);
	}
	if (pages * pageBytes > source.size) {
		const whole = Math.floor(source.size / pageBytes);
		throw damagedPage(whole, `the file has ${source.size} bytes and ends before it: ${pages} pages of ${pageBytes} bytes are needed`);
	}
	return meta;
}

function metaAt(source: PageSource, pageAt: number): Meta | null {
	const at = pageAt + PAGE_HEADER_BYTES;
	return at + META_BYTES > source.size ? null : decodeMeta(source.read(at, META_BYTES));
}

function powersOfTwo(from: number, upTo: number): number[] {
	const powers: number[] = [];
	for (let power = from; power <= upTo; power *= 2) {
		powers.push(power);
	}
	return powers;
}
