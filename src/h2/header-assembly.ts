/**
 * Puts a header block together from HEADERS and CONTINUATION frames, bounded in bytes and frames (reliability.md 6.5, T9). A block in one
 * frame, which is the rule, never comes here. Used by adapters/h2-connection.ts.
 */

import { concatBytes } from '../base/bytes.ts';
import { H2_CONTINUATIONS_MAX, H2_HEADER_BLOCK_BYTES_MAX } from '../base/limits.ts';
import { H2_ERROR, H2ConnectionError } from './frames.ts';

export class HeaderAssembly {
	readonly streamId: number;
	/** The flags of the HEADERS frame, which says whether the stream ends. */
	readonly flags: number;
	readonly #parts: Uint8Array[] = [];
	#bytes = 0;

	constructor(streamId: number, flags: number) {
		this.streamId = streamId;
		this.flags = flags;
	}

	push(part: Uint8Array): void {
		this.#parts.push(part);
		this.#bytes += part.length;
		if (this.#parts.length > 1 + H2_CONTINUATIONS_MAX || this.#bytes > H2_HEADER_BLOCK_BYTES_MAX) {
			throw new H2ConnectionError(H2_ERROR.enhanceYourCalm, 'header_block_too_large');
		}
	}

	get block(): Uint8Array {
		return concatBytes(this.#parts);
	}
}
