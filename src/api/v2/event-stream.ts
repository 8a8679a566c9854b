/**
 * Server-sent events: a watch as a browser's EventSource reads it, or any script line by line (HTML standard, 9.2). Each event has its index as
 * its id, so that who has lost the connection says in Last-Event-ID what he has seen, and goes on behind it. Used by watch.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { V2WatchEvent } from '../../ports/v2-watches.ts';

/** A comment now and then: what never hears back from a client that has gone without a word keeps its connection for ever. */
const HEARTBEAT_MILLISECONDS = 15_000;
const HEARTBEAT = ': heartbeat\n\n';
const ID_MAX = 2n ** 63n;
const NEWLINE = 0x0a;

/** Whether the client names the type; what it thinks of others does not matter. */
export function wantsEventStream(request: IncomingMessage): boolean {
	const types = (request.headers.accept ?? '').split(',').map((type) => type.split(';')[0]?.trim().toLowerCase());
	return types.includes('text/event-stream');
}

/** The index of the last event that the client has seen; null: it says nothing. */
export function readLastEventId(request: IncomingMessage): bigint | null | 'bad' {
	const header = request.headers['last-event-id'];
	const text = typeof header === 'string' ? header.trim() : '';
	if (text === '') {
		return null;
	}
	return /^[0-9]{1,19}$/.test(text) && BigInt(text) < ID_MAX ? BigInt(text) : 'bad';
}

export class EventStream {
	readonly #response: ServerResponse;

	/** Its headers have been sent. */
	constructor(response: ServerResponse) {
		this.#response = response;
		const timer = setInterval(() => response.write(HEARTBEAT), HEARTBEAT_MILLISECONDS).unref();
		response.once('close', () => clearInterval(timer));
	}

	write({ index, action, json }: V2WatchEvent): boolean {
		// JSON has no newline but the one at its end.
		const end = json.at(-1) === NEWLINE ? json.length - 1 : json.length;
		const data = Buffer.from(json.buffer, json.byteOffset, end).toString('utf8');
		return this.#response.write(`id: ${index}\nevent: ${action}\ndata: ${data}\n\n`);
	}

	end(): void {
		this.#response.end();
	}
}
