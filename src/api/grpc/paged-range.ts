/**
 * A range on a lane, page after page, each on a view of its own, all at the revision of the first: the store's sweep is kept off it in between.
 * A page is some milliseconds at most, but for a value of a size that takes more. Used by range-call.ts and range-stream.ts.
 */
import type { AuthTables } from '../../auth/auth-table.ts';
import { checkRange } from '../../auth/check.ts';
import type { Identity } from '../../auth/identity.ts';
import { assert } from '../../base/assert.ts';
import { CODES } from '../../base/codes.ts';
import { isStillReadable } from '../../mvcc/compaction.ts';
import type { RangeOperation } from '../../mvcc/operations.ts';
import { beginRange } from '../../mvcc/range.ts';
import { PAGE_COST, RangeReading, type TakeKeyValue } from '../../mvcc/range-reading.ts';
import { readStoreState } from '../../mvcc/store-state.ts';
import type { Lane } from '../../ports/lane.ts';

/** For whom it is read. */
export interface Reader {
	readonly who: Identity;
	readonly tables: AuthTables;
}

export class PagedRange {
	readonly #lane: Lane;
	readonly #operation: RangeOperation;
	readonly #reader: Reader;
	#reading: RangeReading | null = null;
	#revision = 0;
	#release: (() => void) | null = null;

	constructor(lane: Lane, operation: RangeOperation, reader: Reader) {
		this.#lane = lane;
		this.#operation = operation;
		this.#reader = reader;
	}

	/** Of the store when the first page was read, whatever revision was asked for. */
	get revision(): number {
		return this.#revision;
	}

	get count(): number {
		return this.#opened.count;
	}

	get more(): boolean {
		return this.#opened.more;
	}

	/** What was read so far, in the reading's measure. */
	get cost(): number {
		return this.#reading?.cost ?? 0;
	}

	get #opened(): RangeReading {
		assert(this.#reading !== null, 'a range is asked for what it has not read');
		return this.#reading;
	}

	/** 'over': all is read. A number: the code that refuses it; compacted after the first page means that a compaction was faster than our word. */
	page(take: TakeKeyValue): 'more' | 'over' | number {
		return this.#lane.reader.read((view) => {
			// On the view that is read, page by page: whose rights are taken meanwhile reads no further.
			const refusal = checkRange(this.#reader.tables.of(view), this.#reader.who, this.#operation);
			if (refusal !== CODES.ok.code) {
				return refusal;
			}
			const state = readStoreState(view);
			if (this.#reading === null) {
				const reading = beginRange(this.#operation, state);
				if (!(reading instanceof RangeReading)) {
					return reading.code;
				}
				this.#reading = reading;
				this.#revision = state.revision;
			} else if (!isStillReadable(state, this.#reading.revision)) {
				return CODES.compacted.code;
			}
			return this.#reading.step(view, PAGE_COST, take) ? 'over' : 'more';
		});
	}

	/** From now on compaction goes around what is still to be read. */
	hold(): void {
		this.#release ??= this.#lane.holdRevision(this.#opened.revision);
	}

	/** It is over, or nobody wants it any more. */
	release(): void {
		this.#release?.();
		this.#release = null;
	}
}
