/**
 * The v3 keyspace as it must have been at each revision, played from the changes of a run: a model of its own, which shares nothing with the
 * product. What validators compare with.
 */
import assert from 'node:assert/strict';
import { isIn, type Kv, type Span, type WatchedEvent } from './history.ts';

/** What happened at one revision, in order; value null: a delete. */
export interface Change {
	readonly revision: number;
	readonly writes: readonly { readonly key: string; readonly value: string | null }[];
}

/** Before the first write. */
export const FIRST_REVISION = 1;

/** A key's states, the oldest first; kv null: deleted. */
type Past = { readonly revision: number; readonly kv: Kv | null }[];

export class Keyspace {
	readonly #pasts = new Map<string, Past>();
	/** By revision. */
	readonly #events: (readonly WatchedEvent[])[] = [];
	readonly changes: readonly Change[];

	/** changes: all of them from revision 2 on, without a gap. */
	constructor(changes: readonly Change[]) {
		this.changes = changes;
		changes.forEach(({ revision, writes }, i) => {
			assert.equal(revision, FIRST_REVISION + 1 + i, 'changes follow one another without a gap');
			this.#events[revision] = writes.map(({ key, value }) => this.#write(revision, key, value));
		});
	}

	get revision(): number {
		return FIRST_REVISION + this.changes.length;
	}

	/** The events of a revision with what was there before. */
	eventsAt(revision: number): readonly WatchedEvent[] {
		return this.#events[revision] ?? [];
	}

	kvAt(key: string, revision: number): Kv | null {
		const past = this.#pasts.get(key) ?? [];
		let lo = 0;
		let hi = past.length;
		while (lo < hi) {
			const middle = (lo + hi) >> 1;
			if ((past[middle]?.revision ?? 0) <= revision) {
				lo = middle + 1;
			} else {
				hi = middle;
			}
		}
		return past[lo - 1]?.kv ?? null;
	}

	/** In the order of keys, which are ASCII here. */
	rangeAt(span: Span, revision: number): readonly Kv[] {
		const keys = [...this.#pasts.keys()].filter((key) => isIn(span, key)).sort();
		return keys.flatMap((key) => this.kvAt(key, revision) ?? []);
	}

	#write(revision: number, key: string, value: string | null): WatchedEvent {
		const previous = this.kvAt(key, revision);
		const kv = value === null ? null : nextKv(previous, { key, value, revision });
		const past = this.#pasts.get(key);
		if (past === undefined) {
			this.#pasts.set(key, [{ revision, kv }]);
		} else {
			past.push({ revision, kv });
		}
		const tombstone = { key, value: '', create: 0, mod: revision, version: 0 };
		return kv === null ? { kind: 'delete', kv: tombstone, previous } : { kind: 'put', kv, previous };
	}
}

function nextKv(previous: Kv | null, write: { readonly key: string; readonly value: string; readonly revision: number }): Kv {
	const { key, value, revision } = write;
	return { key, value, create: previous?.create ?? revision, mod: revision, version: (previous?.version ?? 0) + 1 };
}
