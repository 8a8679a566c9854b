/**
 * The reads of one lane that go on over many turns of its thread, a page each, in rounds over their connections: other work comes between any two pages,
 * however many such reads there are. Used by range-call.ts and range-stream.ts; small reads: read-turns.ts.
 */
import { networkOf } from '../../base/address-network.ts';
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

/** With its address as it counts: those that wait are looked at again and again. */
interface Entry {
	readonly connection: object;
	readonly network: string;
	readonly read: LongRead;
}

/** Until reads are looked at again that must wait. */
const WAIT_MILLISECONDS = 10;

export class LongReads {
	readonly #later: ServicePorts['later'];
	readonly #max: LongReadsMax;
	readonly #active = new ConnectionLines<Entry>();
	readonly #waiting = new ConnectionLines<Entry>();
	/** How many go on, by connection and by address, of IPv6 by network; those with none are left out. */
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
		this.#waiting.add(entryOf(read));
		this.#schedule(0);
		return true;
	}

	/** It would go on in the next turn. */
	isFreeFor(read: LongRead): boolean {
		return this.#waiting.size === 0 && this.#mayBegin(entryOf(read));
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
		const entry = this.#active.take(() => true);
		if (entry !== null) {
			this.#page(entry);
		}
		if (this.#active.size > 0) {
			this.#schedule(0);
		} else if (this.#waiting.size > 0) {
			this.#schedule(WAIT_MILLISECONDS);
		}
	}

	#page(entry: Entry): void {
		if (entry.read.page()) {
			this.#active.add(entry);
		} else {
			this.#count(entry.connection, -1);
			this.#count(entry.network, -1);
		}
	}

	/** In each line oldest first. */
	#begin(): void {
		for (const { read } of this.#waiting.takeOver((entry) => entry.read.isOver)) {
			assert(!read.page(), 'a read that is over goes on');
		}
		for (let entry = this.#next(); entry !== null; entry = this.#next()) {
			this.#count(entry.connection, 1);
			this.#count(entry.network, 1);
			this.#active.add(entry);
		}
	}

	#next(): Entry | null {
		return this.#active.size < this.#max.all ? this.#waiting.take((entry) => this.#mayBegin(entry)) : null;
	}

	#mayBegin({ connection, network, read }: Entry): boolean {
		const { all, ofConnection, ofAddress } = this.#max;
		return this.#active.size < all && this.#goingOf(connection) < ofConnection && this.#goingOf(network) < ofAddress && !read.mustWait;
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

function entryOf(read: LongRead): Entry {
	return { connection: read.connection, network: networkOf(read.remoteAddress), read };
}
