/**
 * A response's protobuf bytes as JSON (reference/etcd-surface.md 3.2): names as in the .proto, what is zero left out, 64 bits as strings. It reads what this program has
 * encoded itself, so a byte that does not fit is a broken promise. Used by the exchanges of this folder.
 */
import { isUtf8 } from 'node:buffer';
import { assert } from '../../base/assert.ts';
import type { BytesEncoding } from './from-json.ts';
import type { FieldShape, MessageShape, ScalarType } from './message-shape.ts';

const VARINT = 0;
const DELIMITED = 2;
const TWO_7 = 2 ** 7;
/** So many bytes of a varint fit into a safe number. */
const SAFE_BYTES = 7;

export function messageToJson(shape: MessageShape, bytes: Uint8Array, encoding: BytesEncoding): string {
	return new Printer(bytes, encoding).message(shape, bytes.length);
}

/** A message that comes in pieces, each of them whole fields: their texts one after the other are its JSON. */
export class PiecewiseJson {
	readonly #shape: MessageShape;
	readonly #encoding: BytesEncoding;
	/** The repeated field whose array is open. */
	#open: FieldShape | null = null;
	#text = '{';
	#isFirst = true;

	constructor(shape: MessageShape, encoding: BytesEncoding) {
		this.#shape = shape;
		this.#encoding = encoding;
	}

	push(piece: Uint8Array): string {
		new Printer(piece, this.#encoding).fields(this.#shape, piece.length, (field, text) => {
			if (field === this.#open) {
				this.#text += `,${text}`;
				return;
			}
			this.#close();
			this.#text += `${this.#isFirst ? '' : ','}"${field.name}":${field.repeated ? '[' : ''}${text}`;
			this.#isFirst = false;
			this.#open = field.repeated ? field : null;
		});
		const text = this.#text;
		this.#text = '';
		return text;
	}

	end(): string {
		this.#close();
		return `${this.#text}}`;
	}

	#close(): void {
		if (this.#open !== null) {
			this.#text += ']';
			this.#open = null;
		}
	}
}

class Printer {
	readonly #bytes: Buffer;
	readonly #encoding: BytesEncoding;
	#at = 0;

	constructor(bytes: Uint8Array, encoding: BytesEncoding) {
		this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		this.#encoding = encoding;
	}

	/** The fields up to `end`, in the order of the .proto, whatever order they came in. */
	message(shape: MessageShape, end: number): string {
		const texts: (string | undefined)[] = [];
		this.fields(shape, end, (field, text) => {
			const before = texts[field.at];
			texts[field.at] = before === undefined || !field.repeated ? text : `${before},${text}`;
		});
		let all = '';
		for (const field of shape.fields) {
			const text = texts[field.at];
			if (text !== undefined) {
				all += `${all === '' ? '' : ','}"${field.name}":${field.repeated ? `[${text}]` : text}`;
			}
		}
		return `{${all}}`;
	}

	fields(shape: MessageShape, end: number, found: (field: FieldShape, text: string) => void): void {
		while (this.#at < end) {
			const tag = Number(this.#varint());
			const field = shape.byNumber.get(tag >>> 3);
			assert(field !== undefined && (tag & 7) === (field.tag & 7), `${shape.name} has no field of tag ${tag}`);
			const text = this.#value(field, tag & 7);
			if (text !== '') {
				found(field, text);
			}
		}
		assert(this.#at === end, `a field of ${shape.name} goes on beyond its end`);
	}

	/** Empty: it is zero, and left out. */
	#value(field: FieldShape, wireType: number): string {
		if (wireType === VARINT) {
			return this.#number(field);
		}
		assert(wireType === DELIMITED, `no wire type ${wireType} is in use`);
		const length = Number(this.#varint());
		const end = this.#at + length;
		assert(end <= this.#bytes.length, `${field.name} goes on beyond the end of its message`);
		if (field.kind === 'message') {
			return this.message(field.message(), end);
		}
		assert(field.kind === 'scalar', 'no packed enums are in responses');
		const text = length === 0 && !field.repeated ? '' : this.#text(field.type, end);
		this.#at = end;
		return text;
	}

	#text(type: ScalarType, end: number): string {
		if (type === 'string') {
			return JSON.stringify(this.#bytes.toString('utf8', this.#at, end));
		}
		if (this.#encoding === 'base64') {
			return `"${this.#bytes.toString('base64', this.#at, end)}"`;
		}
		return isUtf8(this.#bytes.subarray(this.#at, end))
			? JSON.stringify(this.#bytes.toString('utf8', this.#at, end))
			: `{"base64":"${this.#bytes.toString('base64', this.#at, end)}"}`;
	}

	#number(field: FieldShape): string {
		const value = this.#varint();
		if (Number(value) === 0) {
			return '';
		}
		if (field.kind === 'enum') {
			const number = Number(BigInt.asIntN(32, BigInt(value)));
			const name = field.values.names.get(number);
			return name === undefined ? String(number) : `"${name}"`;
		}
		assert(field.kind === 'scalar', 'a message is no number');
		switch (field.type) {
			case 'bool':
				return 'true';
			case 'int64':
				return `"${typeof value === 'number' ? value : BigInt.asIntN(64, value)}"`;
			case 'uint64':
				return `"${value}"`;
			default:
				return String(field.type === 'int32' ? BigInt.asIntN(32, BigInt(value)) : value);
		}
	}

	/** A bigint only where it may be beyond the safe numbers. */
	#varint(): number | bigint {
		let value = 0;
		let scale = 1;
		const start = this.#at;
		for (let i = 0; i < SAFE_BYTES; i++) {
			const byte = this.#byte();
			value += (byte & 0x7f) * scale;
			if (byte < 0x80) {
				return value;
			}
			scale *= TWO_7;
		}
		let whole = BigInt(value);
		for (let shift = 7n * BigInt(SAFE_BYTES); ; shift += 7n) {
			const byte = this.#byte();
			whole |= BigInt(byte & 0x7f) << shift;
			if (byte < 0x80) {
				return BigInt.asUintN(64, whole);
			}
			assert(this.#at - start < 10, 'a varint has ten bytes at most');
		}
	}

	#byte(): number {
		const byte = this.#bytes[this.#at];
		assert(byte !== undefined, 'a message ends within a number');
		this.#at += 1;
		return byte;
	}
}
