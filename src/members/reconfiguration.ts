/**
 * The strict checks before a change of membership: whether the cluster would still have a majority that is alive (reference/etcd-surface.md
 * 7.3, reliability.md 1.6 #21667). Advice, given before the command is proposed; what must hold for safety is checked when it is applied.
 */
import { NOBODY, type Slot } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { MemberProgress } from '../raft/inquiry.ts';
import type { MemberRecord } from './record.ts';

/** Of the leader's log: a learner that has less would hold up the first commit that needs it. */
const READY_SHARE = 0.9;

/** What the table and the leader know. */
export interface Circumstances {
	readonly members: readonly MemberRecord[];
	readonly progress: readonly MemberProgress[];
}

/** 0, or why no voter should be added now. The newcomer counts as down. */
export function mayAddVoter({ members, progress }: Circumstances): number {
	const voters = votersOf(members);
	const size = voters.length + 1;
	const started = voters.filter(isStarted).length;
	if (voters.length === 1 && started === 1) {
		return CODES.ok.code;
	}
	if (started < majority(size)) {
		return CODES.not_enough_started.code;
	}
	return activeOf(voters, progress).length < majority(size) ? CODES.unhealthy.code : CODES.ok.code;
}

/** 0, or why this member should not be removed now. One that nobody hears is no loss. */
export function mayRemove({ members, progress }: Circumstances, id: string): number {
	const target = members.find((member) => member.id === id);
	if (target?.learner === true) {
		return CODES.ok.code;
	}
	const voters = votersOf(members);
	const rest = voters.filter((voter) => voter !== target);
	if (rest.filter(isStarted).length < majority(rest.length)) {
		return CODES.not_enough_started.code;
	}
	const active = activeOf(voters, progress);
	if (target === undefined || !active.includes(target)) {
		return CODES.ok.code;
	}
	return active.length - 1 < majority(voters.length - 1) ? CODES.unhealthy.code : CODES.ok.code;
}

/** 0, or why this learner should not have a vote yet: asked even without the strict checks. */
export function isReady({ members, progress }: Circumstances, id: string): number {
	const slot = members.find((member) => member.id === id)?.slot ?? NOBODY;
	const match = matchOf(progress, slot);
	// The leader is the first row of what it tells.
	const leading = progress[0]?.match ?? 0;
	return match !== null && match < leading * READY_SHARE ? CODES.learner_not_ready.code : CODES.ok.code;
}

/** 0, or why no vote should be added by promotion. The one to be promoted counts as started. */
export function mayPromote({ members }: Circumstances): number {
	const voters = votersOf(members);
	return voters.filter(isStarted).length + 1 < majority(voters.length + 1) ? CODES.not_enough_started.code : CODES.ok.code;
}

/** 0, or why a newcomer, which counts as down, or the learner `promotes`, which counts as started, should not take this voter's place now. */
export function mayReplace({ members, progress }: Circumstances, { replaces, promotes }: Replacement): number {
	const voters = votersOf(members);
	const rest = voters.filter(({ id }) => id !== replaces);
	if (rest.length === voters.length) {
		// Nobody, or no voter: the store will say so.
		return CODES.ok.code;
	}
	const needed = majority(rest.length + 1);
	const learner = members.filter(({ id }) => id === promotes);
	if (rest.filter(isStarted).length + learner.length < needed) {
		return CODES.not_enough_started.code;
	}
	// While it lasts the former membership decides too.
	const hasFormer = activeOf(voters, progress).length >= majority(voters.length);
	return hasFormer && activeOf([...rest, ...learner], progress).length >= needed ? CODES.ok.code : CODES.unhealthy.code;
}

export interface Replacement {
	readonly replaces: string;
	/** Id of the learner that gets the vote; null: a newcomer. */
	readonly promotes: string | null;
}

function votersOf(members: readonly MemberRecord[]): readonly MemberRecord[] {
	return members.filter(({ learner }) => !learner);
}

/** It has published its name, which it does once it runs. */
function isStarted(member: MemberRecord): boolean {
	return member.name !== '';
}

function activeOf(voters: readonly MemberRecord[], progress: readonly MemberProgress[]): readonly MemberRecord[] {
	return voters.filter((voter) => progress.some(({ slot, isActive }) => slot === voter.slot && isActive));
}

function matchOf(progress: readonly MemberProgress[], slot: Slot): number | null {
	return progress.find((each) => each.slot === slot)?.match ?? null;
}

function majority(size: number): number {
	return Math.floor(size / 2) + 1;
}
