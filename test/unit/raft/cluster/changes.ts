/** Changes of membership as the simulated stores understand them. Total, as a store's commands are: what does not fit changes nothing. */
import type { Index, Slot } from '../../../../src/base/brand.ts';
import { ENTRY_KIND, type Entry, type Membership } from '../../../../src/raft/state.ts';

export type Change =
	| { readonly op: 'found'; readonly voters: readonly Slot[] }
	| { readonly op: 'learner' | 'voter' | 'remove'; readonly slot: Slot }
	/** To these voters and learners by way of a joint configuration. */
	| { readonly op: 'joint'; readonly voters: readonly Slot[]; readonly learners: readonly Slot[]; readonly autoLeave: boolean };

export interface Roster {
	readonly membership: Membership;
	/** Never to come back. */
	readonly removed: readonly Slot[];
}

export const NO_MEMBERSHIP: Membership = { index: 0 as Index, voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };

export function encodeChange(change: Change, request: number): Uint8Array {
	return Buffer.from(JSON.stringify({ ...change, request }));
}

/** 0 for an entry that nobody asked for. */
export function requestOf(entry: Entry): number {
	return entry.kind === ENTRY_KIND.membership && entry.data.length > 0
		? (JSON.parse(Buffer.from(entry.data).toString()) as { request: number }).request
		: 0;
}

/** Null if nothing changes. */
export function changed(roster: Roster, entry: Entry): Roster | null {
	const { membership, removed } = roster;
	const isJoint = membership.votersOutgoing.length > 0;
	if (entry.data.length === 0) {
		return isJoint ? retire(roster, left(membership, entry.index)) : null;
	}
	const change = JSON.parse(Buffer.from(entry.data).toString()) as Change;
	const next = isJoint ? null : applied(membership, change, entry.index);
	if (next === null || next.voters.length === 0 || everybody(next).some((slot) => removed.includes(slot))) {
		return null;
	}
	return retire(roster, next);
}

function applied(old: Membership, change: Change, index: Index): Membership | null {
	const without = (slots: readonly Slot[], slot: Slot): readonly Slot[] => slots.filter((each) => each !== slot);
	switch (change.op) {
		case 'found':
			return old.index === 0 ? { ...NO_MEMBERSHIP, index, voters: change.voters } : null;
		case 'learner':
			return { ...old, index, voters: without(old.voters, change.slot), learners: [...without(old.learners, change.slot), change.slot] };
		case 'voter':
			return { ...old, index, voters: [...without(old.voters, change.slot), change.slot], learners: without(old.learners, change.slot) };
		case 'remove':
			return { ...old, index, voters: without(old.voters, change.slot), learners: without(old.learners, change.slot) };
		case 'joint': {
			const { voters, autoLeave } = change;
			const learners = change.learners.filter((slot) => !old.voters.includes(slot));
			const learnersNext = change.learners.filter((slot) => old.voters.includes(slot));
			return { index, voters, votersOutgoing: old.voters, learners, learnersNext, autoLeave };
		}
	}
}

function left({ voters, learners, learnersNext }: Membership, index: Index): Membership {
	return { ...NO_MEMBERSHIP, index, voters, learners: [...learners, ...learnersNext] };
}

function retire({ membership, removed }: Roster, next: Membership): Roster {
	const staying = everybody(next);
	return { membership: next, removed: [...removed, ...everybody(membership).filter((slot) => !staying.includes(slot))] };
}

export function everybody({ voters, votersOutgoing, learners, learnersNext }: Membership): readonly Slot[] {
	return [...new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext])];
}
