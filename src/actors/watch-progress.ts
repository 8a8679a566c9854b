/**
 * Who wants to hear of progress when nothing happens: streams with watchers that asked at their creation, told every so many ticks, and
 * streams that asked outright. What may be said is watch-actor.ts's business.
 */
import { assert } from '../base/assert.ts';
import type { WatchStream } from '../watch/watcher.ts';

export class WatchProgressTimer {
	readonly #interval: number;
	#now = 0;
	/** When each is due. All wait equally long, so the order of insertion is the order of time. */
	readonly #due = new Map<WatchStream, number>();
	/** Their answer waits until all their watchers are up to date. */
	readonly #asking = new Set<WatchStream>();

	constructor(intervalTicks: number) {
		assert(intervalTicks >= 1, () => `progress every ${intervalTicks} ticks`);
		this.#interval = intervalTicks;
	}

	/** A watcher of the stream wants to be told; counted from its first one on, as etcd does. */
	include(stream: WatchStream): void {
		if (!this.#due.has(stream)) {
			this.#due.set(stream, this.#now + this.#interval);
		}
	}

	ask(stream: WatchStream): void {
		this.#asking.add(stream);
	}

	forget(stream: WatchStream): void {
		this.#due.delete(stream);
		this.#asking.delete(stream);
	}

	/** report says whether the stream still has such watchers. */
	tick(report: (stream: WatchStream) => boolean): void {
		this.#now++;
		for (const [stream, due] of this.#due) {
			if (due > this.#now) {
				return;
			}
			this.#due.delete(stream);
			if (report(stream)) {
				this.#due.set(stream, this.#now + this.#interval);
			}
		}
	}

	/** answer says whether it could be answered. */
	answer(answer: (stream: WatchStream) => boolean): void {
		for (const stream of this.#asking) {
			if (answer(stream)) {
				this.#asking.delete(stream);
			}
		}
	}
}
