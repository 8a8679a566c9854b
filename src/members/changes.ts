/**
 * Changes of who takes part, as the store applies them: one member at a time, so that any two majorities, of before and after, share a voter
 * (thesis 4.1). Deterministic and total: checked against the table alone, whatever was checked before the command was proposed. The answers are
 * etcd's (reference/etcd-surface.md 2.9, 7.3). Called by actors/command-execution.ts; two members at once are replacement.ts.
 */
import { assert } from '../base/assert.ts';
import type { Index, Slot } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { WriteView } from '../base/engine.ts';
import type { AddMemberBody, MemberIdBody, UpdateMemberBody } from './commands.ts';
import type { MemberRecord } from './record.ts';
import { isId, isRemoved, isTexts, moveToRemoved, putCluster, putMember, readCluster, readMembers, SLOT_MAX } from './storage.ts';

/** Each returns 0, or the code of the refusal: then nothing was changed. */
export function addMember(view: WriteView, body: AddMemberBody, index: Index): number {
	const refusal = refusalOfChange(view);
	if (refusal !== CODES.ok.code) {
		return refusal;
	}
	if (typeof body.learner !== 'boolean') {
		return CODES.bad_member_urls.code;
	}
	// What the table says of id and URLs comes first, as in etcd.
	const code = refusalOfNewcomer(view, body);
	if (code === CODES.ok.code && body.learner && readMembers(view).filter(({ learner }) => learner).length >= body.learnersMax) {
		return CODES.too_many_learners.code;
	}
	return code === CODES.ok.code ? admit(view, body, index) : code;
}

/** A newcomer gets the next slot, or is refused. */
export function admit(view: WriteView, { id, peerUrls, learner }: Newcomer, index: Index): number {
	const code = refusalOfNewcomer(view, { id, peerUrls });
	const cluster = readCluster(view);
	if (code !== CODES.ok.code || cluster === null) {
		return code;
	}
	assert(
		readMembers(view).every(({ slot }) => slot < cluster.nextSlot),
		() => `slot ${cluster.nextSlot} was given out before`,
	);
	putMember(view, { slot: cluster.nextSlot as Slot, id, name: '', peerUrls, clientUrls: [], learner });
	putCluster(view, { ...cluster, membershipIndex: index, nextSlot: cluster.nextSlot + 1 });
	return CODES.ok.code;
}

export function removeMember(view: WriteView, body: MemberIdBody, index: Index): number {
	const found = findForChange(view, body.id);
	if (typeof found === 'number') {
		return found;
	}
	const voters = readMembers(view).filter(({ learner }) => !learner);
	if (!found.learner && voters.length === 1) {
		// A cluster without a voter could never decide anything again.
		return CODES.not_enough_started.code;
	}
	moveToRemoved(view, found);
	touch(view, index);
	return CODES.ok.code;
}

/** Other peer URLs; nothing else of the member changes (reliability.md 1.6: an update once promoted a learner). */
export function updateMember(view: WriteView, body: UpdateMemberBody, index: Index): number {
	const found = findForChange(view, body.id);
	if (typeof found === 'number') {
		return found;
	}
	if (!arePeerUrls(body.peerUrls)) {
		return CODES.bad_member_urls.code;
	}
	const others = readMembers(view).filter(({ id }) => id !== found.id);
	if (isAnyUrlTaken(others, body.peerUrls)) {
		return CODES.peer_url_exists.code;
	}
	putMember(view, { ...found, peerUrls: body.peerUrls });
	touch(view, index);
	return CODES.ok.code;
}

export function promoteMember(view: WriteView, body: MemberIdBody, index: Index): number {
	const refusal = refusalOfChange(view);
	const found = refusal === CODES.ok.code ? findLearner(view, body.id) : refusal;
	if (typeof found === 'number') {
		return found;
	}
	putMember(view, { ...found, learner: false });
	touch(view, index);
	return CODES.ok.code;
}

/** While one member takes another's place there is no other change: the core takes none, so only a mistaken log could hold one. */
export function refusalOfChange(view: WriteView): number {
	return (readCluster(view)?.joint ?? null) === null ? CODES.ok.code : CODES.membership_pending.code;
}

/** The member of an id, or why there is none. */
export function findMember(view: WriteView, id: unknown): MemberRecord | number {
	if (!isId(id)) {
		return CODES.member_not_found.code;
	}
	if (isRemoved(view, id)) {
		return CODES.member_removed.code;
	}
	return readMembers(view).find((each) => each.id === id) ?? CODES.member_not_found.code;
}

export function findLearner(view: WriteView, id: unknown): MemberRecord | number {
	const found = findMember(view, id);
	return typeof found === 'number' || found.learner ? found : CODES.member_not_learner.code;
}

type Newcomer = Omit<AddMemberBody, 'learnersMax'>;

function refusalOfNewcomer(view: WriteView, { id, peerUrls }: Omit<Newcomer, 'learner'>): number {
	const cluster = readCluster(view);
	if (cluster === null || !isId(id) || !arePeerUrls(peerUrls)) {
		return CODES.bad_member_urls.code;
	}
	if (isRemoved(view, id)) {
		return CODES.member_removed.code;
	}
	const members = readMembers(view);
	if (members.some((each) => each.id === id)) {
		return CODES.member_exists.code;
	}
	if (isAnyUrlTaken(members, peerUrls)) {
		return CODES.peer_url_exists.code;
	}
	return cluster.nextSlot > SLOT_MAX ? CODES.unhealthy.code : CODES.ok.code;
}

function findForChange(view: WriteView, id: unknown): MemberRecord | number {
	const refusal = refusalOfChange(view);
	return refusal === CODES.ok.code ? findMember(view, id) : refusal;
}

function arePeerUrls(value: unknown): boolean {
	return isTexts(value) && value.length > 0;
}

function isAnyUrlTaken(members: readonly MemberRecord[], urls: readonly string[]): boolean {
	return members.some(({ peerUrls }) => peerUrls.some((url) => urls.includes(url)));
}

function touch(view: WriteView, index: Index): void {
	const cluster = readCluster(view);
	assert(cluster !== null, 'members without a cluster');
	putCluster(view, { ...cluster, membershipIndex: index });
}
