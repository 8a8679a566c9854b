/**
 * One level of branches of a tree that is built from below: gathers its children, and writes a branch page when the next one would not fit.
 * It keeps the last full page back, so that no branch is left with one child, which bbolt never makes. Used by tree-builder.ts.
 */
import { ELEMENT_BYTES, PAGE_BYTES, PAGE_FLAG, PAGE_HEADER_BYTES, viewOf } from './format.ts';
import type { PageWriter } from './page-writer.ts';

export interface Child {
	/** The first key below it, in bytes of its own. */
	readonly key: Uint8Array;
	readonly page: number;
}

const CHILDREN_MIN = 2;

function sizeOf(children: readonly Child[]): number {
	let size = PAGE_HEADER_BYTES;
	for (const { key } of children) {
		size += ELEMENT_BYTES + key.length;
	}
	return size;
}

export class BranchLevel {
	readonly #pages: PageWriter;
	#full: Child[] = [];
	#current: Child[] = [];
	#currentBytes = PAGE_HEADER_BYTES;

	constructor(pages: PageWriter) {
		this.#pages = pages;
	}

	/** A page of this level that was written on the way, for the level above; null mostly. */
	add(child: Child): Child | null {
		const bytes = ELEMENT_BYTES + child.key.length;
		let written: Child | null = null;
		if (this.#currentBytes + bytes > PAGE_BYTES && this.#current.length >= CHILDREN_MIN) {
			written = this.#full.length > 0 ? this.#write(this.#full) : null;
			this.#full = this.#current;
			this.#current = [];
			this.#currentBytes = PAGE_HEADER_BYTES;
		}
		this.#current.push(child);
		this.#currentBytes += bytes;
		return written;
	}

	/** The last pages, in order. One that is the only child of the whole level is not written: it stands for itself. */
	finish(isOnly: boolean): Child[] {
		const [full, current] = [this.#full, this.#current];
		if (full.length === 0) {
			return isOnly && current.length === 1 ? current : [this.#write(current)];
		}
		if (current.length >= CHILDREN_MIN) {
			return [this.#write(full), this.#write(current)];
		}
		if (full.length > CHILDREN_MIN) {
			const moved = full.splice(-1);
			return [this.#write(full), this.#write([...moved, ...current])];
		}
		return [this.#write([...full, ...current])];
	}

	#write(children: readonly Child[]): Child {
		const first = children[0] as Child;
		const page = this.#pages.write(PAGE_FLAG.branch, children.length, sizeOf(children), (bytes) => {
			const view = viewOf(bytes);
			let at = PAGE_HEADER_BYTES;
			let keyAt = PAGE_HEADER_BYTES + children.length * ELEMENT_BYTES;
			for (const child of children) {
				view.setUint32(at, keyAt - at, true);
				view.setUint32(at + 4, child.key.length, true);
				view.setBigUint64(at + 8, BigInt(child.page), true);
				bytes.set(child.key, keyAt);
				keyAt += child.key.length;
				at += ELEMENT_BYTES;
			}
		});
		return { key: first.key, page };
	}
}
