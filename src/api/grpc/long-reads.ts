/**
 * The reads of one lane that go on over many turns of its thread, a page each, in rounds over their connections: other work comes between any two pages,
 * however many such reads there are. Used by range-call.ts and range-stream.ts; small reads: read-turns.ts.
 */
import { assert } from '../../base/assert.ts';
import { READS_DEFERRED_MAX } from '../../base/limits.ts';
import { ConnectionLines } from './connection-lines.ts';
import type { ServicePorts } from './service-context.ts';

export interface LongRead {
	/** Whose it is. */
	readonly connection: object;
	readonly remoteAddress: string;
	/** Does a page. False: it is over, or it waits and is added again when it can go on. */
	page(): boolean;
	/** Nobody wants it any more: its page lets go of what it has, and does nothing else. */
	readonly isOver: boolean;
	/** It may not begin yet; looked at again later. */
	readonly mustWait: boolean;
}

/** So many go on at a time. */
export interface LongReadsMax {
	readonly all: number;
	readonly ofConnection: number;
	readonly ofAddress: number;
}

/** Until reads are looked at again that must wait. */
const WAIT_MILLISECONDS = 10;

export class LongReads {
	readonly #later: ServicePorts['later'];
	readonly #max: LongReadsMax;
	readonly #active = new ConnectionLines<LongRead>();
	readonly #waiting = new ConnectionLines<LongRead>();
	/** How many go on, by connection and by address; those with none are left out. */
	readonly #going = new Map<object | string, number>();
	#isScheduled = false;

	constructor(later: ServicePorts['later'], max: LongReadsMax) {
		assert(Math.min(max.all, max.ofConnection, max.ofAddress) > 0, 'no read would ever go on');
		this.#later = later;
		this.#max = max;
	}

	/** False: too many wait already. */
	add(read: LongRead): boolean {
		if (this.#waiting.size >= READS_DEFERRED_MAX) {
			return false;
		}
		this.#waiting.add(read);
		this.#schedule(0);
		return true;
	}

	/** It would go on in the next turn. */
	isFreeFor(read: LongRead): boolean {
		return this.#waiting.size === 0 && this.#mayBegin(read);
	}

	/** Reads of that connection that have not begun. */
	waitingOf(connection: object): number {
		return this.#waiting.countOf(connection);
	}

	#schedule(milliseconds: number): void {
		if (!this.#isScheduled) {
			this.#isScheduled = true;
			this.#later(milliseconds, () => this.#turn());
		}
	}

	#turn(): void {
		this.#isScheduled = false;
		this.#begin();
		const read = this.#active.take(() => true);
		if (read !== null) {
			this.#page(read);
		}
		if (this.#active.size > 0) {
			this.#schedule(0);
		} else if (this.#waiting.size > 0) {
			this.#schedule(WAIT_MILLISECONDS);
		}
	}

	#page(read: LongRead): void {
		if (read.page()) {
			this.#active.add(read);
		} else {
			this.#count(read.connection, -1);
			this.#count(read.remoteAddress, -1);
		}
	}

	/** In each line oldest first. */
	#begin(): void {
		for (const read of this.#waiting.takeOver(({ isOver }) => isOver)) {
			assert(!read.page(), 'a read that is over goes on');
		}
		for (let read = this.#next(); read !== null; read = this.#next()) {
			this.#count(read.connection, 1);
			this.#count(read.remoteAddress, 1);
			this.#active.add(read);
		}
	}

	#next(): LongRead | null {
		return this.#active.size < this.#max.all ? this.#waiting.take((read) => this.#mayBegin(read)) : null;
	}

	#mayBegin({ connection, remoteAddress, mustWait }: LongRead): boolean {
		const { all, ofConnection, ofAddress } = this.#max;
		return this.#active.size < all && this.#goingOf(connection) < ofConnection && this.#goingOf(remoteAddress) < ofAddress && !mustWait;
	}

	#goingOf(whose: object | string): number {
		return this.#going.get(whose) ?? 0;
	}

	#count(whose: object | string, more: number): void {
		const count = this.#goingOf(whose) + more;
		assert(count >= 0, 'more reads have ended than begun');
		if (count === 0) {
			this.#going.delete(whose);
		} else {
			this.#going.set(whose, count);
		}
	}
}
