/**
 * A register that only grows, and the check that a history of it is linearizable. Each value is written at most once, and only over a smaller one
 * (compare-and-put), so that the order of writes is known without a search: a late effect of a write whose answer was lost changes nothing.
 *
 * Then a history is linearizable exactly if no read returns less than what had been acknowledged or read before it began, and
 * none returns a value that nobody had begun to write when it ended.
 */

export interface StaleRead {
	readonly returned: number;
	/** What was acknowledged or read before the read began. */
	readonly known: number;
	readonly reader: string;
}

/** What a reader holds from the begin of its read to its end. */
export interface ReadBegun {
	readonly known: number;
	readonly reader: string;
}

export class MaxRegister {
	readonly key: string;
	#begun = 0;
	/** The greatest value that some client knows to have been in the register. */
	#known = 0;
	readonly stale: StaleRead[] = [];
	readonly invented: number[] = [];
	reads = 0;
	writes = 0;

	constructor(key: string) {
		this.key = key;
	}

	get known(): number {
		return this.#known;
	}

	/** The next value to write. */
	beginWrite(): number {
		this.#begun++;
		return this.#begun;
	}

	/** The write was acknowledged, whether it was done or found a greater value there. */
	endWrite(value: number): void {
		this.writes++;
		this.#known = Math.max(this.#known, value);
	}

	beginRead(reader: string): ReadBegun {
		return { known: this.#known, reader };
	}

	endRead(begun: ReadBegun, returned: number): void {
		this.reads++;
		if (returned < begun.known) {
			this.stale.push({ returned, known: begun.known, reader: begun.reader });
		}
		if (returned > this.#begun) {
			this.invented.push(returned);
		}
		this.#known = Math.max(this.#known, returned);
	}
}

/** As bytes these order as their numbers do. */
export function toRegisterValue(value: number): string {
	return value.toString().padStart(12, '0');
}
