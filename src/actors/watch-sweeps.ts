/**
 * Watchers that are behind: they go through history in sweeps, many of them in one, a slice at a time and each slice in a turn of its own,
 * so that live watchers and writes never wait for them. A sweep that has come to where the hub is lands its watchers among the live ones.
 *
 * Sweeps take turns. Some of them are kept for watchers that are nearly there, so that a client which reconnects does not wait behind
 * those that read all of history. Who finds no sweep waits, in order.
 */
import { assert } from '../base/assert.ts';
import type { ReadView } from '../base/engine.ts';
import { WATCH_FAR_SWEEPS_MAX, WATCH_SLICE_BYTES, WATCH_SWEEP_WATCHERS_MAX, WATCH_SWEEPS_MAX } from '../base/limits.ts';
import { readStoreState } from '../mvcc/store-state.ts';
import { readSlice, type Slice } from '../watch/history-slice.ts';
import type { Interest } from '../watch/interest.ts';
import { WatchIndex } from '../watch/watch-index.ts';
import type { Watcher } from '../watch/watcher.ts';

/** What the sweeps need of the hub. */
export interface SweepHub {
	/** Everything up to here has been sent to the live watchers. */
	readonly liveRevision: number;
	read<T>(work: (view: ReadView) => T): T;
	deliver(interest: Interest): void;
	/** The watcher is up to date; it is in no index. */
	land(watcher: Watcher): void;
	/** Compaction has passed the watcher. */
	cancelCompacted(watcher: Watcher, compactRevision: number): void;
}

interface Sweep {
	readonly index: WatchIndex;
	readonly isFar: boolean;
	/** Where the next slice begins. */
	position: number;
}

/** Those that wait and are looked at when a sweep has ended. */
const WAITING_LOOKED_AT = WATCH_SWEEP_WATCHERS_MAX;

export class WatchSweeps {
	readonly #sliceRecords: number;
	readonly #hub: SweepHub;
	/** The first is the next to take its turn. */
	readonly #sweeps: Sweep[] = [];
	readonly #waiting = new Set<Watcher>();

	constructor(sliceRecords: number, hub: SweepHub) {
		this.#sliceRecords = sliceRecords;
		this.#hub = hub;
	}

	get isIdle(): boolean {
		return this.#sweeps.length === 0;
	}

	/** The watcher is in no index; wherever it is, it goes on from there. */
	place(watcher: Watcher): void {
		const { liveRevision } = this.#hub;
		if (watcher.next > liveRevision) {
			this.#hub.land(watcher);
			return;
		}
		const sweep = this.#sweeps.find((each) => this.#canJoin(each, watcher.next)) ?? this.#begin(watcher.next, liveRevision);
		if (sweep === null) {
			this.#waiting.add(watcher);
		} else {
			sweep.index.add(watcher);
		}
	}

	/** Whether it waited. */
	forget(watcher: Watcher): boolean {
		return this.#waiting.delete(watcher);
	}

	/** One slice of one sweep. */
	step(): void {
		const sweep = this.#sweeps.shift();
		if (sweep === undefined) {
			return;
		}
		const slice = this.#hub.read((view) => this.#slice(view, sweep));
		for (const interest of slice.touched) {
			this.#hub.deliver(interest);
		}
		if (sweep.index.size > 0 && sweep.position <= this.#hub.liveRevision) {
			this.#sweeps.push(sweep);
			return;
		}
		for (const watcher of sweep.index.watchers()) {
			sweep.index.remove(watcher);
			this.#hub.land(watcher);
		}
		this.#placeWaiting();
	}

	#begin(position: number, liveRevision: number): Sweep | null {
		const isFar = liveRevision - position >= this.#sliceRecords;
		const isFull = isFar && this.#sweeps.filter((each) => each.isFar).length >= WATCH_FAR_SWEEPS_MAX;
		if (isFull || this.#sweeps.length >= WATCH_SWEEPS_MAX) {
			return null;
		}
		const sweep = { index: new WatchIndex(), isFar, position };
		this.#sweeps.push(sweep);
		return sweep;
	}

	/** The position moves before anything is sent: a watcher that is handed back must not join the very sweep that has passed it. */
	#slice(view: ReadView, sweep: Sweep): Slice {
		const from = sweep.position;
		this.#cancelPassed(sweep, readStoreState(view).compactRevision);
		if (sweep.index.size === 0) {
			return { upTo: from - 1, touched: [] };
		}
		const { liveRevision } = this.#hub;
		assert(from <= liveRevision, () => `a sweep at ${from}, the hub at ${liveRevision}`);
		const slice = readSlice(view, sweep.index, { from, upTo: liveRevision, recordsMax: this.#sliceRecords, bytesMax: WATCH_SLICE_BYTES });
		sweep.position = slice.upTo + 1;
		return slice;
	}

	/** Never silently past a compaction: what it dropped the watcher would miss (etcd 17529). */
	#cancelPassed(sweep: Sweep, compactRevision: number): void {
		if (sweep.position >= compactRevision) {
			return;
		}
		for (const watcher of sweep.index.watchers()) {
			if (watcher.next < compactRevision) {
				this.#hub.cancelCompacted(watcher, compactRevision);
			}
		}
	}

	#placeWaiting(): void {
		let left = WAITING_LOOKED_AT;
		for (const watcher of this.#waiting) {
			if (left-- === 0) {
				return;
			}
			this.#waiting.delete(watcher);
			this.place(watcher);
		}
	}

	/** It reaches the position within about one slice. */
	#canJoin(sweep: Sweep, position: number): boolean {
		return position >= sweep.position && position < sweep.position + this.#sliceRecords && sweep.index.size < WATCH_SWEEP_WATCHERS_MAX;
	}
}
