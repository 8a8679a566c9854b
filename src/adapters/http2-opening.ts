/**
 * The first frames of an HTTP/2 connection, looked through before node:http2 gets them, for the one repair that it would not let us make
 * later: hpack-authority.ts. Some callers send nothing but settings until they have the server's, so the opening sends an empty SETTINGS
 * frame of its own and takes its acknowledgement out of what is handed on; node:http2's own settings follow. From then on no byte of the
 * connection passes here. Used by client-sniffer.ts.
 */
import { concatBytes } from '../base/bytes.ts';
import { repairAuthority } from './hpack-authority.ts';

export const EMPTY_SETTINGS: Uint8Array = new Uint8Array([0, 0, 0, 4, 0, 0, 0, 0, 0]);

const PREFACE_BYTES = 24;
const FRAME_HEAD_BYTES = 9;
/** Before it has read any settings of ours a caller may send one window of data, and its headers. */
const HELD_BYTES_MAX = 256 * 2 ** 10;
const TYPE = { headers: 1, settings: 4, ping: 6 } as const;
const FLAG = { ack: 0x1, padded: 0x8, priority: 0x20 } as const;

/** wait: for more bytes, ask: send EMPTY_SETTINGS first; done: hand the bytes on; flooded: end the connection. */
export type OpeningStep = 'wait' | 'ask' | 'done' | 'flooded';

export class Http2Opening {
	/** From the preface on, complete frames looked through up to #at. */
	#bytes: Uint8Array = new Uint8Array(0);
	#at = PREFACE_BYTES;
	#asked = false;
	#acknowledged = false;
	/** A request has been seen, or something that node:http2 has to answer soon. */
	#urgent = false;

	/** What is to be handed on. */
	get bytes(): Uint8Array {
		return this.#bytes;
	}

	/** Whether node:http2 could take over now: nothing of ours is still unanswered. */
	get isSettled(): boolean {
		return this.#asked === this.#acknowledged;
	}

	push(bytes: Uint8Array): OpeningStep {
		this.#bytes = this.#bytes.length === 0 ? bytes : concatBytes([this.#bytes, bytes]);
		if (this.#bytes.length > HELD_BYTES_MAX) {
			return 'flooded';
		}
		while (this.#next()) {}
		if (this.#urgent && this.isSettled) {
			return 'done';
		}
		if (!this.#asked && !this.#urgent) {
			this.#asked = true;
			return 'ask';
		}
		return 'wait';
	}

	/** Looks at one frame; false: there is no further whole one. */
	#next(): boolean {
		const head = this.#at;
		const bytes = this.#bytes;
		if (bytes.length < head + FRAME_HEAD_BYTES) {
			return false;
		}
		const length = ((bytes[head] as number) << 16) | ((bytes[head + 1] as number) << 8) | (bytes[head + 2] as number);
		const type = bytes[head + 3] as number;
		const flags = bytes[head + 4] as number;
		const end = head + FRAME_HEAD_BYTES + length;
		if (end > bytes.length) {
			return false;
		}
		this.#at = end;
		if (type === TYPE.settings && (flags & FLAG.ack) !== 0 && this.#asked && !this.#acknowledged) {
			this.#acknowledged = true;
			this.#bytes = concatBytes([bytes.subarray(0, head), bytes.subarray(end)]);
			this.#at = head;
		} else if (type === TYPE.headers) {
			this.#urgent = true;
			repairAuthority(headerBlock(bytes.subarray(head + FRAME_HEAD_BYTES, end), flags));
		} else if (type === TYPE.ping) {
			this.#urgent = true;
		}
		return true;
	}
}

/** Without padding and priority. Of a block that goes on in CONTINUATION frames this is the beginning, where :authority is. */
function headerBlock(payload: Uint8Array, flags: number): Uint8Array {
	const padding = (flags & FLAG.padded) !== 0 ? (payload[0] ?? 0) : 0;
	const start = ((flags & FLAG.padded) !== 0 ? 1 : 0) + ((flags & FLAG.priority) !== 0 ? 5 : 0);
	return payload.subarray(start, Math.max(start, payload.length - padding));
}
