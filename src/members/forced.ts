/**
 * One member is left of a cluster whose majority is lost for good (--force-new-cluster): all others are removed, and the one that is named has a vote,
 * whatever was going on. An entry of the log says so, written by the member itself while it was not running (adapters/forced-cluster.ts), so that
 * whoever joins later comes to the same table. Deterministic and total, as changes.ts. Called by the store's execution.
 */
import type { Index } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { WriteView } from '../base/engine.ts';
import { findMember } from './changes.ts';
import type { MemberIdBody } from './commands.ts';
import { moveToRemoved, putCluster, putMember, readCluster, readMembers } from './storage.ts';

/** 0, or the code of the refusal: then nothing was changed. */
export function keepOnly(view: WriteView, { id }: MemberIdBody, index: Index): number {
	const kept = findMember(view, id);
	const cluster = readCluster(view);
	if (typeof kept === 'number' || cluster === null) {
		return typeof kept === 'number' ? kept : CODES.member_not_found.code;
	}
	for (const member of readMembers(view)) {
		if (member.slot !== kept.slot) {
			moveToRemoved(view, member);
		}
	}
	putMember(view, { ...kept, learner: false });
	putCluster(view, { ...cluster, membershipIndex: index, joint: null });
	return CODES.ok.code;
}
