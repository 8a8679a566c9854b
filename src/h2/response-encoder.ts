/**
 * The header blocks of gRPC answers for one connection (RFC 7541). Two fields are put in the caller's dynamic table once, with the first
 * answers: `content-type` and `grpc-status: 0`; from then on an answer's two blocks are three bytes. All else is sent as literals that are
 * not indexed. Blocks must go out in the order in which they were made here. Used by adapters/h2-response.ts.
 */
import { concatBytes } from '../base/bytes.ts';
import { PEER_SETTINGS_DEFAULT } from './peer-settings.ts';

const CONTENT_TYPE = 'application/grpc';
/** Indices of names in the static table, and of the whole field `:status: 200`. */
const STATIC = { status: 8, contentType: 31 } as const;
const STATUS_200 = 0x88;
/** The index of the newest field in the dynamic table. */
const NEWEST = 62;
/** Two fields of 32 bytes and their letters: less room than this, and nothing is put there. */
const INDEXED_BYTES = 2 * 32 + 'content-type'.length + CONTENT_TYPE.length + 'grpc-status'.length + 1;

const encoder = new TextEncoder();
const WITH_INDEXING = { bit: 0x40, prefixBits: 6 } as const;
const WITHOUT_INDEXING = { bit: 0, prefixBits: 4 } as const;
type Representation = typeof WITH_INDEXING | typeof WITHOUT_INDEXING;

const FIRST_HEAD = concatBytes([new Uint8Array([STATUS_200]), literal(STATIC.contentType, CONTENT_TYPE, WITH_INDEXING)]);
const PLAIN_HEAD = concatBytes([new Uint8Array([STATUS_200]), literal(STATIC.contentType, CONTENT_TYPE, WITHOUT_INDEXING)]);
const FIRST_OK = literal('grpc-status', '0', WITH_INDEXING);
const PLAIN_OK = literal('grpc-status', '0', WITHOUT_INDEXING);
/** By how many fields were inserted: content-type is the first one, status the second. */
const NEXT_HEADS = [FIRST_HEAD, new Uint8Array([STATUS_200, 0x80 | NEWEST]), new Uint8Array([STATUS_200, 0x80 | (NEWEST + 1)])] as const;
const NEXT_OK = new Uint8Array([0x80 | NEWEST]);

export class ResponseEncoder {
	#tableBytes = PEER_SETTINGS_DEFAULT.headerTableBytes;
	#isIndexing = true;
	#inserted: 0 | 1 | 2 = 0;
	/** A smaller table has to be confirmed at the start of the next block (RFC 7541, 4.2). */
	#resize: Uint8Array | null = null;

	/** The caller's SETTINGS_HEADER_TABLE_SIZE. We never use more than the default, and never again more than the least we were given. */
	limitTable(bytes: number): void {
		if (bytes < this.#tableBytes) {
			this.#tableBytes = bytes;
			this.#resize = integer(0x20, 5, bytes);
			this.#isIndexing &&= bytes >= INDEXED_BYTES;
		}
	}

	/** `:status: 200` and the content type. */
	head(): Uint8Array {
		if (!this.#isIndexing) {
			return this.#resized(PLAIN_HEAD);
		}
		const block = NEXT_HEADS[this.#inserted];
		this.#inserted = this.#inserted === 0 ? 1 : this.#inserted;
		return this.#resized(block);
	}

	/** The trailers of a call that went well. */
	okTrailers(): Uint8Array {
		// Before the content type has been inserted the numbers above would not hold; a head always goes first.
		if (!this.#isIndexing || this.#inserted === 0) {
			return this.#resized(PLAIN_OK);
		}
		const block = this.#inserted === 1 ? FIRST_OK : NEXT_OK;
		this.#inserted = 2;
		return this.#resized(block);
	}

	/** message: percent-encoded. */
	trailers(status: number, message: string): Uint8Array {
		const parts = [literal('grpc-status', String(status), WITHOUT_INDEXING)];
		if (message !== '') {
			parts.push(literal('grpc-message', message, WITHOUT_INDEXING));
		}
		return this.#resized(concatBytes(parts));
	}

	/** An answer without a message: head and trailers in one block. */
	trailersOnly(httpStatus: number, status: number, message: string): Uint8Array {
		const head =
			httpStatus === 200
				? PLAIN_HEAD
				: concatBytes([literal(STATIC.status, String(httpStatus), WITHOUT_INDEXING), literal(STATIC.contentType, CONTENT_TYPE, WITHOUT_INDEXING)]);
		const prefix = this.#resized(head);
		return concatBytes([prefix, this.trailers(status, message)]);
	}

	#resized(block: Uint8Array): Uint8Array {
		if (this.#resize === null) {
			return block;
		}
		const whole = concatBytes([this.#resize, block]);
		this.#resize = null;
		return whole;
	}
}

/** name: an index of the static table, or the name itself. Text must be ASCII. */
function literal(name: number | string, value: string, { bit, prefixBits }: Representation): Uint8Array {
	const head = integer(bit, prefixBits, typeof name === 'number' ? name : 0);
	return typeof name === 'number' ? concatBytes([head, string(value)]) : concatBytes([head, string(name), string(value)]);
}

function string(text: string): Uint8Array {
	const bytes = encoder.encode(text);
	return concatBytes([integer(0, 7, bytes.length), bytes]);
}

/** RFC 7541, 5.1. */
function integer(bits: number, prefixBits: number, value: number): Uint8Array {
	const most = 2 ** prefixBits - 1;
	if (value < most) {
		return new Uint8Array([bits | value]);
	}
	const bytes = [bits | most];
	let rest = value - most;
	for (; rest >= 128; rest = Math.floor(rest / 128)) {
		bytes.push((rest % 128) | 128);
	}
	bytes.push(rest);
	return new Uint8Array(bytes);
}
