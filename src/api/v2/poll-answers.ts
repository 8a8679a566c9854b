/**
 * The answers of long polls, when one write wakes thousands of them. What node:http does at the end of an answer costs twice what sending the
 * bytes does, so beyond a few at a time the bytes of the last chunk go out first, the same for all, and the ends follow when nobody is left to
 * be woken: 8 to 12 us of CPU until all are, instead of 25 to 33 for each (seen on a busy machine of 2 cores). Used by watch.ts.
 */
import type { ServerResponse } from 'node:http';
import type { V2WatchEvent } from '../../ports/v2-watches.ts';

/** So many are ended as they come. */
const AT_ONCE = 64;
/** Ends wait while others are woken, but not for longer than this in all; and are made so many at a time. */
const REST_MILLISECONDS = 5;
const RESTS_MAX = 50;
const ENDS_A_TURN = 500;

export class PollAnswers {
	/** Answered, and not ended for node:http. Bounded by the watchers of a lane. */
	#sent: ServerResponse[] = [];
	readonly #chunks = new WeakMap<V2WatchEvent, Buffer>();
	#answered = 0;
	#isResting = false;
	#rests = 0;

	/** The headers have been sent. */
	answer(response: ServerResponse, event: V2WatchEvent): void {
		this.#answered += 1;
		this.#rest();
		const { socket } = response;
		// Without a socket it waits for another answer of its connection; an HTTP/1.0 client gets no chunks.
		if (this.#answered <= AT_ONCE || socket === null || !response.chunkedEncoding) {
			response.end(event.json);
			return;
		}
		socket.write(this.#lastChunk(event));
		this.#sent.push(response);
	}

	/** The event as a chunk, and the mark of the end (RFC 9112, 7.1). */
	#lastChunk(event: V2WatchEvent): Buffer {
		const known = this.#chunks.get(event);
		if (known !== undefined) {
			return known;
		}
		const { json } = event;
		const chunk = Buffer.concat([Buffer.from(`${json.length.toString(16)}\r\n`), json, Buffer.from('\r\n0\r\n\r\n')]);
		this.#chunks.set(event, chunk);
		return chunk;
	}

	#rest(): void {
		if (!this.#isResting) {
			this.#isResting = true;
			setTimeout(() => this.#wake(), REST_MILLISECONDS);
		}
	}

	#wake(): void {
		this.#isResting = false;
		const isBusy = this.#answered > 0 && this.#sent.length > 0 && this.#rests < RESTS_MAX;
		this.#answered = 0;
		if (isBusy) {
			this.#rests += 1;
			this.#rest();
		} else {
			this.#rests = 0;
			this.#endSome();
		}
	}

	#endSome(): void {
		for (const response of this.#sent.splice(0, ENDS_A_TURN)) {
			// The mark of the end is out, so that node:http has nothing to add.
			response.chunkedEncoding = false;
			response.end();
		}
		if (this.#sent.length > 0) {
			setImmediate(() => this.#endSome());
		}
	}
}
