/**
 * Writes a bbolt file in one pass: buckets in the order of their names, keys in order within each. Its pages leave as they fill; the two meta
 * pages, which say where the tree begins, are known last and are handed over at the end, for the start of the file. bbolt and etcd open what it
 * writes, for writing too. Used by adapters/etcd-export.ts.
 */
import { assert } from '../base/assert.ts';
import { concatBytes } from '../base/bytes.ts';
import { ELEMENT_IS_BUCKET, encodeMetaPage, PAGE_BYTES, PAGE_FLAG, PAGE_HEADER_BYTES } from './format.ts';
import { type PageSink, PageWriter } from './page-writer.ts';
import { TreeBuilder } from './tree-builder.ts';

const encoder = new TextEncoder();

export class BboltFileWriter {
	readonly #pages: PageWriter;
	readonly #root: TreeBuilder;
	#bucket: { readonly name: Uint8Array; readonly tree: TreeBuilder } | null = null;

	constructor(sink: PageSink) {
		this.#pages = new PageWriter(sink);
		this.#root = new TreeBuilder(this.#pages);
	}

	/** Ends the bucket before. */
	beginBucket(name: string): void {
		this.#endBucket();
		this.#bucket = { name: encoder.encode(name), tree: new TreeBuilder(this.#pages) };
	}

	/** Into the bucket under way. Key and value are copied. */
	put(key: Uint8Array, value: Uint8Array): void {
		assert(this.#bucket !== null, 'a key outside a bucket');
		this.#bucket.tree.add(key, value);
	}

	/** Ends the file: the bytes of its first two pages. */
	finish(): Uint8Array {
		this.#endBucket();
		const root = this.#root.finishRoot();
		// Nothing is free: a list without entries.
		const freelist = this.#pages.write(PAGE_FLAG.freelist, 0, PAGE_HEADER_BYTES, () => {});
		const meta = { pageBytes: PAGE_BYTES, root, freelist, pages: this.#pages.pages };
		return concatBytes([encodeMetaPage({ ...meta, transactionId: 0 }), encodeMetaPage({ ...meta, transactionId: 1 })]);
	}

	#endBucket(): void {
		if (this.#bucket !== null) {
			const { name, tree } = this.#bucket;
			this.#bucket = null;
			this.#root.add(name, tree.finishBucket(), ELEMENT_IS_BUCKET);
		}
	}
}
