/**
 * ReadIndex (thesis 6.4), in rounds: the reads of one turn share the heartbeats that leave in it, and a read never joins a round whose
 * heartbeats have left, since their answers may have been given before it arrived (etcd issue 20418). Each round has a number of its own,
 * never used again in this process, and an answer to a later round answers all earlier ones.
 */
import { assert } from '../base/assert.ts';
import type { Index, RequestId, Slot } from '../base/brand.ts';
import { READS_PENDING_MAX } from '../base/limits.ts';
import { Fifo } from './fifo.ts';

/** A read of our own clients, or of another member's. */
export type ReadAsk =
	| { readonly origin: 'local'; readonly requestId: RequestId }
	| { readonly origin: 'remote'; readonly from: Slot; readonly context: number };

interface Round {
	readonly context: number;
	/** The commit index when the round began: the read waits until this is applied. */
	readonly index: Index;
	readonly asks: readonly ReadAsk[];
}

export class ReadQueue {
	#waiting: ReadAsk[] = [];
	readonly #rounds = new Fifo<Round>();
	#count = 0;
	#newest = 0;

	/** The newest round that is still open, or 0: heartbeats repeat it, in case its own were lost. */
	get openContext(): number {
		return this.#rounds.length === 0 ? 0 : this.#newest;
	}

	/** The newest round ever begun: an answer to a later one is not an answer. */
	get newestContext(): number {
		return this.#newest;
	}

	get hasWaiting(): boolean {
		return this.#waiting.length > 0;
	}

	/** False if too many reads wait already. */
	add(ask: ReadAsk): boolean {
		if (this.#count >= READS_PENDING_MAX) {
			return false;
		}
		this.#waiting.push(ask);
		this.#count++;
		return true;
	}

	/** All that wait form a round; its heartbeats leave now. */
	begin(context: number, index: Index): void {
		assert(context > this.#newest, () => `read round ${context} after ${this.#newest}`);
		assert(this.#waiting.length > 0, 'a read round without a read');
		this.#rounds.push({ context, index, asks: this.#waiting });
		this.#waiting = [];
		this.#newest = context;
	}

	/** A quorum has answered this round: it and all before it are confirmed. */
	confirm(context: number, visit: (ask: ReadAsk, index: Index) => void): void {
		for (let round = this.#rounds.peek(); round !== null && round.context <= context; round = this.#rounds.peek()) {
			this.#rounds.shift();
			this.#count -= round.asks.length;
			for (const ask of round.asks) {
				visit(ask, round.index);
			}
		}
	}

	/** Empties the queue: this member leads no longer. */
	drop(visit: (ask: ReadAsk) => void): void {
		this.#rounds.forEach((round) => {
			round.asks.forEach(visit);
		});
		this.#rounds.clear();
		this.#waiting.forEach(visit);
		this.#waiting = [];
		this.#count = 0;
	}
}
