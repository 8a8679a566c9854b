/** A leader that takes changes of membership: the steps that many claims of chapter 4 begin with. */
import { equal } from 'node:assert/strict';
import type { Index, RequestId, Slot } from '../../src/base/brand.ts';
import type { Membership } from '../../src/raft/state.ts';
import { accepted, LoneMember, type LoneOptions, membershipOf } from './lone-member.ts';

export function slots(...numbers: readonly number[]): readonly Slot[] {
	return numbers as readonly Slot[];
}

/** A leader in term 2 whose first entry, 2, is committed and applied. */
export function leader(options: LoneOptions = {}): LoneMember {
	const member = new LoneMember({ membership: membershipOf([1, 2, 3]), ...options }).lead();
	member.receive(2, 2, accepted(2));
	member.receive(4, 2, accepted(2));
	member.step({ kind: 'applied', upTo: 2 as Index, membership: null });
	member.left.length = 0;
	return member;
}

export function propose(member: LoneMember, data: string): number {
	return member.step({ kind: 'propose', onlyTerm: null, requestId: 1 as RequestId, entryKind: 2, data: Buffer.from(data) }).refused[0]?.code ?? 0;
}

/** The change of membership that is entry 3 is committed by `by`, and applied. */
export function change(member: LoneMember, to: Membership, ...by: readonly number[]): void {
	equal(propose(member, 'change'), 0);
	member.flushAll();
	for (const slot of by) {
		member.receive(slot, 2, accepted(3));
	}
	equal(member.core.status().commit, 3);
	member.left.length = 0;
	member.step({ kind: 'applied', upTo: 3 as Index, membership: { ...to, index: 3 as Index } });
}
