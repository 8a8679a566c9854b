/**
 * The revisions at which reads of one lane go on over several turns: the store is told the oldest, and its sweep does not pass it. The word takes a
 * moment to get there, so a read still looks whether it was in time (mvcc/compaction.ts, isStillReadable). Used by api-actor.ts.
 */
import { assert } from '../base/assert.ts';
import { NOTHING_HELD } from '../protocol/hold-messages.ts';

export class LaneHolds {
	/** Revision -> reads. */
	readonly #counts = new Map<number, number>();
	readonly #tell: (oldest: number) => void;
	#told = NOTHING_HELD;

	/** tell: the oldest revision that is held from now on, or NOTHING_HELD. */
	constructor(tell: (oldest: number) => void) {
		this.#tell = tell;
	}

	/** Until the function given back is called. */
	hold(revision: number): () => void {
		assert(revision > NOTHING_HELD, () => `a read at revision ${revision}`);
		this.#counts.set(revision, (this.#counts.get(revision) ?? 0) + 1);
		this.#maybeTell();
		let isHeld = true;
		return () => {
			if (isHeld) {
				isHeld = false;
				this.#release(revision);
			}
		};
	}

	#release(revision: number): void {
		const left = (this.#counts.get(revision) ?? 0) - 1;
		assert(left >= 0, () => `revision ${revision} is let go more often than it is held`);
		if (left === 0) {
			this.#counts.delete(revision);
		} else {
			this.#counts.set(revision, left);
		}
		this.#maybeTell();
	}

	/** As many revisions as long reads go on, which are few. */
	#maybeTell(): void {
		const oldest = this.#counts.size === 0 ? NOTHING_HELD : Math.min(...this.#counts.keys());
		if (oldest !== this.#told) {
			this.#told = oldest;
			this.#tell(oldest);
		}
	}
}
