/** Gives the pages of a bbolt file their numbers and hands them on, strictly one after the other. Used by the tree builder and the file writer. */
import { assert } from '../base/assert.ts';
import { META_PAGES, PAGE_BYTES, type PAGE_FLAG, writePageHeader } from './format.ts';

/** Takes the file's bytes in order, from behind the meta pages on. They are its own until it returns. */
export interface PageSink {
	write(bytes: Uint8Array): void;
}

export class PageWriter {
	readonly #sink: PageSink;
	#next = META_PAGES;
	/** Reused for all pages without overflow. */
	readonly #page = new Uint8Array(PAGE_BYTES);

	constructor(sink: PageSink) {
		this.#sink = sink;
	}

	/** How many pages the file has by now, the meta pages included. */
	get pages(): number {
		return this.#next;
	}

	/** A page with so many bytes in use, header included; fill writes behind the header. Returns its number. */
	write(flags: (typeof PAGE_FLAG)[keyof typeof PAGE_FLAG], count: number, used: number, fill: (page: Uint8Array) => void): number {
		assert(count <= 0xffff, () => `${count} elements in a page`);
		const size = Math.ceil(used / PAGE_BYTES) * PAGE_BYTES;
		const page = size === PAGE_BYTES ? this.#page.fill(0) : new Uint8Array(size);
		const id = this.#next;
		writePageHeader(page, { id, flags, count, overflow: size / PAGE_BYTES - 1 });
		fill(page);
		this.#sink.write(page);
		this.#next += size / PAGE_BYTES;
		return id;
	}
}
