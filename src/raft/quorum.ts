/**
 * Majorities, alone and joint (thesis 4.3): a decision of a joint configuration needs a majority of both halves.
 * An empty half decides nothing and so agrees to everything; that both are empty is for the caller to exclude.
 */
import { assert } from '../base/assert.ts';
import type { Slot } from '../base/brand.ts';
import type { Membership } from './state.ts';

export type VoteResult = 'won' | 'lost' | 'pending';

/** The greatest number that a quorum has reached, where reached(slot) says how far each one is. */
export function quorumReached(membership: Membership, reached: (slot: Slot) => number): number {
	assert(membership.voters.length > 0, 'a quorum of nobody');
	const incoming = majorityReached(membership.voters, reached);
	return membership.votersOutgoing.length === 0 ? incoming : Math.min(incoming, majorityReached(membership.votersOutgoing, reached));
}

function majorityReached(voters: readonly Slot[], reached: (slot: Slot) => number): number {
	if (voters.length === 1) {
		return reached(voters[0] as Slot);
	}
	const ascending: number[] = [];
	for (const voter of voters) {
		const value = reached(voter);
		let at = ascending.length;
		while (at > 0 && (ascending[at - 1] as number) > value) {
			at--;
		}
		ascending.splice(at, 0, value);
	}
	// Of five, the third from the top has been reached by three; of four, the third from the top as well.
	return ascending[ascending.length - majorityOf(voters.length)] as number;
}

/** Votes: true granted, false refused, undefined not yet in. */
export function voteResult(membership: Membership, voteOf: (slot: Slot) => boolean | undefined): VoteResult {
	assert(membership.voters.length > 0, 'a vote of nobody');
	const incoming = majorityVote(membership.voters, voteOf);
	const outgoing = membership.votersOutgoing.length === 0 ? 'won' : majorityVote(membership.votersOutgoing, voteOf);
	if (incoming === 'lost' || outgoing === 'lost') {
		return 'lost';
	}
	return incoming === 'won' && outgoing === 'won' ? 'won' : 'pending';
}

function majorityVote(voters: readonly Slot[], voteOf: (slot: Slot) => boolean | undefined): VoteResult {
	let granted = 0;
	let missing = 0;
	for (const voter of voters) {
		const vote = voteOf(voter);
		if (vote === undefined) {
			missing++;
		} else if (vote) {
			granted++;
		}
	}
	const needed = majorityOf(voters.length);
	if (granted >= needed) {
		return 'won';
	}
	return granted + missing >= needed ? 'pending' : 'lost';
}

export function majorityOf(count: number): number {
	return Math.floor(count / 2) + 1;
}

/** Takes part in decisions, of either half. */
export function isVoter(membership: Membership, slot: Slot): boolean {
	return membership.voters.includes(slot) || membership.votersOutgoing.includes(slot);
}

/** The only voter there is: its own word is a quorum. */
export function isSoleVoter(membership: Membership, slot: Slot): boolean {
	return membership.voters.length === 1 && membership.voters[0] === slot && membership.votersOutgoing.every((voter) => voter === slot);
}

/** Everyone who gets entries: voters of both halves and learners, each once. */
export function membersOf(membership: Membership): readonly Slot[] {
	return [...new Set([...membership.voters, ...membership.votersOutgoing, ...membership.learners, ...membership.learnersNext])];
}
