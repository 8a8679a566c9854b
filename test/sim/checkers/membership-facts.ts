/**
 * Who takes part, as committed: every membership that a store has applied, by the entry that made it, and the newest table of members. What the
 * stores say of it is held to be one thing by membership-rules.ts; here it is only kept. Others ask for quorums, which are counted here anew.
 */
import type { Slot } from '../../../src/base/brand.ts';
import type { MemoryEngine } from '../../../src/base/memory-engine.ts';
import type { MemberRecord } from '../../../src/members/record.ts';
import { list, removedIds } from '../../../src/members/table.ts';
import { readStoreState } from '../../../src/mvcc/store-state.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Membership } from '../../../src/raft/state.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { Blind, type Place } from '../witness.ts';

export interface KnownTable {
	/** The applied index at which it was read. */
	readonly index: number;
	readonly members: readonly MemberRecord[];
	readonly removed: ReadonlySet<string>;
}

export class MembershipFacts extends Blind {
	/** Each once, in the order of the entries that made them. */
	readonly history: Membership[] = [];
	table: KnownTable = { index: 0, members: [], removed: new Set() };
	/** The store of each process. */
	readonly #engines = new Map<number, MemoryEngine>();

	get latest(): Membership | null {
		return this.history.at(-1) ?? null;
	}

	/**
	 * Memberships by which an entry may have been committed: a leader counts by the one that it has applied, and at most one change in its log
	 * is not applied yet (thesis 4.1; reliability.md 4.3).
	 */
	inForceAt(index: number): readonly Membership[] {
		const at = this.history.findLastIndex((membership) => membership.index <= index);
		return this.history.slice(Math.max(0, at - 1), at + 1);
	}

	override committed(place: Place, engine: MemoryEngine): void {
		this.#engines.set(place.epoch, engine);
	}

	override told(place: Place, from: Address, to: string, message: AnyMessage): void {
		if (from.role !== 'store') {
			return;
		}
		const membership = membershipIn(message);
		if (membership !== null && membership.index > 0 && !this.history.some(({ index }) => index === membership.index)) {
			this.history.push(membership);
			this.history.sort((a, b) => a.index - b.index);
		}
		const engine = this.#engines.get(place.epoch);
		if (message.kind === 'members_changed' && engine !== undefined && to === 'peer/0') {
			const { appliedIndex: index } = engine.read(readStoreState);
			if (index > this.table.index) {
				this.table = engine.read((view) => ({ index, members: list(view), removed: new Set(removedIds(view)) }));
			}
		}
	}
}

/** What the store tells raft. */
export function membershipIn(message: AnyMessage): Membership | null {
	return message.kind === 'applied' || message.kind === 'restored' || message.kind === 'store_opened' ? message.membership : null;
}

/** A majority of each half. */
export function isQuorum({ voters, votersOutgoing }: Pick<Membership, 'voters' | 'votersOutgoing'>, holds: (slot: Slot) => boolean): boolean {
	return [voters, votersOutgoing].every((half) => half.length === 0 || half.filter(holds).length > half.length / 2);
}
