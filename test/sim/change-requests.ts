/** The requests of the simulated administrator, drawn from the plan's weights and from the table of members as it is known to be committed. */
import type { Slot } from '../../src/base/brand.ts';
import { codeRow } from '../../src/base/codes.ts';
import type { MemberRecord } from '../../src/members/record.ts';
import { etcdserverpb } from '../../src/rpc/generated/messages.js';
import { hexFromLong, longFromHex } from '../../src/rpc/long-id.ts';
import { UNKNOWN_WORDS } from './client.ts';
import type { Dice } from './dice.ts';
import { machineOf, peerUrl } from './foundation.ts';
import type { Outcome } from './history.ts';
import type { Member } from './member.ts';
import type { ChangePlan } from './plan.ts';
import type { Change } from './prospects.ts';

const { MemberAddRequest, MemberAddResponse, MemberPromoteRequest, MemberRemoveRequest, MemberUpdateRequest, MoveLeaderRequest } = etcdserverpb;

/** id: of the member that it is about, or of the one that came, as hex. */
export type ChangeAnswer = (outcome: Outcome, words: string, id: string) => void;

export interface ChangeRequest {
	readonly change: Change;
	readonly method: string;
	send(at: Member, answer: ChangeAnswer): void;
}

export interface RequestWorld {
	readonly table: readonly MemberRecord[];
	readonly leader: Slot | null;
	/** A machine on which nobody runs, and nobody will but who is added there. */
	freeMachine(): number;
}

/** null: there is nobody to ask it about. */
export function drawChange(plan: ChangePlan, world: RequestWorld, dice: Dice): ChangeRequest | null {
	const { add, addLearner, promote, remove, replace, update } = plan;
	const hasRoom = world.table.length < plan.membersMax;
	let at = dice.below(Math.max(1, add + addLearner + promote + remove + replace + update));
	for (const [weight, make] of [
		[add, () => (hasRoom ? addMember(world.freeMachine(), false) : null)],
		[addLearner, () => (hasRoom ? addMember(world.freeMachine(), true) : null)],
		[promote, () => promoteMember(world, dice)],
		[remove, () => removeMember(victim(world, dice))],
		[replace, () => replaceMember(world, dice)],
		[update, () => updateMember(world, dice)],
	] as const) {
		if (at < weight) {
			return make();
		}
		at -= weight;
	}
	return null;
}

function addMember(machine: number, isLearner: boolean): ChangeRequest {
	const bytes = MemberAddRequest.encode({ peerURLs: [peerUrl(machine)], isLearner }).finish();
	return {
		change: { kind: isLearner ? 'addLearner' : 'add', comes: isLearner ? null : `machine ${machine}`, leaves: null },
		method: 'MemberAdd',
		send: (at, answer) =>
			call(at, 'Cluster/MemberAdd', bytes, (outcome, words, response) => {
				const id = outcome === 'ok' ? MemberAddResponse.decode(response).member?.ID : null;
				answer(outcome, words, id ? hexFromLong(id) : '');
			}),
	};
}

function promoteMember({ table }: RequestWorld, dice: Dice): ChangeRequest | null {
	const learners = table.filter(({ learner }) => learner);
	if (learners.length === 0) {
		return null;
	}
	const { slot, id } = dice.pick(learners);
	const bytes = MemberPromoteRequest.encode({ ID: longFromHex(id) }).finish();
	return {
		change: { kind: 'promote', comes: slot, leaves: null },
		method: 'MemberPromote',
		send: (at, answer) => call(at, 'Cluster/MemberPromote', bytes, (outcome, words) => answer(outcome, words, id)),
	};
}

export function removeMember(member: MemberRecord | null): ChangeRequest | null {
	if (member === null) {
		return null;
	}
	const { slot, id } = member;
	const bytes = MemberRemoveRequest.encode({ ID: longFromHex(id) }).finish();
	return {
		change: { kind: 'remove', comes: null, leaves: slot },
		method: 'MemberRemove',
		send: (at, answer) => call(at, 'Cluster/MemberRemove', bytes, (outcome, words) => answer(outcome, words, id)),
	};
}

/** A learner, or somebody new, comes; a voter goes. It is no method of etcd's: /v2/members has it. */
function replaceMember(world: RequestWorld, dice: Dice): ChangeRequest | null {
	const goes = victim(world, dice);
	if (goes === null || goes.learner) {
		return null;
	}
	const learners = world.table.filter(({ learner }) => learner);
	const learner = learners.length > 0 && dice.oneIn(2) ? dice.pick(learners) : null;
	const machine = world.freeMachine();
	const comes = learner === null ? { peerUrls: [peerUrl(machine)] } : { promotes: learner.id };
	return {
		change: { kind: 'replace', comes: learner?.slot ?? `machine ${machine}`, leaves: goes.slot },
		method: 'MemberReplace',
		send: (at, answer) =>
			at.process?.onLane(0, ({ changes }, seat) =>
				changes.replace({ comes, replaces: goes.id }, (code, id) => {
					const words = codeRow(code)?.text ?? '';
					seat.whenReleased(() => answer(outcomeOf(code, words), words, id));
				}),
			),
	};
}

function updateMember({ table }: RequestWorld, dice: Dice): ChangeRequest | null {
	if (table.length === 0) {
		return null;
	}
	const { id, peerUrls } = dice.pick(table);
	const machine = machineOf(peerUrls[0] ?? '');
	const peerURLs = dice.oneIn(2) ? [peerUrl(machine, dice.between(2380, 2382))] : [peerUrl(machine), peerUrl(machine, 2381)];
	const bytes = MemberUpdateRequest.encode({ ID: longFromHex(id), peerURLs }).finish();
	return {
		change: { kind: 'update', comes: null, leaves: null },
		method: 'MemberUpdate',
		send: (at, answer) => call(at, 'Cluster/MemberUpdate', bytes, (outcome, words) => answer(outcome, words, id)),
	};
}

/** To anybody, a learner too, who must not have it. */
export function moveLeader(table: readonly MemberRecord[], at: Member, dice: Dice, answer: ChangeAnswer): void {
	const { id } = dice.pick(table);
	const bytes = MoveLeaderRequest.encode({ targetID: longFromHex(id) }).finish();
	call(at, 'Maintenance/MoveLeader', bytes, (outcome, words) => answer(outcome, words, id));
}

/** Half the time the leader. */
function victim({ table, leader }: RequestWorld, dice: Dice): MemberRecord | null {
	if (table.length === 0) {
		return null;
	}
	const leading = table.find(({ slot }) => slot === leader);
	return leading !== undefined && dice.oneIn(2) ? leading : dice.pick(table);
}

function call(at: Member, path: string, bytes: Uint8Array, answer: (outcome: Outcome, words: string, response: Uint8Array) => void): void {
	at.process?.request(0, `/etcdserverpb.${path}`, bytes, (status, words, response) => {
		answer(outcomeOf(status, words), words, response ?? new Uint8Array(0));
	});
}

function outcomeOf(code: number, words: string): Outcome {
	return code === 0 ? 'ok' : UNKNOWN_WORDS.has(words) ? 'unknown' : 'refused';
}
