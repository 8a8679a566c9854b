/**
 * Changes of who takes part, as the store applies them: one member at a time, so that any two majorities, of before and after, share a voter
 * (thesis 4.1). Deterministic and total: checked against the table alone, whatever was checked before the command was proposed. The answers are
 * etcd's (reference/etcd-surface.md 2.9, 7.3). Called by actors/command-execution.ts.
 */
import { assert } from '../base/assert.ts';
import type { Index, Slot } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { WriteView } from '../base/engine.ts';
import type { AddMemberBody, MemberIdBody, UpdateMemberBody } from './commands.ts';
import type { MemberRecord } from './record.ts';
import { isId, isRemoved, isTexts, moveToRemoved, putCluster, putMember, readCluster, readMembers, SLOT_MAX } from './storage.ts';

/** 0, or the code of the refusal: then nothing was changed. */
export function addMember(view: WriteView, body: AddMemberBody, index: Index): number {
	const cluster = readCluster(view);
	if (cluster === null || !isId(body.id) || !arePeerUrls(body.peerUrls) || typeof body.learner !== 'boolean') {
		return CODES.bad_member_urls.code;
	}
	if (isRemoved(view, body.id)) {
		return CODES.member_removed.code;
	}
	const members = readMembers(view);
	if (members.some(({ id }) => id === body.id)) {
		return CODES.member_exists.code;
	}
	if (isAnyUrlTaken(members, body.peerUrls)) {
		return CODES.peer_url_exists.code;
	}
	if (body.learner && members.filter(({ learner }) => learner).length >= body.learnersMax) {
		return CODES.too_many_learners.code;
	}
	if (cluster.nextSlot > SLOT_MAX) {
		return CODES.unhealthy.code;
	}
	const { id, peerUrls, learner } = body;
	assert(
		members.every(({ slot }) => slot < cluster.nextSlot),
		() => `slot ${cluster.nextSlot} was given out before`,
	);
	putMember(view, { slot: cluster.nextSlot as Slot, id, name: '', peerUrls, clientUrls: [], learner });
	putCluster(view, { ...cluster, membershipIndex: index, nextSlot: cluster.nextSlot + 1 });
	return CODES.ok.code;
}

export function removeMember(view: WriteView, body: MemberIdBody, index: Index): number {
	const found = find(view, body.id);
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
	const found = find(view, body.id);
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
	const found = find(view, body.id);
	if (typeof found === 'number') {
		return found;
	}
	if (!found.learner) {
		return CODES.member_not_learner.code;
	}
	putMember(view, { ...found, learner: false });
	touch(view, index);
	return CODES.ok.code;
}

function find(view: WriteView, id: unknown): MemberRecord | number {
	if (!isId(id)) {
		return CODES.member_not_found.code;
	}
	if (isRemoved(view, id)) {
		return CODES.member_removed.code;
	}
	return readMembers(view).find((each) => each.id === id) ?? CODES.member_not_found.code;
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
