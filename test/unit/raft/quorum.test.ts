import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Slot } from '../../../src/base/brand.ts';
import { isSoleVoter, quorumReached, voteResult } from '../../../src/raft/quorum.ts';
import { membershipOf } from '../../paper/lone-member.ts';

const slots = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 });
const joint = fc.record({
	voters: slots,
	outgoing: fc.oneof(fc.constant<number[]>([]), slots),
	of: fc.array(fc.nat(5), { minLength: 10, maxLength: 10 }),
});

/** Counts heads: the obvious way. */
function isReachedBy(voters: readonly number[], of: readonly number[], value: number): boolean {
	return voters.filter((slot) => (of[slot] ?? 0) >= value).length * 2 > voters.length;
}

test('raft: quorum: what is reached is the greatest number that a majority of each half has reached', () => {
	fc.assert(
		fc.property(joint, ({ voters, outgoing, of }) => {
			const membership = membershipOf(voters, { votersOutgoing: outgoing as Slot[] });
			const reached = quorumReached(membership, (slot) => of[slot] ?? 0);
			const isReached = (value: number) => isReachedBy(voters, of, value) && (outgoing.length === 0 || isReachedBy(outgoing, of, value));
			return isReached(reached) && !isReached(reached + 1);
		}),
	);
});

test('raft: quorum: a vote is won by a majority of each half, lost when one half cannot reach it, else open', () => {
	fc.assert(
		fc.property(joint, ({ voters, outgoing, of }) => {
			// 0 and 1: not in yet; 2 and 3: refused; 4 and 5: granted.
			const voteOf = (slot: number) => ((of[slot] ?? 0) < 2 ? undefined : (of[slot] ?? 0) >= 4);
			const halves = outgoing.length === 0 ? [voters] : [voters, outgoing];
			const count = (half: readonly number[], vote: boolean | undefined) => half.filter((slot) => voteOf(slot) === vote).length;
			const isWon = halves.every((half) => count(half, true) * 2 > half.length);
			const isLost = halves.some((half) => (count(half, true) + count(half, undefined)) * 2 <= half.length);
			const result = voteResult(membershipOf(voters, { votersOutgoing: outgoing as Slot[] }), voteOf);
			equal(result, isWon ? 'won' : isLost ? 'lost' : 'pending');
		}),
	);
});

test('raft: quorum: a sole voter is one whom nobody can outvote, in both halves', () => {
	const self = 1 as Slot;
	equal(isSoleVoter(membershipOf([1]), self), true);
	equal(isSoleVoter(membershipOf([1], { learners: [2 as Slot] }), self), true);
	equal(isSoleVoter(membershipOf([1], { votersOutgoing: [1, 2] as Slot[] }), self), false);
	equal(isSoleVoter(membershipOf([1, 2]), self), false);
	equal(isSoleVoter(membershipOf([]), self), false);
});
