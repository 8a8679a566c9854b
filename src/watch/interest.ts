/**
 * Watchers of exactly the same keys: their events are gathered once (history-slice.ts) and handed to all of them.
 * Removing moves the last watcher into the gap, so that both ways cost the same with one watcher as with 100,000.
 */
import { assert } from '../base/assert.ts';
import type { WatchEvent } from './watch-event.ts';
import type { WatchedKeys } from './watched-keys.ts';
import { WATCH_FLAG, type Watcher, type WatchPlace, type WatchPlaces } from './watcher.ts';

const NONE: readonly WatchEvent[] = [];

export class Interest implements WatchPlace {
	readonly index: WatchPlaces;
	readonly keys: WatchedKeys;
	readonly watchers: Watcher[];
	/** How many of them want previous values. */
	prevKvs = 0;
	/** Another single key with the same hash. */
	collision: Interest | null = null;
	#events: WatchEvent[] | null = null;

	constructor(index: WatchPlaces, first: Watcher) {
		this.index = index;
		this.keys = first.keys;
		// As a literal the list has room for one, and there may be a million such lists.
		this.watchers = [first];
		this.#added(first, 0);
	}

	get lo(): string {
		return this.keys.lo;
	}

	get hi(): string | null {
		return this.keys.hi;
	}

	add(watcher: Watcher): void {
		this.#added(watcher, this.watchers.push(watcher) - 1);
	}

	remove(watcher: Watcher): void {
		assert(watcher.interest === this && this.watchers[watcher.position] === watcher, 'a watcher is not where it says it is');
		const last = this.watchers.pop();
		assert(last !== undefined, 'an interest without watchers');
		if (last !== watcher) {
			this.watchers[watcher.position] = last;
			last.position = watcher.position;
		}
		watcher.interest = null;
		this.prevKvs -= watcher.has(WATCH_FLAG.prevKv) ? 1 : 0;
	}

	/** Whether it is the first since the events were taken. */
	push(event: WatchEvent): boolean {
		if (this.#events === null) {
			this.#events = [event];
			return true;
		}
		this.#events.push(event);
		return false;
	}

	takeEvents(): readonly WatchEvent[] {
		const events = this.#events ?? NONE;
		this.#events = null;
		return events;
	}

	#added(watcher: Watcher, position: number): void {
		assert(watcher.interest === null, 'a watcher is at two places');
		watcher.interest = this;
		watcher.keys = this.keys;
		watcher.position = position;
		this.prevKvs += watcher.has(WATCH_FLAG.prevKv) ? 1 : 0;
	}
}
