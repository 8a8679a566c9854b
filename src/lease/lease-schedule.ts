/**
 * When each lease is over, as one leader counts it from the moment at which it took over: in ticks, since nothing here has a clock. It decides
 * and does nothing: who asks it proposes (actors/lessor.ts). A lease is never over early: ticks come late, not early, a lease begins to count
 * behind a tick that has partly passed, and at a change of leaders it gets an election timeout on top, as in etcd.
 *
 *   counting --its time is over--> ending --revoked--> gone
 *      ^                              |
 *      +---- the revoke was refused --+
 *
 * Checkpoints: while a lease is not renewed, what is left of it is due to be replicated at half of it, of that the half, and so on, though not
 * more often than every 2 s nor more seldom than every 5 minutes. Clients renew at a third, so leases that are kept alive have none.
 */
import { assert } from '../base/assert.ts';
import { type HeapItem, LeaseHeap, NOWHERE } from './lease-heap.ts';

export interface ScheduledLease {
	readonly id: bigint;
	/** Seconds. */
	readonly ttl: number;
	/** Its revoke is on its way. */
	readonly isEnding: boolean;
	/** The store has, or is about to get, a record of what was left of it: to be cleared before a renewal counts. */
	readonly hasCheckpoint: boolean;
}

/** An event of a lease, in the heap of its kind or in none. */
class Event implements HeapItem {
	due = 0;
	at = NOWHERE;
	readonly entry: Entry;

	constructor(entry: Entry) {
		this.entry = entry;
	}
}

class Entry implements ScheduledLease {
	readonly id: bigint;
	readonly ttl: number;
	isEnding = false;
	hasCheckpoint: boolean;
	/** Planned unless the lease is ending. */
	readonly over = new Event(this);
	readonly checkpoint = new Event(this);

	constructor(id: bigint, ttl: number, hasCheckpoint: boolean) {
		this.id = id;
		this.ttl = ttl;
		this.hasCheckpoint = hasCheckpoint;
	}
}

const CHECKPOINT_SECONDS_MIN = 2;
const CHECKPOINT_SECONDS_MAX = 300;

export class LeaseSchedule {
	readonly #ticksPerSecond: number;
	readonly #leases = new Map<bigint, Entry>();
	/** Two heaps: many checkpoints that are due must not keep leases from being over. */
	readonly #overs = new LeaseHeap<Event>();
	readonly #checkpoints = new LeaseHeap<Event>();
	#now = 0;

	constructor(options: { readonly tickMilliseconds: number }) {
		assert(options.tickMilliseconds > 0, 'a tick takes time');
		this.#ticksPerSecond = 1_000 / options.tickMilliseconds;
	}

	get size(): number {
		return this.#leases.size;
	}

	tick(): void {
		this.#now += 1;
	}

	get(id: bigint): ScheduledLease | null {
		return this.#leases.get(id) ?? null;
	}

	/** One that is there already stays as it is. remaining: seconds of the last checkpoint, 0 for none. */
	add(lease: { readonly id: bigint; readonly ttl: number; readonly remaining: number }, extensionTicks: number): void {
		const { id, ttl, remaining } = lease;
		if (!this.#leases.has(id)) {
			const entry = new Entry(id, ttl, remaining > 0);
			this.#leases.set(id, entry);
			this.#count(entry, remaining > 0 ? remaining : ttl, extensionTicks);
		}
	}

	/** It was revoked, by its time or by a client. */
	remove(id: bigint): void {
		const entry = this.#leases.get(id);
		if (entry !== undefined) {
			this.#overs.remove(entry.over);
			this.#checkpoints.remove(entry.checkpoint);
			this.#leases.delete(id);
		}
	}

	/** Its whole time again. A lease with a checkpoint is cleared of it first, and one that is ending has to wait for its end. */
	renew(id: bigint): void {
		const entry = this.#mustGet(id);
		assert(!entry.isEnding && !entry.hasCheckpoint, () => `lease ${id} is renewed while it is ending or has a checkpoint`);
		this.#count(entry, entry.ttl, 0);
	}

	/**
	 * Seconds that are surely left, rounded down as etcd does; 0 once it is over. At most its time to live: what a change of leaders has added is no
	 * promise, since the next renewal takes it back.
	 */
	remainingSeconds(id: bigint): number {
		const { ttl, over } = this.#mustGet(id);
		return Math.max(0, Math.min(ttl, Math.floor((over.due - this.#now - 1) / this.#ticksPerSecond)));
	}

	/** The lease whose time is over for longest, which is ending from now on; null if none is. */
	takeOver(): ScheduledLease | null {
		const event = this.#overs.peek();
		if (event === null || event.due > this.#now) {
			return null;
		}
		const { entry } = event;
		this.#overs.remove(event);
		this.#checkpoints.remove(entry.checkpoint);
		entry.isEnding = true;
		return entry;
	}

	/** What is left of a lease, to be replicated now; it counts as replicated from now on. Null if nothing is due. */
	takeCheckpoint(): { readonly id: bigint; readonly remaining: number } | null {
		const event = this.#checkpoints.peek();
		if (event === null || event.due > this.#now) {
			return null;
		}
		const { entry } = event;
		// Rounded up: a checkpoint must not make the lease shorter.
		const remaining = Math.max(1, Math.min(entry.ttl, Math.ceil((entry.over.due - this.#now) / this.#ticksPerSecond)));
		entry.hasCheckpoint = true;
		this.#planCheckpoint(entry);
		return { id: entry.id, remaining };
	}

	/** The revoke did not happen: it is still over, and ends again when it is taken again. */
	keep(id: bigint): void {
		const entry = this.#leases.get(id);
		if (entry?.isEnding === true) {
			entry.isEnding = false;
			this.#overs.place(entry.over, entry.over.due);
		}
	}

	/** Its checkpoint is about to be cleared: until that is known to have happened it must get no other. */
	holdCheckpoints(id: bigint): void {
		this.#checkpoints.remove(this.#mustGet(id).checkpoint);
	}

	/** Its record in the store is clear of a checkpoint. */
	cleared(id: bigint): void {
		const entry = this.#leases.get(id);
		if (entry !== undefined) {
			entry.hasCheckpoint = false;
		}
	}

	#mustGet(id: bigint): Entry {
		const entry = this.#leases.get(id);
		assert(entry !== undefined, () => `no lease ${id}`);
		return entry;
	}

	/** The tick that is running has partly passed, so that one more is counted. */
	#count(entry: Entry, seconds: number, extensionTicks: number): void {
		const deadline = this.#now + Math.ceil(seconds * this.#ticksPerSecond) + extensionTicks + 1;
		this.#overs.place(entry.over, deadline);
		this.#planCheckpoint(entry);
	}

	#planCheckpoint({ over, checkpoint }: Entry): void {
		const least = CHECKPOINT_SECONDS_MIN * this.#ticksPerSecond;
		const left = over.due - this.#now;
		const wait = Math.ceil(Math.min(Math.max(left / 2, least), CHECKPOINT_SECONDS_MAX * this.#ticksPerSecond));
		if (left - wait >= least) {
			this.#checkpoints.place(checkpoint, this.#now + wait);
		} else {
			this.#checkpoints.remove(checkpoint);
		}
	}
}
