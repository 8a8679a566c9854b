/**
 * Large answers that are on their way, by the address that asked for them: one that does not take them is made no more of them, on however many connections
 * it asks, until it has taken some or those that take next to nothing are cut off (slow-readers.ts). An IPv6 network is one address.
 * Used by h2-requests.ts and http1-loads.ts, over all connections of a front end.
 */
import { networkOf } from '../base/address-network.ts';
import { assert } from '../base/assert.ts';
import { LARGE_ANSWERS_ADDRESS_BYTES_MAX } from '../base/limits.ts';

interface Held {
	bytes: number;
	/** It was full when one more was asked for. */
	isWanted: boolean;
}

/** One address's; the connections of an address share it. */
export class LargeAnswersOf {
	readonly #all: Map<string, Held>;
	readonly #address: string;

	constructor(all: Map<string, Held>, address: string) {
		this.#all = all;
		this.#address = networkOf(address);
	}

	/** No more had better be made. */
	get isFull(): boolean {
		const held = this.#all.get(this.#address);
		if (held === undefined || held.bytes < LARGE_ANSWERS_ADDRESS_BYTES_MAX) {
			return false;
		}
		held.isWanted = true;
		return true;
	}

	/** Somebody there waits for others there. */
	get isInTheWay(): boolean {
		return this.#all.get(this.#address)?.isWanted === true;
	}

	/** Bytes of an answer that begins; negative: of one that is over. */
	change(bytes: number): void {
		const held = this.#all.get(this.#address) ?? { bytes: 0, isWanted: false };
		held.bytes += bytes;
		assert(held.bytes >= 0, () => `${held.bytes} bytes of large answers`);
		held.isWanted &&= held.bytes >= LARGE_ANSWERS_ADDRESS_BYTES_MAX;
		if (held.bytes === 0) {
			this.#all.delete(this.#address);
		} else {
			this.#all.set(this.#address, held);
		}
	}
}

export class LargeAnswers {
	readonly #all = new Map<string, Held>();

	of(address: string): LargeAnswersOf {
		return new LargeAnswersOf(this.#all, address);
	}
}
