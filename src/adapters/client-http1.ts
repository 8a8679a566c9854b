/**
 * The HTTP/1.1 server of the client port: limits and life, no routes. Its connections come from client-sniffer.ts, not from a listener
 * of its own. Used by client-front-end.ts.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TakeUpgrade } from '../api/gateway/websocket-bridge.ts';
import { HeavyTurns } from './heavy-turns.ts';
import { Http1Turns } from './http1-turns.ts';
import { isWebSocketUpgrade, responseFor } from './http1-upgrades.ts';
import { type Reader, SlowReaders } from './slow-readers.ts';

/** reliability.md 6.5, T7 and T10. A request's body has to be here by requestMilliseconds; long polls answer late and are not touched by it. */
export interface Http1Options {
	readonly headersMilliseconds: number;
	readonly requestMilliseconds: number;
	/** A connection that takes nothing of its answers for so long is cut off. */
	readonly stallMilliseconds?: number;
	/** Answers of all connections that are not taken: beyond, the slowest go. */
	readonly unsentMax?: number;
	/** Shared by all that is heavy on the thread. */
	readonly heavy?: HeavyTurns;
	/** A connection is cut off for what it has sent. */
	readonly blame?: (socket: Socket) => void;
	/** Whether others of its address wait for what a connection takes. Default: nobody does. */
	readonly isInTheWay?: (socket: Socket) => boolean;
	/** Of connections that would be WebSockets. Default: a request to be one is a request like any other. */
	readonly takeUpgrade?: TakeUpgrade | null;
}

const HEADER_BYTES_MAX = 16 * 2 ** 10;
const HEADERS_MAX = 100;
const KEEP_ALIVE_MILLISECONDS = 30_000;
const CLOSE_MILLISECONDS_MAX = 2_000;
const STALL_MILLISECONDS = 60_000;
const SWEEP_MILLISECONDS = 1_000;

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void;

export class ClientHttp1 {
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	readonly #slow: SlowReaders;
	readonly #isInTheWay: (socket: Socket) => boolean;
	readonly #timer: NodeJS.Timeout;
	#closing = false;

	constructor(options: Http1Options, handle: HttpHandler) {
		const { heavy = new HeavyTurns(), blame = () => {}, isInTheWay = () => false } = options;
		this.#isInTheWay = isInTheWay;
		const turns = new Http1Turns(handle, { heavy, blame });
		this.#server = createServer({
			maxHeaderSize: HEADER_BYTES_MAX,
			headersTimeout: options.headersMilliseconds,
			requestTimeout: options.requestMilliseconds,
			keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
			connectionsCheckingInterval: Math.min(1_000, options.headersMilliseconds),
			shouldUpgradeCallback: (request) => options.takeUpgrade != null && isWebSocketUpgrade(request),
		});
		this.#server.maxHeadersCount = HEADERS_MAX;
		this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
			response.shouldKeepAlive &&= !this.#closing;
			turns.add(request, response);
		});
		this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
			if (this.#closing || turns.isBusy(socket)) {
				socket.destroy();
			} else {
				options.takeUpgrade?.(request, responseFor(request), head);
			}
		});
		// A server that is fed its connections starts to enforce its time-outs only here (design section 9).
		this.#server.emit('listening');
		const { stallMilliseconds = STALL_MILLISECONDS, unsentMax } = options;
		this.#slow = new SlowReaders({ stallMilliseconds, ...(unsentMax === undefined ? {} : { unsentMax }) });
		this.#timer = setInterval(() => this.#slow.sweep(performance.now(), this.#readers()), Math.min(SWEEP_MILLISECONDS, stallMilliseconds));
	}

	get connections(): number {
		return this.#sockets.size;
	}

	accept(socket: Socket): void {
		this.#sockets.add(socket);
		socket.once('close', () => this.#sockets.delete(socket));
		this.#server.emit('connection', socket);
	}

	/** Idle connections end now, the others with their next answer. */
	stopAccepting(): void {
		this.#closing = true;
		this.#server.closeIdleConnections();
	}

	async close(): Promise<void> {
		this.stopAccepting();
		await new Promise<void>((resolve) => {
			const cut = setTimeout(() => this.#destroyAll(), CLOSE_MILLISECONDS_MAX);
			const look = (): void => {
				if (this.#sockets.size === 0) {
					clearTimeout(cut);
					resolve();
				}
			};
			for (const socket of this.#sockets) {
				socket.once('close', look);
			}
			look();
		});
		clearInterval(this.#timer);
		// Never listening, so that this only ends the server's timers; the error it reports says no more than that.
		this.#server.close(() => {});
	}

	*#readers(): Iterable<Reader> {
		for (const socket of this.#sockets) {
			yield { socket, unsent: socket.writableLength, isInTheWay: this.#isInTheWay(socket) };
		}
	}

	#destroyAll(): void {
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}
}
