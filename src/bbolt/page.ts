/** One page of a bbolt file that a stranger may have written: every number in it is checked before it is used. Used by file-reader.ts. */
import { damagedPage } from './damage.ts';
import { ELEMENT_BYTES, PAGE_FLAG, PAGE_HEADER_BYTES, readNumber, viewOf } from './format.ts';

export interface LeafElement {
	readonly flags: number;
	readonly key: Uint8Array;
	readonly value: Uint8Array;
}

export interface BranchElement {
	readonly key: Uint8Array;
	readonly page: number;
}

export class Page {
	/** The number by which messages name it: of an inline bucket that of the page around it. */
	readonly id: number;
	readonly isBranch: boolean;
	readonly count: number;
	readonly #bytes: Uint8Array;
	readonly #view: DataView;

	/** bytes: the page with its overflow. */
	constructor(id: number, bytes: Uint8Array) {
		this.id = id;
		this.#bytes = bytes;
		if (bytes.length < PAGE_HEADER_BYTES) {
			throw damagedPage(id, `${bytes.length} bytes are no page`);
		}
		this.#view = viewOf(bytes);
		const flags = this.#view.getUint16(8, true);
		if (flags !== PAGE_FLAG.branch && flags !== PAGE_FLAG.leaf) {
			throw damagedPage(id, `it must be a branch or a leaf, and its flags are 0x${flags.toString(16)}`);
		}
		this.isBranch = flags === PAGE_FLAG.branch;
		this.count = this.#view.getUint16(10, true);
		if (PAGE_HEADER_BYTES + this.count * ELEMENT_BYTES > bytes.length) {
			throw damagedPage(id, `${this.count} elements do not fit its ${bytes.length} bytes`);
		}
		if (this.isBranch && this.count === 0) {
			throw damagedPage(id, 'a branch without children');
		}
	}

	leaf(index: number): LeafElement {
		const at = PAGE_HEADER_BYTES + index * ELEMENT_BYTES;
		const keyAt = at + this.#view.getUint32(at + 4, true);
		const keyBytes = this.#view.getUint32(at + 8, true);
		const key = this.#slice(keyAt, keyBytes, index);
		const value = this.#slice(keyAt + keyBytes, this.#view.getUint32(at + 12, true), index);
		return { flags: this.#view.getUint32(at, true), key, value };
	}

	branch(index: number): BranchElement {
		const at = PAGE_HEADER_BYTES + index * ELEMENT_BYTES;
		const key = this.#slice(at + this.#view.getUint32(at, true), this.#view.getUint32(at + 4, true), index);
		return { key, page: readNumber(this.#view, at + 8) };
	}

	#slice(at: number, length: number, index: number): Uint8Array {
		if (at + length > this.#bytes.length || at < PAGE_HEADER_BYTES + this.count * ELEMENT_BYTES) {
			throw damagedPage(this.id, `element ${index} lies at ${at} to ${at + length}, outside the page's ${this.#bytes.length} bytes`);
		}
		return this.#bytes.subarray(at, at + length);
	}
}
