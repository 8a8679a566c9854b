/** A stream whose caller is not known yet: what he says meanwhile is kept, and said to the method when it opens. Used by guard.ts. */
import type { Identity } from '../../auth/identity.ts';
import { CODES } from '../../base/codes.ts';
import type { RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';

const MESSAGES_MAX = 1_024;
const BYTES_MAX = 2 ** 20;

export function openLate(
	stream: RpcStream,
	identify: (done: (found: Identity | number) => void) => void,
	serve: (stream: RpcStream, found: Identity | number) => RpcStreamEvents,
): RpcStreamEvents {
	const late = new LateStream(stream);
	identify((found) => late.begin(() => serve(stream, found)));
	return late;
}

class LateStream implements RpcStreamEvents {
	readonly #stream: RpcStream;
	#events: RpcStreamEvents | null = null;
	#messages: Uint8Array[] = [];
	#bytes = 0;
	#isHalfClosed = false;
	#isOver = false;

	constructor(stream: RpcStream) {
		this.#stream = stream;
	}

	begin(open: () => RpcStreamEvents): void {
		if (this.#isOver) {
			return;
		}
		const events = open();
		this.#events = events;
		for (const message of this.#messages.splice(0)) {
			events.message(message);
		}
		if (this.#isHalfClosed) {
			events.halfClosed();
		}
	}

	message(bytes: Uint8Array): void {
		if (this.#events !== null) {
			this.#events.message(bytes);
			return;
		}
		this.#bytes += bytes.length;
		if (this.#messages.length < MESSAGES_MAX && this.#bytes <= BYTES_MAX) {
			this.#messages.push(bytes);
		} else if (!this.#isOver) {
			this.#isOver = true;
			this.#messages = [];
			this.#stream.end(CODES.too_many_requests.grpc, CODES.too_many_requests.text);
		}
	}

	halfClosed(): void {
		this.#isHalfClosed = true;
		this.#events?.halfClosed();
	}

	drained(): void {
		this.#events?.drained();
	}

	canceled(): void {
		this.#isOver = true;
		this.#events?.canceled();
	}
}
