/**
 * The live watchers of the v2 keyspace as a tree of the names of their paths: an event costs as many steps as its path has names, and one for
 * each watcher that it is for (reference/etcd-surface.md 1.6.8, 1.6.10, 1.7). It must hear every event, in order, from the first watcher on.
 * Used by actors/lane-v2-watches.ts.
 *
 * A directory that goes wakes whoever watches a path in it, but only if that path was there: the event does not say what was in the
 * directory, so each watched path knows whether it is there, from the store when its first watcher came and from the events since.
 */
import { assert } from '../../base/assert.ts';
import type { V2Event } from '../event.ts';
import { isHidden, type Name, splitPath } from '../path.ts';
import { nameText } from './name-text.ts';

export interface TreeWatcher {
	readonly recursive: boolean;
	/** Events before this index are not for it. */
	readonly next: number;
}

/** Where a watcher stands. */
export interface Place<W> {
	readonly parent: Place<W> | null;
	readonly name: string;
	readonly children: Map<string, Place<W>>;
	readonly watchers: Set<W>;
	/** Kept only while there are watchers. */
	isThere: boolean;
}

function placeUnder<W>(parent: Place<W> | null, name: string): Place<W> {
	return { parent, name, children: new Map(), watchers: new Set(), isThere: false };
}

export class WatchTree<W extends TreeWatcher> {
	readonly #root: Place<W> = placeUnder(null, '');
	#size = 0;

	/** Watchers in all. */
	get size(): number {
		return this.#size;
	}

	/** isThere: whether the path is in the store as it is now; asked only if nobody watches it yet. */
	add(path: Uint8Array, watcher: W, isThere: () => boolean): Place<W> {
		let place = this.#root;
		for (const name of splitPath(path)) {
			const text = nameText(name);
			let child = place.children.get(text);
			if (child === undefined) {
				child = placeUnder(place, text);
				place.children.set(text, child);
			}
			place = child;
		}
		if (place.watchers.size === 0) {
			place.isThere = isThere();
		}
		assert(!place.watchers.has(watcher), 'a watcher is added once');
		place.watchers.add(watcher);
		this.#size += 1;
		return place;
	}

	remove(place: Place<W>, watcher: W): void {
		assert(place.watchers.delete(watcher), 'a watcher that is removed was there');
		this.#size -= 1;
		for (let at: Place<W> | null = place; at !== null && at.parent !== null && at.watchers.size === 0 && at.children.size === 0; at = at.parent) {
			at.parent.children.delete(at.name);
		}
	}

	/** Every watcher that there is. */
	all(): W[] {
		const found: W[] = [];
		for (const place of placesFrom(this.#root)) {
			for (const watcher of place.watchers) {
				found.push(watcher);
			}
		}
		return found;
	}

	/** Whom the event is for, each once. Nobody is removed. */
	hear(event: V2Event): W[] {
		const found: W[] = [];
		if (event.refresh) {
			return found;
		}
		const isGone = event.action === 'delete' || event.action === 'expire' || event.action === 'compareAndDelete';
		const own = this.#hearOnTheWay(event, isGone, found);
		if (own !== null) {
			own.isThere = !isGone;
			collect(own, event, found);
			if (isGone) {
				collectBelow(own, event, found);
			}
		}
		return found;
	}

	/** Recursive watchers of the directories above; gives the place of the event's own path, or null if nobody watches there or below. */
	#hearOnTheWay(event: V2Event, isGone: boolean, found: W[]): Place<W> | null {
		const names = splitPath(event.node.path);
		const lastHidden = names.findLastIndex(isHidden);
		let place = this.#root;
		for (let depth = 0; depth < names.length; depth++) {
			if (!isGone) {
				place.isThere = true;
			}
			if (lastHidden < depth) {
				collectRecursive(place, event, found);
			}
			const child = place.children.get(nameText(names[depth] as Name));
			if (child === undefined) {
				return null;
			}
			place = child;
		}
		return place;
	}
}

function collect<W extends TreeWatcher>(place: Place<W>, event: V2Event, found: W[]): void {
	for (const watcher of place.watchers) {
		if (watcher.next <= event.index) {
			found.push(watcher);
		}
	}
}

function collectRecursive<W extends TreeWatcher>(place: Place<W>, event: V2Event, found: W[]): void {
	for (const watcher of place.watchers) {
		if (watcher.recursive && watcher.next <= event.index) {
			found.push(watcher);
		}
	}
}

function collectBelow<W extends TreeWatcher>(top: Place<W>, event: V2Event, found: W[]): void {
	for (const place of placesFrom(top)) {
		if (place !== top && place.isThere) {
			collect(place, event, found);
			place.isThere = false;
		}
	}
}

/** The place and all below it, without recursion: a path may have more names than the stack has frames. */
function* placesFrom<W>(top: Place<W>): Generator<Place<W>, void, void> {
	const open = [top];
	for (let place = open.pop(); place !== undefined; place = open.pop()) {
		yield place;
		for (const child of place.children.values()) {
			open.push(child);
		}
	}
}
