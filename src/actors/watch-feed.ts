/**
 * Where the watchers of a hub stand in the store's history, and what brings them forward: a slice a turn for all the live ones together,
 * sweeps for those behind (watch-sweeps.ts). It never holds an event back for anyone; a watcher whose stream has no room leaves the live
 * ones and reads history again later. Used by watch-actor.ts, which knows the requests and the words of the answers.
 */
import { assert } from '../base/assert.ts';
import type { EngineReader, ReadView } from '../base/engine.ts';
import { WATCH_SLICE_BYTES } from '../base/limits.ts';
import { isHistoryComplete } from '../mvcc/compaction.ts';
import { readStoreState } from '../mvcc/store-state.ts';
import type { ReaderProvider } from '../ports/reader-provider.ts';
import type { Changed } from '../protocol/messages.ts';
import { readSlice, type Slice } from '../watch/history-slice.ts';
import type { Interest } from '../watch/interest.ts';
import { WatchIndex } from '../watch/watch-index.ts';
import type { Watcher } from '../watch/watcher.ts';
import { type SweepHub, WatchSweeps } from './watch-sweeps.ts';

export interface FeedEvents {
	/** Sends the events of an interest to its watchers. */
	deliver(interest: Interest): void;
	/** Whether the watcher's stream may be sent more. */
	hasRoom(watcher: Watcher): boolean;
	/** Compaction has passed the watcher, which is in the feed no longer. */
	compacted(watcher: Watcher, compactRevision: number): void;
}

export class WatchFeed implements SweepHub {
	readonly #sliceRecords: number;
	readonly #readers: ReaderProvider;
	readonly #events: FeedEvents;
	/** The live watchers. Invariant: each has been sent all of its events up to #live. */
	readonly #index = new WatchIndex();
	readonly #sweeps: WatchSweeps;
	#reader: EngineReader | null = null;
	#generation = -1;
	/** What the store has said, and how far the live watchers are. Invariant: #live <= #visible. */
	#visible = 0;
	#live = 0;
	#compactRevision = -1;

	constructor(sliceRecords: number, readers: ReaderProvider, events: FeedEvents) {
		this.#sliceRecords = sliceRecords;
		this.#readers = readers;
		this.#events = events;
		this.#sweeps = new WatchSweeps(sliceRecords, this);
	}

	get visibleRevision(): number {
		return this.#visible;
	}

	/** Watchers that are not behind. */
	get liveWatchers(): number {
		return this.#index.size;
	}

	get liveRevision(): number {
		return this.#live;
	}

	/** The live watchers have all that the store has spoken of. */
	get isUpToDate(): boolean {
		return this.#live === this.#visible;
	}

	/** Whether there is work for a turn of its own. */
	get isBehind(): boolean {
		return !this.isUpToDate || !this.#sweeps.isIdle;
	}

	start(generation: number): void {
		this.#open(generation);
		const { revision, compactRevision } = this.read(readStoreState);
		this.#visible = revision;
		this.#live = revision;
		this.#compactRevision = compactRevision;
	}

	close(): void {
		this.#reader?.close();
		this.#reader = null;
	}

	changed({ generation, revision, compactRevision }: Changed): void {
		if (generation > this.#generation) {
			this.#open(generation);
		}
		// At its start the hub has read the store, perhaps further than words that were on their way to it.
		this.#visible = Math.max(this.#visible, revision);
		this.#compactRevision = Math.max(this.#compactRevision, compactRevision);
	}

	/** A new watcher, or one whose stream has room again. */
	place(watcher: Watcher): void {
		if (watcher.next < this.#compactRevision) {
			this.#events.compacted(watcher, this.#compactRevision);
		} else {
			this.#sweeps.place(watcher);
		}
	}

	/** From wherever it is. */
	remove(watcher: Watcher): void {
		if (watcher.interest !== null) {
			watcher.interest.index.remove(watcher);
		} else if (!watcher.stream.unpark(watcher)) {
			assert(this.#sweeps.forget(watcher), () => `watcher ${watcher.id} is nowhere`);
		}
	}

	/** The watcher's stream has no room, or the turn has no more: it goes on from this revision later. */
	handBack(watcher: Watcher, from: number): void {
		assert(watcher.interest !== null, 'a watcher that is in no index was sent events');
		watcher.interest.index.remove(watcher);
		watcher.next = Math.max(watcher.next, from);
		if (this.#events.hasRoom(watcher)) {
			this.#sweeps.place(watcher);
		} else {
			watcher.stream.park(watcher);
		}
	}

	/** Nothing that the store has spoken of is unsent for it. One that begins in the future is so once the store comes there (etcd 20221). */
	isSynced(watcher: Watcher): boolean {
		return this.isUpToDate && watcher.interest?.index === this.#index && watcher.next <= this.#live + 1;
	}

	/** The next slice for the live watchers. */
	advance(): void {
		if (this.isUpToDate) {
			return;
		}
		if (this.#index.size === 0) {
			this.#live = this.#visible;
			return;
		}
		const slice = this.read((view) => this.#readLive(view));
		// Before anything is sent: a watcher that is handed back is behind this.
		this.#live = slice.upTo;
		for (const interest of slice.touched) {
			this.#events.deliver(interest);
		}
	}

	/** The next slice for some of those behind. */
	sweep(): void {
		this.#sweeps.step();
	}

	read<T>(work: (view: ReadView) => T): T {
		assert(this.#reader !== null, 'the hub has been started and not closed');
		return this.#reader.read(work);
	}

	deliver(interest: Interest): void {
		this.#events.deliver(interest);
	}

	land(watcher: Watcher): void {
		this.#index.add(watcher);
	}

	cancelCompacted(watcher: Watcher, compactRevision: number): void {
		this.remove(watcher);
		this.#events.compacted(watcher, compactRevision);
	}

	/** A new store is a later state of the old one: watchers go on in it from where they are (etcd 15271). */
	#open(generation: number): void {
		this.#reader?.close();
		this.#reader = this.#readers.openGeneration(generation);
		this.#generation = generation;
	}

	#readLive(view: ReadView): Slice {
		const from = this.#live + 1;
		const state = readStoreState(view);
		if (!isHistoryComplete(state, from)) {
			for (const watcher of this.#index.watchers()) {
				if (watcher.next < state.compactRevision) {
					this.cancelCompacted(watcher, state.compactRevision);
				}
			}
		}
		return readSlice(view, this.#index, { from, upTo: this.#visible, recordsMax: this.#sliceRecords, bytesMax: WATCH_SLICE_BYTES });
	}
}
