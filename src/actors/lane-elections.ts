/**
 * The elections that this member has seen since it started, for the dashboard: in which term, who won, how long there was no leader, and who
 * began it, as far as this member can tell. Kept by api-actor.ts.
 */
import { NOBODY, type Slot, type Term } from '../base/brand.ts';
import type { RoleChanged } from '../protocol/messages.ts';

export interface ElectionSeen {
	readonly term: Term;
	readonly leader: Slot;
	/** Since the leader was known. */
	readonly ticksAgo: number;
	/** Without a leader before; null: this member has known none since it started. */
	readonly ticksWithout: number | null;
	/** boot: this member found it so. silence: this member had heard no leader for an election timeout. other: another member began it. */
	readonly cause: 'boot' | 'silence' | 'other';
}

interface Won extends Omit<ElectionSeen, 'ticksAgo'> {
	readonly at: number;
}

const ELECTIONS_MAX = 64;

export class LaneElections {
	#won: Won[] = [];
	#leader: Slot = NOBODY;
	#lostAt: number | null = null;
	#wasSilent = false;

	/** now: in ticks. */
	note({ role, term, leader }: RoleChanged, now: number): void {
		this.#wasSilent ||= role === 'pre_candidate' || role === 'candidate';
		if (leader === NOBODY) {
			this.#lostAt ??= this.#leader === NOBODY ? null : now;
		} else if (leader === this.#won.at(-1)?.leader && term === this.#won.at(-1)?.term) {
			// It was only not heard for a while.
			this.#lostAt = null;
			this.#wasSilent = false;
		} else {
			const isFirst = this.#won.length === 0;
			const cause = this.#wasSilent ? 'silence' : isFirst ? 'boot' : 'other';
			this.#won.push({ term, leader, at: now, ticksWithout: isFirst ? null : now - (this.#lostAt ?? now), cause });
			this.#won = this.#won.slice(-ELECTIONS_MAX);
			this.#lostAt = null;
			this.#wasSilent = false;
		}
		this.#leader = leader;
	}

	seen(now: number): readonly ElectionSeen[] {
		return this.#won.map(({ at, ...rest }) => ({ ...rest, ticksAgo: now - at }));
	}
}
