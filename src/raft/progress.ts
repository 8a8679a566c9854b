/**
 * What a leader knows of one other member's log, and how it sends to it.
 *
 *            rejected, link_down                       compacted
 *   ┌─────────┐ <──────────── ┌───────────┐    ┌──────────┐
 *   │  probe  │               │ replicate │    │ snapshot │  <── from either, when the next entry is no longer in the log
 *   └─────────┘ ────────────> └───────────┘ <─ └──────────┘
 *               accepted                       accepted (installed)
 *
 * probe: one append, then wait; its place is not known yet. replicate: optimistic, a bounded window of appends under way.
 * snapshot: the store and the peer actor are at work; no entries.
 * Invariant: match < next; match only grows in a term (thesis 3.5, figure 3.1: nextIndex, matchIndex).
 */
import { assert } from '../base/assert.ts';
import type { Index } from '../base/brand.ts';
import type { RaftConfig } from './config.ts';
import { Inflight } from './inflight.ts';

export type ProgressMode =
	| { readonly mode: 'probe'; paused: boolean }
	| { readonly mode: 'replicate'; readonly inflight: Inflight }
	/** keepFrom: entries after this one are wanted afterwards. delivered: the index of the snapshot that reached the member, or null. */
	| { readonly mode: 'snapshot'; readonly keepFrom: Index; delivered: Index | null };

export class Progress {
	state: ProgressMode = { mode: 'probe', paused: false };
	/** The greatest entry known to be durable there and equal to ours. */
	match = 0 as Index;
	/** The next entry to send. */
	next: Index;
	/** The leader's tick at which it last heard from this member. */
	heardAt: number;
	/** The commit index that the member has been told, or 0. */
	commitSent = 0 as Index;
	/** The newest ReadIndex round that it has acknowledged in this term. */
	readAcked = 0;
	/** First entry of the fetch that is under way for it, or null. */
	fetching: Index | null = null;
	/** Send an append even if there is no entry for it: its place must be found, or found again. */
	poked = false;
	/** Armed by each heartbeat tick when nothing was accepted since the last one: then its reply asks for a poke. */
	mayPoke = true;
	#matchAtTick = 0 as Index;
	readonly #config: RaftConfig;

	constructor(config: RaftConfig, next: Index, now: number) {
		this.#config = config;
		this.next = next;
		this.heardAt = now;
	}

	isActive(now: number, electionTicks: number): boolean {
		return now - this.heardAt < electionTicks;
	}

	becomeProbe(): void {
		// After a snapshot the entries that it holds need not be sent again.
		const delivered = this.state.mode === 'snapshot' ? (this.state.delivered ?? this.match) : this.match;
		this.next = (Math.max(this.match, delivered) + 1) as Index;
		this.state = { mode: 'probe', paused: false };
		this.fetching = null;
	}

	/** No probe until the member is heard again. */
	pauseProbe(): void {
		if (this.state.mode === 'probe') {
			this.state.paused = true;
		}
	}

	becomeReplicate(): void {
		this.next = (this.match + 1) as Index;
		this.state = {
			mode: 'replicate',
			inflight: new Inflight({ countMax: this.#config.inflightAppendsMax, bytesMax: this.#config.inflightBytesMax }),
		};
		this.fetching = null;
	}

	becomeSnapshot(keepFrom: Index): void {
		this.state = { mode: 'snapshot', keepFrom, delivered: null };
		this.fetching = null;
	}

	/** A heartbeat is about to leave. */
	tick(): void {
		this.mayPoke = this.match === this.#matchAtTick;
		this.#matchAtTick = this.match;
	}

	/** Entries up to last, or none (last = next - 1), are on their way. */
	sent(last: Index, bytes: number, commit: Index): void {
		assert(last >= this.next - 1, () => `sent up to ${last}, next was ${this.next}`);
		this.poked = false;
		this.commitSent = Math.max(this.commitSent, Math.min(commit, last)) as Index;
		if (this.state.mode === 'probe') {
			this.state.paused = true;
		} else if (this.state.mode === 'replicate' && last >= this.next) {
			this.state.inflight.add(last, bytes);
			this.next = (last + 1) as Index;
		}
	}

	/** True if this is news. */
	accepted(match: Index): boolean {
		const isNews = match > this.match;
		if (isNews) {
			this.match = match;
			this.next = Math.max(this.next, match + 1) as Index;
		}
		if (this.state.mode === 'replicate') {
			this.state.inflight.freeUpTo(match);
		}
		return isNews;
	}

	/** The append after `rejected` did not fit; logs agree at most up to hint. False if the rejection is an old one. */
	rejected(rejected: Index, hint: Index): boolean {
		switch (this.state.mode) {
			case 'replicate':
				if (rejected <= this.match) {
					return false;
				}
				this.becomeProbe();
				return true;
			case 'snapshot':
				if (rejected !== this.state.delivered) {
					return false;
				}
				// It was delivered and then lost, by a crash before it was installed.
				this.state.delivered = null;
				this.becomeProbe();
				this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1) as Index;
				return true;
			case 'probe':
				if (rejected !== this.next - 1) {
					return false;
				}
				this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1) as Index;
				this.state.paused = false;
				this.fetching = null;
				return true;
		}
	}
}
