/**
 * The members of the cluster, in the tree `members`: the one source of who takes part, of names and of client URLs. Changed only by
 * applied commands, in the store's transaction. How records lie in the tree is storage.ts; adding and removing members is changes.ts, one in the
 * place of another replacement.ts.
 */
import type { Index, Slot } from '../base/brand.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import type { Membership } from '../raft/state.ts';
import type { BootstrapBody, PublishBody } from './commands.ts';
import type { MemberRecord } from './record.ts';
import { isId, isStorable, isTexts, putCluster, putMember, readCluster, readMembers, readRemoved } from './storage.ts';

const NO_MEMBERSHIP: Membership = {
	index: 0 as Index,
	voters: [],
	votersOutgoing: [],
	learners: [],
	learnersNext: [],
	autoLeave: false,
};

/** The founding members. False, and nothing is changed, if there is a cluster already or the body is not one that can be stored. */
export function bootstrap(view: WriteView, body: BootstrapBody, index: Index): boolean {
	const storable = isId(body.clusterId) && Array.isArray(body.members) && body.members.length > 0 && body.members.every(isStorable);
	if (clusterId(view) !== null || !storable) {
		return false;
	}
	for (const member of body.members) {
		putMember(view, member);
	}
	const nextSlot = Math.max(...body.members.map(({ slot }) => slot)) + 1;
	putCluster(view, { clusterId: body.clusterId, membershipIndex: index, nextSlot, joint: null });
	return true;
}

/** A member tells its name and client URLs. False if it is not a member, or these are not such. */
export function publish(view: WriteView, body: PublishBody): boolean {
	const member = list(view).find((each) => each.id === body.id);
	if (member === undefined || typeof body.name !== 'string' || !isTexts(body.clientUrls)) {
		return false;
	}
	putMember(view, { ...member, name: body.name, clientUrls: body.clientUrls });
	return true;
}

/** In order of slots. */
export function list(view: ReadView): MemberRecord[] {
	return readMembers(view);
}

/** Ids that have left, and can never come back. */
export function removedIds(view: ReadView): string[] {
	return readRemoved(view).map(({ id }) => id);
}

/** As hex; null before the founding members are known. */
export function clusterId(view: ReadView): string | null {
	return readCluster(view)?.clusterId ?? null;
}

/** Who takes part, for raft; its index is 0 before the founding members are known. */
export function membershipOf(view: ReadView): Membership {
	const found = readCluster(view);
	if (found === null) {
		return NO_MEMBERSHIP;
	}
	const { membershipIndex, joint } = found;
	const members = list(view).filter(({ slot }) => slot !== joint?.leaving);
	const slots = (learner: boolean): Slot[] => members.filter((each) => each.learner === learner).map((each) => each.slot);
	return {
		index: membershipIndex as Index,
		voters: slots(false),
		votersOutgoing: joint?.outgoing ?? [],
		learners: slots(true),
		// No command makes a learner of a voter.
		learnersNext: [],
		autoLeave: joint !== null,
	};
}
