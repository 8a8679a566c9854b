/**
 * Answers that callers do not take, over all connections of one server (reliability.md 6.5, T10 and T12). One connection's are bounded elsewhere; many that
 * each hold what one may would still fill the memory. While all of them together hold too much, those that take hardly anything are cut off, the largest
 * first; who takes its answers at any usual speed is not, however large they are. Used by client-http1.ts and h2-rpc-engine.ts.
 */
import type { Socket } from 'node:net';
import {
	CRAWLER_MILLISECONDS,
	CRAWLER_TAKES_PER_SECOND,
	SLOW_READER_BYTES_MIN,
	SLOW_READER_TAKES_PER_SECOND,
	UNSENT_BYTES_MAX,
} from '../base/limits.ts';

export interface Reader {
	readonly socket: Socket;
	/** Bytes of answers that it has not taken. */
	readonly unsent: number;
	/** Others of its address are not served until it has taken what it asked for. */
	readonly isInTheWay: boolean;
}

export interface SlowReaderOptions {
	readonly unsentMax?: number;
	/** A connection with something to take that takes nothing for so long is cut off, whatever the others hold. */
	readonly stallMilliseconds: number;
}

/** What was seen of a connection that had something to take. */
interface Mark {
	at: number;
	taken: number;
	/** When it last took anything. */
	movedAt: number;
	/** Since when it has taken next to nothing at each look. */
	crawlsSince: number;
	/** It had much to take at the last two looks, and took hardly anything. */
	isSlow: boolean;
}

const LOOK_MILLISECONDS = 250;

export class SlowReaders {
	readonly #options: SlowReaderOptions;
	readonly #marks = new WeakMap<Socket, Mark>();
	#lookedAt = Number.NEGATIVE_INFINITY;

	constructor(options: SlowReaderOptions) {
		this.#options = options;
	}

	sweep(now: number, readers: Iterable<Reader>): void {
		if (now - this.#lookedAt < LOOK_MILLISECONDS) {
			return;
		}
		this.#lookedAt = now;
		const slow: { readonly socket: Socket; readonly unsent: number }[] = [];
		let total = 0;
		for (const { socket, unsent, isInTheWay } of readers) {
			if (unsent === 0) {
				this.#marks.delete(socket);
				continue;
			}
			total += unsent;
			const mark = this.#look(socket, unsent, now);
			const isCrawling = isInTheWay && now - mark.crawlsSince >= CRAWLER_MILLISECONDS;
			if (isCrawling || now - mark.movedAt > this.#options.stallMilliseconds) {
				socket.destroy();
				total -= unsent;
			} else if (mark.isSlow) {
				slow.push({ socket, unsent });
			}
		}
		this.#cut(slow, total);
	}

	#look(socket: Socket, unsent: number, now: number): Mark {
		// What the kernel has taken: all that was written less what waits here.
		const taken = socket.bytesWritten - socket.writableLength;
		const mark = this.#marks.get(socket);
		if (mark === undefined) {
			const fresh = { at: now, taken, movedAt: now, crawlsSince: now, isSlow: false };
			this.#marks.set(socket, fresh);
			return fresh;
		}
		const seconds = (now - mark.at) / 1_000;
		mark.isSlow = unsent >= SLOW_READER_BYTES_MIN && taken - mark.taken < SLOW_READER_TAKES_PER_SECOND * seconds;
		mark.crawlsSince = taken - mark.taken < CRAWLER_TAKES_PER_SECOND * seconds ? mark.crawlsSince : now;
		mark.movedAt = taken === mark.taken ? mark.movedAt : now;
		mark.at = now;
		mark.taken = taken;
		return mark;
	}

	#cut(slow: { readonly socket: Socket; readonly unsent: number }[], total: number): void {
		const max = this.#options.unsentMax ?? UNSENT_BYTES_MAX;
		if (total <= max) {
			return;
		}
		slow.sort((a, b) => b.unsent - a.unsent);
		let left = total;
		for (const { socket, unsent } of slow) {
			if (left <= max) {
				break;
			}
			socket.destroy();
			left -= unsent;
		}
	}
}
