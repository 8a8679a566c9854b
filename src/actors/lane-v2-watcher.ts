/** One watcher of the v2 keyspace: how far it is, and what of the events is for it. Where it stands is lane-v2-watches.ts's business, its only user. */
import type { V2Watch, V2WatchEvent, V2WatchListener, V2WatchRequest } from '../ports/v2-watches.ts';
import type { V2Event } from '../v2/event.ts';
import { matchesLive, matchesScan } from '../v2/watching/history-match.ts';
import type { Place, TreeWatcher } from '../v2/watching/watch-tree.ts';

interface WatcherSpec {
	readonly request: V2WatchRequest;
	readonly listener: V2WatchListener;
	readonly startIndex: number;
	readonly next: number;
}

/** Whom it tells of its life. */
interface WatcherHome {
	closed(watcher: V2Watcher): void;
	drained(watcher: V2Watcher): void;
	heldUp(watcher: V2Watcher): void;
}

export class V2Watcher implements V2Watch, TreeWatcher {
	readonly startIndex: number;
	readonly path: Uint8Array;
	readonly recursive: boolean;
	readonly #isStream: boolean;
	/** The index after the last that etcd would look for by a scan of its history. */
	#scanEnd: number;
	readonly #listener: V2WatchListener;
	readonly #home: WatcherHome;
	#next: number;
	#state: 'open' | 'held up' | 'closed' = 'open';
	/** Where it waits in the tree, while it is live. */
	place: Place<V2Watcher> | null = null;

	constructor({ request, listener, startIndex, next }: WatcherSpec, home: WatcherHome) {
		this.startIndex = startIndex;
		this.path = request.path;
		this.recursive = request.recursive;
		this.#isStream = request.stream;
		this.#scanEnd = request.resumes ? 0 : startIndex + 1;
		this.#listener = listener;
		this.#next = next;
		this.#home = home;
	}

	/** The first event that it has not been asked about. */
	get next(): number {
		return this.#next;
	}

	/** It wants the next event, when there is one. */
	get isReady(): boolean {
		return this.#state === 'open';
	}

	/** An event that is for it. Nothing if it has heard of this one, or cannot take it: it finds it in the history. */
	tell(event: V2WatchEvent): void {
		if (this.#state !== 'open' || event.index < this.#next) {
			return;
		}
		this.#next = event.index + 1;
		this.#scanEnd = 0;
		if (!this.#isStream) {
			this.close();
			this.#listener.event(event);
		} else if (!this.#listener.event(event) && this.isReady) {
			this.#state = 'held up';
			this.#home.heldUp(this);
		}
	}

	/** The next events of the history, and the index that the whole of it has come to. */
	catchUp(events: readonly V2Event[], index: number, print: (event: V2Event) => V2WatchEvent): void {
		for (const event of events) {
			if (!this.isReady) {
				return;
			}
			const isForIt = event.index < this.#scanEnd ? matchesScan(this, event) : matchesLive(this, event);
			if (isForIt) {
				this.tell(print(event));
			} else {
				this.#next = event.index + 1;
			}
		}
		if (events.length === 0) {
			this.#next = index + 1;
		}
	}

	drained(): void {
		if (this.#state === 'held up') {
			this.#state = 'open';
			this.#home.drained(this);
		}
	}

	close(): void {
		if (this.#state !== 'closed') {
			this.#state = 'closed';
			this.#home.closed(this);
		}
	}

	end(): void {
		if (this.#state !== 'closed') {
			this.close();
			this.#listener.ended();
		}
	}
}
