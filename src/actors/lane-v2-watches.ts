/**
 * The watchers of the v2 keyspace that clients have open with one api lane (reference/etcd-surface.md 1.7). Nothing is buffered for anybody: a
 * watcher is a place in the history of events, which is in the store, and `next` is all that it knows.
 *
 *   live      waits in the tree for what happens next; the events are read once for all of these, and printed once
 *   behind    reads the history itself, since it began in the past, or its connection has been slow
 *   held up   behind, and its connection takes no more for now
 *
 * Who is so far behind that the history has forgotten what comes next is ended, and so are all when the member stops. A store that another
 * member's snapshot has replaced is the same keyspace further on, and nobody has to hear of it. Used by api-actor.ts.
 */
import { assert } from '../base/assert.ts';
import { CODES } from '../base/codes.ts';
import type { ReadView } from '../base/engine.ts';
import {
	LANE_V2_WATCHERS_MAX,
	V2_WATCH_CATCH_UPS_A_TURN,
	V2_WATCH_DELIVERIES_A_TURN,
	V2_WATCH_SLICE_EVENTS,
	V2_WATCH_SLICES_A_TURN,
} from '../base/limits.ts';
import type { V2WatchEvent, V2Watches, V2WatchListener, V2WatchOpened, V2WatchRequest } from '../ports/v2-watches.ts';
import { oldestEventIndex, readEvents } from '../v2/event-history.ts';
import { readState } from '../v2/nodes.ts';
import { WatchTree } from '../v2/watching/watch-tree.ts';
import { LaneV2Events } from './lane-v2-events.ts';
import { V2Watcher } from './lane-v2-watcher.ts';

export interface LaneV2WatchPorts {
	/** The newest commit that this lane can read. */
	read<T>(work: (view: ReadView) => T): T;
	/** Brings a turn, which flushes. */
	readonly wake: () => void;
}

/** An event on its way to the watchers that it is for. */
interface Delivery {
	readonly event: V2WatchEvent;
	readonly watchers: readonly V2Watcher[];
	/** Of the watchers, how many have been told. */
	told: number;
}

export class LaneV2Watches implements V2Watches {
	readonly #ports: LaneV2WatchPorts;
	readonly #tree = new WatchTree<V2Watcher>();
	readonly #events = new LaneV2Events();
	/** All that are open. */
	readonly #open = new Set<V2Watcher>();
	/** Those behind that are not held up, in the order of their turns. */
	readonly #behind = new Set<V2Watcher>();
	#deliveries: Delivery[] = [];
	/** The tree has heard of all events up to this index. */
	#heard = 0;
	/** The store may have gone on since the last look. */
	#mayHaveMoved = false;
	#isDraining = false;
	#requests = 0;

	constructor(ports: LaneV2WatchPorts) {
		this.#ports = ports;
	}

	get size(): number {
		return this.#open.size;
	}

	/** Asked for so far, refused ones too. */
	get requests(): number {
		return this.#requests;
	}

	open(request: V2WatchRequest, listener: V2WatchListener): V2WatchOpened {
		this.#requests += 1;
		if (this.#isDraining || this.#open.size >= LANE_V2_WATCHERS_MAX) {
			return { kind: 'refused', code: this.#isDraining ? CODES.stopped.code : CODES.too_many_requests.code };
		}
		return this.#ports.read((view) => {
			const { index } = readState(view);
			const oldest = oldestEventIndex(view);
			if (request.since !== 0n && request.since < BigInt(oldest)) {
				return { kind: 'cleared', oldest, index };
			}
			// An index beyond what a number can hold exactly is never reached.
			const next = request.since === 0n ? index + 1 : Number(request.since);
			const watcher = new V2Watcher({ request, listener, startIndex: index, next }, this);
			this.#open.add(watcher);
			this.#place(watcher, view, index);
			return { kind: 'open', watch: watcher };
		});
	}

	/** The store has committed something. */
	settled(): void {
		this.#mayHaveMoved = this.#open.size > 0;
	}

	/** Once a turn: tells what there is to tell, up to a bound; the rest comes in the next turns, so that requests go between. */
	flush(): void {
		let left = this.#deliver(V2_WATCH_DELIVERIES_A_TURN);
		// What the live ones lack has to be read before the history forgets it.
		for (let slices = V2_WATCH_SLICES_A_TURN; this.#mayHaveMoved && left > 0 && slices > 0; slices--) {
			this.#ports.read((view) => this.#hear(view, readState(view).index));
			left = this.#deliver(left);
		}
		if (this.#behind.size > 0 && left > 0) {
			this.#ports.read((view) => this.#catchUp(view, readState(view).index));
		}
		if (this.#mayHaveMoved || this.#behind.size > 0 || this.#deliveries.length > 0) {
			this.#ports.wake();
		}
	}

	endAll(): void {
		this.#isDraining = true;
		for (const watcher of [...this.#open]) {
			watcher.end();
		}
	}

	// ---- what watchers say

	closed(watcher: V2Watcher): void {
		this.#open.delete(watcher);
		this.#behind.delete(watcher);
		this.#leaveTree(watcher);
	}

	/** It is held up no longer. */
	drained(watcher: V2Watcher): void {
		this.#behind.add(watcher);
		this.#ports.wake();
	}

	heldUp(watcher: V2Watcher): void {
		this.#behind.delete(watcher);
		this.#leaveTree(watcher);
	}

	// ---- details

	/** In the tree if nothing that has happened is for it; it may be that the tree has not heard of everything yet. */
	#place(watcher: V2Watcher, view: ReadView, index: number): void {
		if (watcher.next <= index) {
			this.#behind.add(watcher);
			this.#ports.wake();
			return;
		}
		if (this.#tree.size === 0 && this.#deliveries.length === 0) {
			this.#heard = index;
		}
		this.#behind.delete(watcher);
		watcher.place = this.#tree.add(watcher.path, watcher, () => this.#events.isThere(view, watcher.path));
	}

	#leaveTree(watcher: V2Watcher): void {
		if (watcher.place !== null) {
			this.#tree.remove(watcher.place, watcher);
			watcher.place = null;
		}
	}

	/** One slice of events for the live watchers; more of them would only wait. */
	#hear(view: ReadView, index: number): void {
		if (this.#deliveries.length > 0) {
			return;
		}
		if (this.#tree.size === 0) {
			this.#heard = index;
		}
		const events = this.#heard < index ? readEvents(view, this.#heard + 1, V2_WATCH_SLICE_EVENTS) : [];
		if (this.#heard < index && events[0]?.index !== this.#heard + 1) {
			this.#loseHistory(index);
			return;
		}
		for (const event of events) {
			this.#heard = event.index;
			const watchers = this.#tree.hear(event);
			if (watchers.length > 0) {
				this.#deliveries.push({ event: this.#events.print(event), watchers, told: 0 });
			}
		}
		this.#mayHaveMoved = this.#heard < index;
	}

	/** So much has happened in one commit that the history begins after what the live watchers have heard. */
	#loseHistory(index: number): void {
		for (const watcher of this.#tree.all()) {
			watcher.end();
		}
		this.#heard = index;
		this.#mayHaveMoved = false;
	}

	#catchUp(view: ReadView, index: number): void {
		let turns = V2_WATCH_CATCH_UPS_A_TURN;
		for (const watcher of this.#behind) {
			if (turns === 0) {
				return;
			}
			turns -= 1;
			// Its next turn comes after that of the others.
			this.#behind.delete(watcher);
			const events = readEvents(view, watcher.next, V2_WATCH_SLICE_EVENTS);
			const [first] = events;
			if (first !== undefined && first.index > watcher.next && watcher.next < oldestEventIndex(view)) {
				watcher.end();
				continue;
			}
			watcher.catchUp(events, index, (event) => this.#events.print(event));
			if (watcher.isReady) {
				this.#place(watcher, view, index);
			}
		}
	}

	/** Gives what is left of the bound. */
	#deliver(deliveriesMax: number): number {
		let left = deliveriesMax;
		for (let delivery = this.#deliveries[0]; delivery !== undefined && left > 0; delivery = this.#deliveries[0]) {
			const { event, watchers } = delivery;
			const end = Math.min(watchers.length, delivery.told + left);
			left -= end - delivery.told;
			for (; delivery.told < end; delivery.told++) {
				watchers[delivery.told]?.tell(event);
			}
			if (end === watchers.length) {
				this.#deliveries.shift();
			}
		}
		assert(left >= 0, 'no more is told than the bound allows');
		return left;
	}
}
