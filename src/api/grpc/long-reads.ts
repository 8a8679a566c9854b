/**
 * The reads of one lane that go on over many turns of its thread, a page each, in rounds: other work comes between any two pages, however many
 * such reads there are. Used by range-call.ts and range-stream.ts; small reads: read-turns.ts.
 */
import { assert } from '../../base/assert.ts';
import { READS_DEFERRED_MAX } from '../../base/limits.ts';
import type { ServicePorts } from './service-context.ts';

export interface LongRead {
	/** Does a page. False: it is over, or it waits and is added again when it can go on. */
	page(): boolean;
	/** It may not begin yet; looked at again later. */
	readonly mustWait: boolean;
}

/** Until reads are looked at again that must wait. */
const WAIT_MILLISECONDS = 10;

export class LongReads {
	readonly #later: ServicePorts['later'];
	readonly #activeMax: number;
	#active: LongRead[] = [];
	#waiting: LongRead[] = [];
	#isScheduled = false;

	/** activeMax: so many go on at a time. */
	constructor(later: ServicePorts['later'], activeMax: number) {
		assert(activeMax > 0, 'no read would ever go on');
		this.#later = later;
		this.#activeMax = activeMax;
	}

	/** False: too many wait already. */
	add(read: LongRead): boolean {
		if (this.#waiting.length >= READS_DEFERRED_MAX) {
			return false;
		}
		this.#waiting.push(read);
		this.#schedule(0);
		return true;
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
		const read = this.#active.shift();
		if (read?.page() === true) {
			this.#active.push(read);
		}
		if (this.#active.length > 0) {
			this.#schedule(0);
		} else if (this.#waiting.length > 0) {
			this.#schedule(WAIT_MILLISECONDS);
		}
	}

	/** Oldest first, but for those that must wait. */
	#begin(): void {
		if (this.#waiting.length === 0 || this.#active.length >= this.#activeMax) {
			return;
		}
		const waiting: LongRead[] = [];
		for (const read of this.#waiting) {
			if (this.#active.length < this.#activeMax && !read.mustWait) {
				this.#active.push(read);
			} else {
				waiting.push(read);
			}
		}
		this.#waiting = waiting;
	}
}
