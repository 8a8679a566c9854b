/**
 * Builds one bucket of a bbolt file from below, out of keys in ascending order: leaves as they fill, branches over them. Memory: one leaf and
 * two branches a level, whatever the bucket's size. Used by file-writer.ts.
 */
import { assert } from '../base/assert.ts';
import { compareBytes, copyBytes } from '../base/bytes.ts';
import { BranchLevel, type Child } from './branch-level.ts';
import { BUCKET_BYTES, ELEMENT_BYTES, INLINE_BYTES_MAX, PAGE_BYTES, PAGE_FLAG, PAGE_HEADER_BYTES, viewOf, writePageHeader } from './format.ts';
import type { PageWriter } from './page-writer.ts';

/** bbolt's own bound. */
const KEY_BYTES_MAX = 32_768;

interface Element {
	readonly flags: number;
	readonly keyBytes: number;
	readonly valueBytes: number;
}

export class TreeBuilder {
	readonly #pages: PageWriter;
	readonly #levels: BranchLevel[] = [];
	/** The leaf under way: its elements, and their keys and values one behind the other. */
	#elements: Element[] = [];
	#data = new Uint8Array(PAGE_BYTES);
	#dataBytes = 0;
	#firstKey: Uint8Array | null = null;
	#lastKey: Uint8Array | null = null;

	constructor(pages: PageWriter) {
		this.#pages = pages;
	}

	add(key: Uint8Array, value: Uint8Array, flags = 0): void {
		assert(key.length > 0 && key.length <= KEY_BYTES_MAX, () => `a key of ${key.length} bytes in a bucket`);
		assert(this.#lastKey === null || compareBytes(this.#lastKey, key) < 0, 'the keys of a bucket come in ascending order');
		const bytes = key.length + value.length;
		if (this.#elements.length > 0 && this.#leafBytes + ELEMENT_BYTES + bytes > PAGE_BYTES) {
			this.#closeLeaf();
		}
		const end = this.#dataBytes + bytes;
		if (end > this.#data.length) {
			const grown = new Uint8Array(Math.max(end, 2 * this.#data.length));
			grown.set(this.#data.subarray(0, this.#dataBytes));
			this.#data = grown;
		}
		this.#data.set(key, this.#dataBytes);
		this.#data.set(value, this.#dataBytes + key.length);
		this.#lastKey = copyBytes(key);
		this.#firstKey ??= this.#lastKey;
		this.#dataBytes = end;
		this.#elements.push({ flags, keyBytes: key.length, valueBytes: value.length });
	}

	/** The page of the root, for the bucket of buckets. */
	finishRoot(): number {
		if (this.#levels.length === 0) {
			return this.#writeLeaf();
		}
		if (this.#elements.length > 0) {
			this.#closeLeaf();
		}
		for (let depth = 0; ; depth++) {
			const isTop = depth === this.#levels.length - 1;
			const level = this.#levels[depth] as BranchLevel;
			const written = level.finish(isTop);
			if (isTop && written.length === 1) {
				return (written[0] as Child).page;
			}
			for (const child of written) {
				this.#addChild(depth + 1, child);
			}
		}
	}

	/** The bucket as a value of the bucket of buckets: small ones whole, others by their root. */
	finishBucket(): Uint8Array {
		if (this.#levels.length === 0 && this.#leafBytes + BUCKET_BYTES <= INLINE_BYTES_MAX) {
			const value = new Uint8Array(BUCKET_BYTES + this.#leafBytes);
			const page = value.subarray(BUCKET_BYTES);
			writePageHeader(page, { id: 0, flags: PAGE_FLAG.leaf, count: this.#elements.length, overflow: 0 });
			this.#fillLeaf(page);
			return value;
		}
		const value = new Uint8Array(BUCKET_BYTES);
		viewOf(value).setBigUint64(0, BigInt(this.finishRoot()), true);
		return value;
	}

	get #leafBytes(): number {
		return PAGE_HEADER_BYTES + this.#elements.length * ELEMENT_BYTES + this.#dataBytes;
	}

	#closeLeaf(): void {
		assert(this.#firstKey !== null, 'a leaf that is closed has a key');
		const key = this.#firstKey;
		this.#addChild(0, { key, page: this.#writeLeaf() });
	}

	#addChild(depth: number, child: Child): void {
		let level = this.#levels[depth];
		if (level === undefined) {
			level = new BranchLevel(this.#pages);
			this.#levels.push(level);
		}
		const written = level.add(child);
		if (written !== null) {
			this.#addChild(depth + 1, written);
		}
	}

	#writeLeaf(): number {
		const page = this.#pages.write(PAGE_FLAG.leaf, this.#elements.length, this.#leafBytes, (bytes) => this.#fillLeaf(bytes));
		this.#elements = [];
		this.#dataBytes = 0;
		this.#firstKey = null;
		if (this.#data.length > PAGE_BYTES) {
			this.#data = new Uint8Array(PAGE_BYTES);
		}
		return page;
	}

	#fillLeaf(page: Uint8Array): void {
		const view = viewOf(page);
		let at = PAGE_HEADER_BYTES;
		let keyAt = PAGE_HEADER_BYTES + this.#elements.length * ELEMENT_BYTES;
		for (const { flags, keyBytes, valueBytes } of this.#elements) {
			view.setUint32(at, flags, true);
			view.setUint32(at + 4, keyAt - at, true);
			view.setUint32(at + 8, keyBytes, true);
			view.setUint32(at + 12, valueBytes, true);
			at += ELEMENT_BYTES;
			keyAt += keyBytes + valueBytes;
		}
		page.set(this.#data.subarray(0, this.#dataBytes), at);
	}
}
