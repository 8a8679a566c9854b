/**
 * When a request of HTTP/1.1 is handed on: of one connection one at a time, though node:http hands over all that have arrived, so that a connection has one
 * answer in the making; and of all connections so many in one go that what else the thread serves gets its turn. Used by client-http1.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { HTTP1_PIPELINED_MAX, READ_TURN_BYTES_MAX } from '../base/limits.ts';
import type { HeavyTurns } from './heavy-turns.ts';

interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
}

export interface Http1TurnsPorts {
	/** For the next turn, once this one has made enough answers. */
	readonly heavy: HeavyTurns;
	/** Its connection is cut off for what it has sent. */
	blame(socket: Socket): void;
}

/** The first is being answered, or waits for its turn; the others wait for it. */
type Line = Exchange[];

export class Http1Turns {
	readonly #handle: (request: IncomingMessage, response: ServerResponse) => void;
	readonly #ports: Http1TurnsPorts;
	readonly #lines = new WeakMap<Socket, Line>();
	/** First in their lines; they wait because this turn has made enough answers. */
	#ready: Exchange[] = [];
	#bytes = 0;
	#isTurnEnding = false;

	constructor(handle: (request: IncomingMessage, response: ServerResponse) => void, ports: Http1TurnsPorts) {
		this.#handle = handle;
		this.#ports = ports;
	}

	add(request: IncomingMessage, response: ServerResponse): void {
		const exchange = { request, response };
		const { socket } = request;
		if (socket.destroyed) {
			return;
		}
		const line = this.#lines.get(socket) ?? [];
		this.#lines.set(socket, line);
		if (line.length >= HTTP1_PIPELINED_MAX) {
			this.#ports.blame(socket);
			socket.destroy();
			return;
		}
		line.push(exchange);
		response.once('close', () => this.#next(socket, line, exchange));
		if (line.length === 1) {
			this.#begin(exchange);
		}
	}

	/** Whether an answer is still in the making there. */
	isBusy(socket: Socket): boolean {
		return (this.#lines.get(socket)?.length ?? 0) > 0;
	}

	/** Its answer has gone out, or its connection is gone. */
	#next(socket: Socket, line: Line, ended: Exchange): void {
		const isFirst = line[0] === ended;
		line.splice(line.indexOf(ended), 1);
		const [first] = line;
		if (isFirst && first !== undefined && !socket.destroyed) {
			this.#begin(first);
		}
	}

	#begin(exchange: Exchange): void {
		if (this.#bytes >= READ_TURN_BYTES_MAX || this.#ready.length > 0) {
			this.#ready.push(exchange);
		} else {
			this.#run(exchange);
		}
	}

	#run({ request, response }: Exchange): void {
		const { socket } = request;
		if (socket.destroyed) {
			return;
		}
		const before = socket.bytesWritten;
		this.#handle(request, response);
		this.#bytes += socket.bytesWritten - before;
		if (this.#bytes > 0 && !this.#isTurnEnding) {
			this.#isTurnEnding = true;
			this.#ports.heavy.add(() => this.#endTurn());
		}
	}

	#endTurn(): void {
		this.#isTurnEnding = false;
		this.#bytes = 0;
		const ready = this.#ready;
		this.#ready = [];
		let done = 0;
		while (done < ready.length && this.#bytes < READ_TURN_BYTES_MAX) {
			this.#run(ready[done] as Exchange);
			done += 1;
		}
		// Before those who came meanwhile.
		this.#ready = [...ready.slice(done), ...this.#ready];
	}
}
