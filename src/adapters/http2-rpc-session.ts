/**
 * What is kept for one HTTP/2 connection: how much it has not taken of its answers, whether it moves at all, and how often it pings.
 * Made by http2-rpc-engine.ts.
 */
import { constants, type ServerHttp2Session } from 'node:http2';
import type { CallWatcher, Http2RpcCall } from './http2-rpc-call.ts';
import type { CallLedger } from './rpc-call-ledger.ts';

/** Past this a connection's new calls are refused: it asks for more than it takes. */
const UNSENT_BYTES_MAX = 64 * 2 ** 20;
/** A connection with answers to take that takes nothing for so long is cut off. */
const STALL_MILLISECONDS_MAX = 60_000;
/** As grpc-go, and so etcd: pings closer than this, with nothing sent in between, are strikes (reference/etcd-surface.md 7.9). */
const PING_MILLISECONDS_MIN = 5_000;
const PING_STRIKES_MAX = 2;

export class Http2RpcSession implements CallWatcher {
	/** Resolves when the connection is gone. */
	readonly ended: Promise<void>;
	readonly #session: ServerHttp2Session;
	readonly #ledger: CallLedger;
	#unsent = 0;
	#movedAt: number | null = null;
	#bytesWritten = 0;
	#pingedAt = Number.NEGATIVE_INFINITY;
	#strikes = 0;

	constructor(session: ServerHttp2Session, ledger: CallLedger, gone: () => void) {
		this.#ledger = ledger;
		this.#session = session;
		this.ended = new Promise((resolve) => {
			session.once('close', () => {
				gone();
				resolve();
			});
		});
		session.on('ping', () => this.#onPing(performance.now()));
	}

	get isClogged(): boolean {
		return this.#unsent > UNSENT_BYTES_MAX;
	}

	requestRead(call: Http2RpcCall): void {
		this.#ledger.requestRead(call);
	}

	bufferedChanged(bytes: number): boolean {
		return this.#ledger.bufferedChanged(bytes);
	}

	closed(call: Http2RpcCall): void {
		this.#ledger.closed(call);
	}

	unsentChanged(bytes: number): void {
		this.#unsent += bytes;
		if (bytes < 0) {
			this.#movedAt = null;
		}
	}

	/** Something was sent, so that the caller has a reason to measure the way with a ping. */
	answered(): void {
		this.#strikes = 0;
		this.#pingedAt = Number.NEGATIVE_INFINITY;
	}

	finish(): void {
		if (!this.#session.closed && !this.#session.destroyed) {
			this.#session.close();
		}
	}

	destroy(): void {
		this.#session.destroy();
	}

	sweep(now: number): void {
		if (this.#unsent === 0 || this.#session.destroyed) {
			this.#movedAt = null;
			return;
		}
		const { bytesWritten } = this.#session.socket;
		if (this.#movedAt === null || bytesWritten !== this.#bytesWritten) {
			this.#movedAt = now;
			this.#bytesWritten = bytesWritten;
		} else if (now - this.#movedAt > STALL_MILLISECONDS_MAX) {
			this.destroy();
		}
	}

	#onPing(now: number): void {
		if (now - this.#pingedAt < PING_MILLISECONDS_MIN) {
			this.#strikes += 1;
		}
		this.#pingedAt = now;
		if (this.#strikes > PING_STRIKES_MAX && !this.#session.destroyed) {
			this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
			this.#session.close();
		}
	}
}
