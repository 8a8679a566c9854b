/**
 * From a connection's header blocks to request heads. A caller whose dynamic table is warm sends the same few bytes for each request of a
 * method, so the last blocks that changed nothing are kept with what they meant. Used by adapters/h2-requests.ts.
 */
import type { HeaderField } from './header-field.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { type RequestHead, readRequestHead } from './request-head.ts';

/** too_large: more fields than we take. In both cases later blocks can still be decoded. */
export type HeadOutcome = RequestHead | 'malformed' | 'too_large';

interface KnownBlock {
	readonly bytes: Uint8Array;
	readonly version: number;
	readonly head: HeadOutcome;
}

const KNOWN_MAX = 4;
const KNOWN_BYTES_MAX = 256;

export class RequestHeads {
	readonly #decoder = new HpackDecoder();
	readonly #known: KnownBlock[] = [];
	#oldest = 0;

	/** Throws H2ConnectionError if the block cannot be decoded. */
	read(bytes: Uint8Array, lo: number, hi: number): HeadOutcome {
		const version = this.#decoder.version;
		for (const known of this.#known) {
			if (known.version === version && isSame(known.bytes, bytes, lo, hi)) {
				return known.head;
			}
		}
		const fields = this.#decoder.decode(bytes, lo, hi);
		const head = fields === null ? 'too_large' : (readRequestHead(fields) ?? 'malformed');
		if (this.#decoder.version === version && hi - lo <= KNOWN_BYTES_MAX) {
			this.#known[this.#oldest] = { bytes: bytes.slice(lo, hi), version, head };
			this.#oldest = (this.#oldest + 1) % KNOWN_MAX;
		}
		return head;
	}

	/** Trailers, or a block that only has to be followed. Null: more than we take. */
	readFields(bytes: Uint8Array, lo: number, hi: number): readonly HeaderField[] | null {
		return this.#decoder.decode(bytes, lo, hi);
	}
}

function isSame(known: Uint8Array, bytes: Uint8Array, lo: number, hi: number): boolean {
	if (known.length !== hi - lo) {
		return false;
	}
	for (let i = 0; i < known.length; i++) {
		if (known[i] !== bytes[lo + i]) {
			return false;
		}
	}
	return true;
}
