/**
 * One member takes another's place in one step: a newcomer, or a learner that is promoted, gets a vote, and another voter goes. Two voters
 * change at once, so both memberships decide until the former is left (joint consensus, thesis 4.3): the command enters the joint one, and the
 * empty entry that the leader then makes by itself ends it. Deterministic and total, as changes.ts. Called by the store's execution.
 */
import { assert } from '../base/assert.ts';
import type { Index } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { WriteView } from '../base/engine.ts';
import { admit, findLearner, findMember, refusalOfChange } from './changes.ts';
import type { ReplaceMemberBody } from './commands.ts';
import { moveToRemoved, putCluster, putMember, readCluster, readMembers } from './storage.ts';

/** 0, or the code of the refusal: then nothing was changed. */
export function replaceMember(view: WriteView, body: ReplaceMemberBody, index: Index): number {
	const former = readMembers(view);
	const refusal = refusalOfChange(view);
	if (refusal !== CODES.ok.code) {
		return refusal;
	}
	const leaving = findMember(view, body.replaces);
	if (typeof leaving === 'number') {
		return leaving;
	}
	if (leaving.learner) {
		return CODES.member_not_voter.code;
	}
	const code = comeIn(view, body, index);
	if (code !== CODES.ok.code) {
		return code;
	}
	const cluster = readCluster(view);
	assert(cluster !== null, 'members without a cluster');
	const outgoing = former.filter(({ learner }) => !learner).map(({ slot }) => slot);
	putCluster(view, { ...cluster, membershipIndex: index, joint: { outgoing, leaving: leaving.slot } });
	return CODES.ok.code;
}

/** The entry that leaves the joint membership. False, and nothing is changed, if there is none. */
export function leaveJoint(view: WriteView, index: Index): boolean {
	const cluster = readCluster(view);
	if (cluster === null || cluster.joint === null) {
		return false;
	}
	const { leaving } = cluster.joint;
	const member = readMembers(view).find(({ slot }) => slot === leaving);
	assert(member !== undefined, () => `the member in slot ${leaving} is gone before the joint membership is left`);
	moveToRemoved(view, member);
	putCluster(view, { ...cluster, membershipIndex: index, joint: null });
	return true;
}

function comeIn(view: WriteView, { id, peerUrls }: ReplaceMemberBody, index: Index): number {
	if (Array.isArray(peerUrls) && peerUrls.length === 0) {
		const learner = findLearner(view, id);
		if (typeof learner === 'number') {
			return learner;
		}
		putMember(view, { ...learner, learner: false });
		return CODES.ok.code;
	}
	return admit(view, { id, peerUrls, learner: false }, index);
}
