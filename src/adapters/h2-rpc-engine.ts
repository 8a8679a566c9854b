/**
 * The rpc engine on HTTP/2: connections on sockets that the client listener hands over, their clocks, and one moment for all of them to
 * write. It knows gRPC's framing and no service. Used by client-front-end.ts.
 */
import type { Socket } from 'node:net';
import { wayOf } from '../api/http/access-guard.ts';
import type { AccessRules } from '../api/http/access-rules.ts';
import { H2_STREAMS_MAX, RPC_BUFFERED_BYTES_MAX } from '../base/limits.ts';
import { FrameWriter } from '../h2/frame-writer.ts';
import type { RpcServices } from '../ports/rpc-engine.ts';
import { makeH2Access, NO_ACCESS_RULES } from './h2-access.ts';
import { callerOf } from './h2-caller.ts';
import { H2Connection, type KeepAlive } from './h2-connection.ts';
import type { H2Outbox } from './h2-outbox.ts';
import { LargeAnswers } from './large-answers.ts';
import { CallLedger } from './rpc-call-ledger.ts';
import { SlowReaders } from './slow-readers.ts';

export interface RpcEngineOptions {
	/** One message of a request: max-request-bytes and room for the rest of it. */
	readonly messageBytesMax: number;
	/** max-concurrent-streams of the configuration; H2_STREAMS_MAX bounds it: etcd's default of 2^32-1 would let one connection hold any amount. */
	readonly maxConcurrentStreams: number;
	/** A unary call's request has to be here by then. */
	readonly readMilliseconds: number;
	/** A connection has to be agreed on by then. */
	readonly handshakeMilliseconds: number;
	/** --client-cert-auth: the common name of a caller's certificate says who he is. Default: it says nothing. */
	readonly namesByCertificate?: boolean;
	/** Default: etcd's. */
	readonly keepAlive?: KeepAlive | undefined;
	/** Default: whoever may connect may call. */
	readonly access?: AccessRules;
	/** Answers of all connections that are not taken: beyond, the slowest go. */
	readonly unsentMax?: number;
	/** Shared with what else answers on the thread. Default: its own. */
	readonly largeAnswers?: LargeAnswers;
	/** A connection is cut off for what it has sent. */
	readonly blame?: (socket: Socket) => void;
}

const KEEP_ALIVE: KeepAlive = { minTimeMs: 5_000, intervalMs: 2 * 3_600_000, timeoutMs: 20_000 };
const SWEEP_MILLISECONDS = 100;
const CLOSE_MILLISECONDS_MAX = 2_000;
/** A connection with answers to take that takes nothing for so long is cut off. */
const STALL_MILLISECONDS_MAX = 60_000;

export class H2RpcEngine {
	readonly #options: RpcEngineOptions;
	readonly #services: RpcServices;
	readonly #connections = new Set<H2Connection>();
	readonly #ledger = new CallLedger({ bufferedBytesMax: RPC_BUFFERED_BYTES_MAX });
	readonly #largeAnswers: LargeAnswers;
	readonly #writer = new FrameWriter((bytes) => Buffer.allocUnsafeSlow(bytes));
	readonly #timer: NodeJS.Timeout;
	readonly #slow: SlowReaders;
	/** With something to write, each once. */
	#waiting: H2Outbox[] = [];
	readonly #requestFlush = (outbox: H2Outbox): void => {
		if (this.#waiting.push(outbox) === 1) {
			queueMicrotask(this.#flush);
		}
	};
	readonly #flush = (): void => {
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const outbox of waiting) {
			outbox.flush();
		}
	};

	constructor(options: RpcEngineOptions, services: RpcServices) {
		this.#options = options;
		this.#services = services;
		this.#largeAnswers = options.largeAnswers ?? new LargeAnswers();
		this.#slow = new SlowReaders({
			stallMilliseconds: STALL_MILLISECONDS_MAX,
			...(options.unsentMax === undefined ? {} : { unsentMax: options.unsentMax }),
		});
		this.#timer = setInterval(() => this.#sweep(performance.now()), SWEEP_MILLISECONDS);
	}

	/** Takes over a socket whose first bytes, still unread, are HTTP/2's preface. */
	accept(socket: Socket): void {
		const { messageBytesMax, maxConcurrentStreams, readMilliseconds, handshakeMilliseconds, access, keepAlive = KEEP_ALIVE } = this.#options;
		const streamsMax = Math.min(maxConcurrentStreams, H2_STREAMS_MAX);
		const caller = callerOf(socket, this.#options.namesByCertificate === true);
		const connection = new H2Connection(
			{ messageBytesMax, streamsMax, readMilliseconds, handshakeMilliseconds, keepAlive },
			{
				socket,
				services: this.#services,
				ledger: this.#ledger,
				writer: this.#writer,
				access: access === undefined ? NO_ACCESS_RULES : makeH2Access(access, wayOf(socket)),
				caller,
				largeAnswers: this.#largeAnswers.of(caller.remoteAddress),
				requestFlush: this.#requestFlush,
				now: () => performance.now(),
				gone: () => this.#connections.delete(connection),
				broken: () => this.#options.blame?.(socket),
			},
		);
		this.#connections.add(connection);
	}

	/** Not at the end of the turn, as it does by itself: now. */
	flush(): void {
		this.#flush();
	}

	/** Connections take no new calls (GOAWAY) and end when theirs are answered. */
	stopAccepting(): void {
		for (const connection of this.#connections) {
			connection.finish();
		}
	}

	/** Bounded: what has not ended by then is cut off. */
	async close(): Promise<void> {
		this.stopAccepting();
		const ended = Promise.all([...this.#connections].map((connection) => connection.ended));
		const cut = setTimeout(() => {
			for (const connection of this.#connections) {
				connection.destroy();
			}
		}, CLOSE_MILLISECONDS_MAX);
		await ended;
		clearTimeout(cut);
		clearInterval(this.#timer);
	}

	/** For tests and metrics. */
	get load(): { readonly sessions: number; readonly reading: number; readonly timed: number; readonly bufferedBytes: number } {
		const { reading, timed, bufferedBytes } = this.#ledger;
		return { sessions: this.#connections.size, reading, timed, bufferedBytes };
	}

	#sweep(now: number): void {
		this.#ledger.sweep(now);
		for (const connection of this.#connections) {
			connection.sweep(now);
		}
		this.#slow.sweep(now, this.#connections);
	}
}
