/**
 * Decodes the header blocks of one connection (RFC 7541). Total: any bytes give fields or an H2ConnectionError, and never more memory than
 * the limits say: a block that unfolds to too much (an HPACK bomb) is followed to its end, since later blocks build on it, and given up.
 * Used by request-heads.ts.
 */
import { EMPTY_BYTES } from '../base/bytes.ts';
import { H2_HEADER_FIELDS_MAX, H2_HEADER_LIST_BYTES_MAX, H2_HEADER_TABLE_BYTES_MAX } from '../base/limits.ts';
import { H2_ERROR, H2ConnectionError } from './frames.ts';
import { fieldBytes, type HeaderField, makeField } from './header-field.ts';
import { HpackTables } from './hpack-tables.ts';
import { decodeHuffman } from './huffman.ts';

/** Of the bytes that follow a prefix: 2^28 is beyond any length or index that could be right. */
const INTEGER_BYTES_MAX = 4;
/** Arguments of one call. */
const TEXT_BYTES_MAX = 4_096;

export class HpackDecoder {
	readonly #tables: HpackTables;
	#bytes: Uint8Array = EMPTY_BYTES;
	#at = 0;
	#end = 0;

	/** tableBytesMax: what we have said of the dynamic table, if not the default. */
	constructor(tableBytesMax = H2_HEADER_TABLE_BYTES_MAX) {
		this.#tables = new HpackTables(tableBytesMax);
	}

	/** Unchanged by a block: the same bytes would mean the same again. */
	get version(): number {
		return this.#tables.version;
	}

	get tableBytes(): number {
		return this.#tables.bytes;
	}

	/** The fields of the block bytes[lo, hi), or null if they are more than we take. */
	decode(bytes: Uint8Array, lo: number, hi: number): readonly HeaderField[] | null {
		this.#bytes = bytes;
		this.#at = lo;
		this.#end = hi;
		const fields: HeaderField[] = [];
		let listBytes = 0;
		let count = 0;
		while (this.#at < hi) {
			const field = this.#next(count === 0);
			if (field !== null) {
				count += 1;
				listBytes += fieldBytes(field);
				if (count <= H2_HEADER_FIELDS_MAX && listBytes <= H2_HEADER_LIST_BYTES_MAX) {
					fields.push(field);
				}
			}
		}
		return fields.length === count ? fields : null;
	}

	/** One representation (RFC 7541, section 6); null: it was a change of the table's size. */
	#next(isStart: boolean): HeaderField | null {
		const first = this.#bytes[this.#at] as number;
		if ((first & 0x80) !== 0) {
			return this.#indexed(this.#integer(7));
		}
		if ((first & 0x40) !== 0) {
			const field = this.#literal(6);
			this.#tables.insert(field);
			return field;
		}
		if ((first & 0x20) === 0) {
			return this.#literal(4);
		}
		if (!isStart || !this.#tables.resize(this.#integer(5))) {
			throw broken('a change of the table size that is not allowed');
		}
		return null;
	}

	#indexed(index: number): HeaderField {
		const field = this.#tables.at(index);
		if (field === null) {
			throw broken(`no header field has the index ${index}`);
		}
		return field;
	}

	#literal(prefixBits: number): HeaderField {
		const index = this.#integer(prefixBits);
		const name = index === 0 ? this.#string() : this.#indexed(index).name;
		return makeField(name, this.#string());
	}

	/** RFC 7541, 5.1. */
	#integer(prefixBits: number): number {
		const most = 2 ** prefixBits - 1;
		let value = (this.#byte() & most) >>> 0;
		if (value < most) {
			return value;
		}
		for (let i = 0; i < INTEGER_BYTES_MAX; i++) {
			const byte = this.#byte();
			value += (byte & 0x7f) * 2 ** (7 * i);
			if ((byte & 0x80) === 0) {
				return value;
			}
		}
		throw broken('an integer of absurd length');
	}

	#byte(): number {
		if (this.#at >= this.#end) {
			throw broken('a header block that ends in the middle');
		}
		const byte = this.#bytes[this.#at] as number;
		this.#at += 1;
		return byte;
	}

	/** RFC 7541, 5.2. */
	#string(): string {
		const isHuffman = ((this.#bytes[this.#at] ?? 0) & 0x80) !== 0;
		const length = this.#integer(7);
		const lo = this.#at;
		const hi = lo + length;
		if (hi > this.#end) {
			throw broken('a string longer than its header block');
		}
		this.#at = hi;
		const text = isHuffman ? decodeHuffman(this.#bytes, lo, hi) : decodePlain(this.#bytes, lo, hi);
		if (text === null) {
			throw broken('a string that is not in the Huffman code');
		}
		return text;
	}
}

/** Each byte a code unit. */
function decodePlain(bytes: Uint8Array, lo: number, hi: number): string {
	let text = '';
	for (let at = lo; at < hi; at += TEXT_BYTES_MAX) {
		text += String.fromCharCode(...bytes.subarray(at, Math.min(at + TEXT_BYTES_MAX, hi)));
	}
	return text;
}

function broken(what: string): H2ConnectionError {
	return new H2ConnectionError(H2_ERROR.compression, what);
}
