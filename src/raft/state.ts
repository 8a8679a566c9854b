/** The nouns of the protocol: entries, hard state, membership. Words as in Ongaro's thesis. */
import type { Index, Slot, Term } from '../base/brand.ts';

/** What an entry holds. The core looks at the kind and never at the data. */
export const ENTRY_KIND = {
	/** Empty, appended by each new leader: only entries of the own term may be counted for commit (thesis 3.6.2). */
	noop: 0,
	/** A command for the store. */
	command: 1,
	/**
	 * A change of membership: a command for the store, and at most one of them uncommitted or unapplied (thesis 4.1). One without data has a
	 * meaning of its own, for the core as for the store: it leaves the joint configuration. While joint no other is taken, and else not this
	 * one. Where the joint configuration is to be left by itself (autoLeave) the leader makes it; the store, having applied it, says: voters as
	 * they are, learners and learnersNext are the learners, nothing outgoing.
	 */
	membership: 2,
} as const;
export type EntryKind = (typeof ENTRY_KIND)[keyof typeof ENTRY_KIND];

export interface EntryId {
	readonly index: Index;
	readonly term: Term;
}

export interface Entry {
	readonly index: Index;
	readonly term: Term;
	readonly kind: EntryKind;
	readonly data: Uint8Array;
}

/** In place of a mark: no snapshot is being installed any more. */
export const NO_MARK: EntryId = { index: 0 as Index, term: 0 as Term };

/** What must be durable before a vote or an append is answered, and the commit index known at the time. */
export interface HardState {
	readonly term: Term;
	/** The candidate voted for in this term, or NOBODY. */
	readonly vote: Slot;
	readonly commit: Index;
}

/** Who takes part, as the store has applied it. The core takes its members from nowhere else. */
export interface Membership {
	/** The entry that made it so; 0: no membership is known yet. */
	readonly index: Index;
	readonly voters: readonly Slot[];
	/** While joint: the voters of the configuration that is left; else empty (thesis 4.3). */
	readonly votersOutgoing: readonly Slot[];
	readonly learners: readonly Slot[];
	/** While joint: voters to become learners once the joint configuration is left. */
	readonly learnersNext: readonly Slot[];
	readonly autoLeave: boolean;
}

/** What the log holds, found at boot. */
export interface LogSummary {
	readonly hardState: HardState;
	/** The entry before the first one kept (0 and 0 for a log from the start), or the point of an installed snapshot. */
	readonly before: EntryId;
	/** Last index kept; before.index if there is none. */
	readonly last: Index;
	/** Run-length terms of the entries kept: each run starts at an index and lasts to the next. */
	readonly terms: readonly EntryId[];
}
