/**
 * One call that stands in line until it is first: Lock and Campaign. It leaves the line when its caller goes, or when waiting fails, so that
 * nobody waits behind a caller who does not know that he stands there. Used by the two services.
 *
 *   joining --> (first) won
 *      |  \--> waiting --> checking --> won
 *      |          |            |
 *      v          v            v
 *   failed      left          lost
 */
import { assert } from '../../base/assert.ts';
import { equalBytes } from '../../base/bytes.ts';
import { type Failure, failed } from './failure.ts';
import type { LaneKeys } from './lane-keys.ts';
import type { Line, Place } from './line.ts';

export interface CandidacyOptions {
	/** 0: one of its own, which nobody keeps alive. */
	readonly lease: bigint;
	readonly value: Uint8Array;
	/** A session that stands there already says something new. */
	readonly renewsValue: boolean;
	/** What a caller is told whose key has gone while it waited. */
	readonly lostText: string;
}

export interface CandidacyEvents {
	/** header: of the transaction that made the place; revision: at which it was seen to be there after waiting, or null. */
	won(place: Place, revision: number | null): void;
	failed(failure: Failure): void;
}

export class Candidacy {
	readonly #keys: LaneKeys;
	readonly #line: Line;
	readonly #options: CandidacyOptions;
	readonly #events: CandidacyEvents;
	#place: Place | null = null;
	#isOver = false;
	#stopWaiting = (): void => {};

	constructor(keys: LaneKeys, line: Line, options: CandidacyOptions, events: CandidacyEvents) {
		this.#keys = keys;
		this.#line = line;
		this.#options = options;
		this.#events = events;
	}

	begin(): void {
		this.#keys.session(this.#options.lease, (outcome) => {
			if (!outcome.ok) {
				this.#fail(outcome.failure);
			} else if (!this.#isOver) {
				this.#join(outcome.value);
			}
		});
	}

	#join(lease: bigint): void {
		this.#line.join(lease, this.#options.value, (outcome) => {
			if (!outcome.ok) {
				this.#fail(outcome.failure);
				return;
			}
			this.#place = outcome.value;
			if (this.#isOver) {
				this.#leave();
			} else {
				this.#joined(outcome.value);
			}
		});
	}

	/** The caller has gone. */
	abandon(): void {
		if (!this.#isOver) {
			this.#isOver = true;
			this.#stopWaiting();
			this.#leave();
		}
	}

	#joined(place: Place): void {
		const { value, renewsValue, lostText } = this.#options;
		if (place.isNew || !renewsValue || equalBytes(place.value, value)) {
			this.#wait(place);
			return;
		}
		this.#line.proclaim(place, place.lease, value, (outcome) => {
			if (this.#isOver) {
				return;
			}
			if (!outcome.ok) {
				this.#failAndLeave(outcome.failure);
			} else if (outcome.value === null) {
				this.#failAndLeave(failed(lostText).failure);
			} else {
				this.#wait(place);
			}
		});
	}

	#wait(place: Place): void {
		if (place.isFirst) {
			this.#win(place, null);
			return;
		}
		this.#stopWaiting = this.#line.awaitTurn(place, (outcome) => {
			if (this.#isOver) {
				return;
			}
			if (outcome.ok) {
				this.#check(place);
			} else {
				this.#failAndLeave(outcome.failure);
			}
		});
	}

	#check(place: Place): void {
		this.#line.check(place, (outcome) => {
			if (this.#isOver) {
				return;
			}
			if (!outcome.ok) {
				this.#failAndLeave(outcome.failure);
			} else if (outcome.value === null) {
				this.#fail(failed(this.#options.lostText).failure);
			} else {
				this.#win(place, outcome.value);
			}
		});
	}

	#win(place: Place, revision: number | null): void {
		assert(!this.#isOver, 'a call is answered once');
		this.#isOver = true;
		this.#events.won(place, revision);
	}

	#failAndLeave(failure: Failure): void {
		this.#fail(failure);
		this.#leave();
	}

	#fail(failure: Failure): void {
		if (!this.#isOver) {
			this.#isOver = true;
			this.#events.failed(failure);
		}
	}

	/** Nobody is there to hear what came of it; should it fail, the place goes with its lease. */
	#leave(): void {
		if (this.#place !== null) {
			this.#line.leave(this.#place, () => {});
		}
	}
}
