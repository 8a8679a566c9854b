/**
 * A request's JSON as the bytes of its protobuf message (reference/etcd-surface.md 3.2), in one pass and without an object in between. Names that the message
 * does not have are read past, whatever they are, `__proto__` included. Used by exchanges of this folder.
 */
import { JSON_DEPTH_MAX } from '../../base/limits.ts';
import { JsonMistake, JsonScanner } from './json-scanner.ts';
import type { EnumShape, FieldShape, MessageShape, ScalarType } from './message-shape.ts';
import { WireWriter } from './wire-writer.ts';

/** How bytes are spelled: as base64, or as plain text, where `{"base64":"..."}` stands for what is none. */
export type BytesEncoding = 'base64' | 'utf8';

export type Transcoded = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'mistake'; readonly text: string };

/** The first value of the text; what comes behind it is not looked at, as in etcd. Nothing at all, and null, are an empty message. */
export function messageFromJson(shape: MessageShape, text: string, encoding: BytesEncoding): Transcoded {
	const scanner = new JsonScanner(text);
	const writer = new WireWriter();
	try {
		if (scanner.peek() !== '' && scanner.word() !== 'null') {
			new MessageReader(scanner, writer, encoding).message(shape, 1);
		}
		return { kind: 'bytes', bytes: writer.finish() };
	} catch (error) {
		if (error instanceof JsonMistake) {
			return { kind: 'mistake', text: error.message };
		}
		throw error;
	}
}

const STANDARD = /^[A-Za-z0-9+/]*(={0,2})$/;
const FOR_URLS = /^[A-Za-z0-9_-]*(={0,2})$/;
const LINE_ENDS = /[\r\n]/g;
const DIGITS = /^-?(?:0|[1-9][0-9]*)$/;
const DECIMAL = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const SAFE_DIGITS = 15;
const SHOWN_CHARACTERS = 40;
const RANGES: Readonly<Record<'int64' | 'uint64' | 'int32' | 'uint32', readonly [lo: bigint, hi: bigint]>> = {
	int64: [-(2n ** 63n), 2n ** 63n],
	uint64: [0n, 2n ** 64n],
	int32: [-(2n ** 31n), 2n ** 31n],
	uint32: [0n, 2n ** 32n],
};

class MessageReader {
	readonly #scanner: JsonScanner;
	readonly #writer: WireWriter;
	readonly #encoding: BytesEncoding;

	constructor(scanner: JsonScanner, writer: WireWriter, encoding: BytesEncoding) {
		this.#scanner = scanner;
		this.#writer = writer;
		this.#encoding = encoding;
	}

	message(shape: MessageShape, depth: number): void {
		if (depth > JSON_DEPTH_MAX) {
			throw new JsonMistake(`nested deeper than ${JSON_DEPTH_MAX}`);
		}
		if (this.#scanner.peek() !== '{') {
			throw this.#scanner.unexpected(`an object for ${shape.name}`);
		}
		let seen = 0;
		this.#scanner.members((name) => {
			const field = shape.byName.get(name);
			if (field === undefined) {
				this.#scanner.readPast(depth + 1);
				return;
			}
			if (this.#scanner.peek() === 'n' && this.#scanner.word() === 'null') {
				return;
			}
			if ((seen & field.bit) !== 0) {
				throw new JsonMistake(`duplicate field ${JSON.stringify(name)}`);
			}
			if ((seen & field.exclusive) !== 0) {
				throw new JsonMistake(`field ${JSON.stringify(name)} excludes another one that is set already`);
			}
			seen |= field.bit;
			this.#field(field, depth);
		});
	}

	#field(field: FieldShape, depth: number): void {
		if (!field.repeated) {
			this.#value(field, depth);
		} else if (field.kind === 'enum') {
			this.#packed(field, field.values);
		} else {
			this.#open(field, '[', 'an array');
			this.#scanner.elements(() => this.#value(field, depth + 1));
		}
	}

	#packed(field: FieldShape, values: EnumShape): void {
		this.#open(field, '[', 'an array');
		this.#writer.varint(field.tag);
		const start = this.#writer.open();
		this.#scanner.elements(() => this.#enumNumber(this.#enumValue(field, values)));
		this.#writer.close(start);
	}

	#value(field: FieldShape, depth: number): void {
		switch (field.kind) {
			case 'message': {
				this.#writer.varint(field.tag);
				const start = this.#writer.open();
				this.message(field.message(), depth + 1);
				this.#writer.close(start);
				break;
			}
			case 'enum': {
				const number = this.#enumValue(field, field.values);
				if (number !== 0 || field.isInOneof) {
					this.#writer.varint(field.tag);
					this.#enumNumber(number);
				}
				break;
			}
			default:
				this.#scalar(field, field.type);
		}
	}

	#scalar(field: FieldShape, type: ScalarType): void {
		switch (type) {
			case 'bytes':
				this.#bytes(field);
				break;
			case 'string': {
				const text = this.#string(field, 'a string');
				if (text !== '' || field.isInOneof || field.repeated) {
					this.#writer.varint(field.tag);
					this.#writer.utf8(text);
				}
				break;
			}
			case 'bool': {
				const word = this.#scanner.word();
				if (word !== 'true' && word !== 'false') {
					throw this.#scanner.unexpected(`true or false for ${field.name}`);
				}
				if (word === 'true') {
					this.#writer.varint(field.tag);
					this.#writer.varint(1);
				}
				break;
			}
			default:
				this.#integer(field, type);
		}
	}

	#bytes(field: FieldShape): void {
		if (this.#encoding === 'base64') {
			this.#base64(field, this.#string(field, 'base64'));
		} else if (this.#scanner.peek() === '{') {
			this.#scanner.members((name) => {
				if (name !== 'base64') {
					throw new JsonMistake(`${field.name} is a text, or an object with "base64" alone`);
				}
				this.#base64(field, this.#string(field, 'base64'));
			});
		} else {
			const text = this.#string(field, 'a text');
			if (text !== '' || field.isInOneof || field.repeated) {
				this.#writer.varint(field.tag);
				this.#writer.utf8(text);
			}
		}
	}

	/** Either alphabet, padded or not; ends of lines are no part of it, as in Go. */
	#base64(field: FieldShape, given: string): void {
		const text = given.replace(LINE_ENDS, '');
		const padding = (STANDARD.exec(text) ?? FOR_URLS.exec(text))?.[1]?.length;
		const digits = text.length - (padding ?? 0);
		if (padding === undefined || digits % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) {
			throw new JsonMistake(`illegal base64 data in ${field.name}: ${shown(text)}`);
		}
		if (digits > 0 || field.isInOneof || field.repeated) {
			this.#writer.varint(field.tag);
			this.#writer.base64(text, Math.floor((digits * 3) / 4));
		}
	}

	/** A number or a string of one, of any spelling that is a whole number. */
	#integer(field: FieldShape, type: keyof typeof RANGES): void {
		const text = this.#scanner.peek() === '"' ? this.#scanner.string() : this.#scanner.number();
		if (text === null) {
			throw this.#scanner.unexpected(`a number for ${field.name}`);
		}
		const value = wholeNumber(text);
		const [lo, hi] = RANGES[type];
		if (value === null || value < lo || value >= hi) {
			throw new JsonMistake(`invalid value for ${type} field ${field.name}: ${shown(text)}`);
		}
		if (value === 0 && !field.isInOneof) {
			return;
		}
		this.#writer.varint(field.tag);
		if (typeof value === 'number' && value >= 0) {
			this.#writer.varint(value);
		} else {
			this.#writer.varint64(BigInt(value));
		}
	}

	#enumValue(field: FieldShape, values: EnumShape): number {
		if (this.#scanner.peek() === '"') {
			const name = this.#scanner.string();
			const number = values.numbers.get(name);
			if (number === undefined) {
				throw new JsonMistake(`unknown value ${shown(name)} for enum ${field.name}`);
			}
			return number;
		}
		const text = this.#scanner.number();
		const value = text === null ? null : wholeNumber(text);
		const [lo, hi] = RANGES.int32;
		if (value === null || value < lo || value >= hi) {
			throw new JsonMistake(`invalid value for enum ${field.name}: ${shown(text ?? this.#scanner.peek())}`);
		}
		return Number(value);
	}

	#enumNumber(number: number): void {
		if (number < 0) {
			this.#writer.varint64(BigInt(number));
		} else {
			this.#writer.varint(number);
		}
	}

	#string(field: FieldShape, what: string): string {
		this.#open(field, '"', what);
		return this.#scanner.string();
	}

	#open(field: FieldShape, character: string, what: string): void {
		if (this.#scanner.peek() !== character) {
			throw this.#scanner.unexpected(`${what} for ${field.name}`);
		}
	}
}

/** null: it is none. Exponents are for small numbers only: nobody needs 1e9 written so in 64 bits. */
function wholeNumber(text: string): number | bigint | null {
	if (DIGITS.test(text)) {
		return text.length <= SAFE_DIGITS ? Number(text) + 0 : text.length <= 21 ? BigInt(text) : null;
	}
	const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
	return Number.isSafeInteger(value) ? value + 0 : null;
}

function shown(text: string): string {
	return JSON.stringify(text.slice(0, SHOWN_CHARACTERS));
}
