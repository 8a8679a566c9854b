/**
 * The clients that hold something open on a member, watchers and leaseholders, and what they were told; with what must come about for them once
 * nobody asks for anything any more: leases that nobody renews end, their keys go everywhere, and every watcher is sent all that there is.
 */

import type { Slot } from '../../src/base/brand.ts';
import type { EngineReader } from '../../src/base/engine.ts';
import { LATEST } from '../../src/mvcc/latest-tree.ts';
import { LEASES } from '../../src/mvcc/lease-tree.ts';
import { currentRevision } from '../../src/mvcc/store-state.ts';
import type { Dice } from './dice.ts';
import { textOf } from './history.ts';
import { LeaseClient, type LeaseWorld } from './lease-client.ts';
import type { LeaseRecord } from './lease-record.ts';
import type { Member } from './member.ts';
import { MILLISECOND, SECOND } from './timeline.ts';
import { demand } from './verdict.ts';
import { WatchClient } from './watch-client.ts';
import type { WatchLeg } from './watch-record.ts';

export interface SessionCounts {
	watchStreams: number;
	watchResponses: number;
	leaseWords: number;
	locksHeld: number;
}

/** Their numbers are none of the others'. */
const NUMBERS_FROM = 1_000;
const STEP = 200 * MILLISECOND;
/** The longest lease, counted by the slowest clock, behind an election. */
const BOUND = 60 * SECOND;

export class Sessions {
	readonly legs: WatchLeg[] = [];
	readonly leases: LeaseRecord = { words: [], locks: [], revoking: new Set() };
	readonly #world: LeaseWorld;
	readonly #watchers: readonly WatchClient[];
	readonly #holders: readonly LeaseClient[];

	/** dice: of a stream of their own, which a plan without them does not ask for. */
	constructor(world: LeaseWorld, dice: () => Dice) {
		this.#world = world;
		const { watches, leases } = world.plan;
		const fork = watches.clients + leases.clients > 0 ? dice() : null;
		this.#watchers = Array.from({ length: watches.clients }, (_, number) => {
			return new WatchClient({ number, plan: watches, legs: this.legs }, world, (fork as Dice).fork());
		});
		this.#holders = Array.from({ length: leases.clients }, (_, i) => {
			return new LeaseClient({ number: NUMBERS_FROM + i, plan: leases, record: this.leases }, world, (fork as Dice).fork());
		});
	}

	get areNone(): boolean {
		return this.#watchers.length + this.#holders.length === 0;
	}

	get counts(): SessionCounts {
		return {
			watchStreams: this.legs.length,
			watchResponses: this.legs.reduce((sum, { seen }) => sum + seen.length, 0),
			leaseWords: this.leases.words.length,
			locksHeld: this.leases.locks.length,
		};
	}

	begin(): void {
		for (const each of [...this.#watchers, ...this.#holders]) {
			each.begin();
		}
	}

	/** Everybody else has fallen silent. null, or what did not come about. */
	end(members: () => readonly Member[], run: (microseconds: number) => boolean): string | null {
		for (const watcher of this.#watchers) {
			watcher.hurry(() => members().map(({ slot }) => slot));
		}
		const deadline = this.#world.timeline.now + BOUND;
		let missing: string | null;
		do {
			if (!run(STEP)) {
				return null;
			}
			missing = this.#missing(members());
		} while (missing !== null && this.#world.timeline.now < deadline);
		return missing === null ? null : `within ${BOUND / SECOND} s: ${missing}`;
	}

	#missing(members: readonly Member[]): string | null {
		let newest = 0;
		for (const { slot, process } of members) {
			if (process === null) {
				continue;
			}
			const left = process.environment.engine.read((view) => {
				const ids: bigint[] = [];
				LEASES.scan(view, null, ({ id }) => ids.push(id) > 0);
				newest = Math.max(newest, currentRevision(view));
				return ids;
			});
			if (left.length > 0) {
				return `leases that nobody renews are still there on member ${slot}: ${left.join(' ')}`;
			}
			checkNoLeasedKeys(slot, process.environment.engine);
		}
		const behind = this.#watchers.findIndex((watcher) => !watcher.hasReached(newest));
		return behind === -1 ? null : `watcher ${behind} was not told of revision ${newest}`;
	}
}

/** With the leases their keys went (reliability.md I30). */
function checkNoLeasedKeys(slot: Slot, engine: Pick<EngineReader, 'read'>): void {
	engine.read((view) =>
		LATEST.scan(view, { lo: new Uint8Array(0), hi: null, single: false }, (key, { lease, tombstone }) => {
			demand(tombstone || lease === 0n, 'keys go with their lease', () => `member ${slot} has ${textOf(key)} of lease ${lease}, and no leases`);
			return true;
		}),
	);
}
