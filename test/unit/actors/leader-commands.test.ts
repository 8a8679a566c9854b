import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { LaneAnswers } from '../../../src/actors/lane-answers.ts';
import { LeaderCommands, type LeaderOutcome } from '../../../src/actors/leader-commands.ts';
import { laneOf, NOBODY, type RequestId, type Slot, STORE_LANE, type Term } from '../../../src/base/brand.ts';
import { EMPTY_BYTES } from '../../../src/base/bytes.ts';
import { CODES } from '../../../src/base/codes.ts';
import { LEADER_COMMANDS_MAX } from '../../../src/base/limits.ts';
import { COMMAND_KIND, decodeCommand } from '../../../src/protocol/command.ts';
import type { Propose } from '../../../src/protocol/messages.ts';

class Subject {
	readonly posted: Propose[] = [];
	readonly outcomes: LeaderOutcome[] = [];
	slot = 2 as Slot;
	readonly commands = new LeaderCommands({ boot: 7, slot: () => this.slot, post: (message) => this.posted.push(message) });

	/** Leads term 3 and has applied an entry of it. */
	static leading(): Subject {
		const subject = new Subject();
		subject.role('leader', 3);
		subject.commands.applied(3 as Term);
		return subject;
	}

	role(role: 'leader' | 'follower', term: number): void {
		this.commands.roleChanged({ kind: 'role_changed', role, term: term as Term, leader: (role === 'leader' ? 2 : 1) as Slot });
	}

	propose(): boolean {
		return this.commands.propose(COMMAND_KIND.put, Buffer.from('body'), (outcome) => this.outcomes.push(outcome));
	}

	lastId(): RequestId {
		return (this.posted.at(-1) as Propose).requestId;
	}
}

test('leader commands: a follower decides nothing', () => {
	const subject = new Subject();
	subject.role('follower', 3);
	subject.commands.applied(3 as Term);
	equal(subject.propose(), false);
	equal(subject.commands.leadingTerm, null);
});

test('leader commands: a leader decides nothing before an entry of its own term is applied', () => {
	const subject = new Subject();
	subject.commands.applied(2 as Term);
	subject.role('leader', 3);
	equal(subject.propose(), false);
	subject.commands.applied(3 as Term);
	equal(subject.commands.leadingTerm, 3);
	equal(subject.propose(), true);
});

test('leader commands: a command carries the term that decided it, and whose it is, in the envelope and for raft', () => {
	const subject = Subject.leading();
	subject.propose();
	const [message] = subject.posted;
	equal(message?.onlyTerm, 3);
	const command = decodeCommand(message?.command as Uint8Array);
	deepEqual([command?.term, command?.kind, command?.origin.slot, command?.origin.boot], [3, COMMAND_KIND.put, 2, 7]);
	equal(command?.origin.requestId, message?.requestId);
	equal(laneOf(message?.requestId as RequestId), STORE_LANE);
});

test('leader commands: settled says what the store made of it, once', () => {
	const subject = Subject.leading();
	subject.propose();
	const id = subject.lastId();
	subject.commands.settled(id, CODES.lease_not_found.code, EMPTY_BYTES);
	subject.commands.settled(id, 0, EMPTY_BYTES);
	deepEqual(subject.outcomes, [{ kind: 'settled', code: CODES.lease_not_found.code, response: EMPTY_BYTES }]);
});

test('leader commands: a refusal of raft is told with its code, and an id of somebody else is not taken', () => {
	const subject = Subject.leading();
	subject.propose();
	equal(subject.commands.refused(subject.commands.nextRequestId(), CODES.not_leader.code), false);
	equal(subject.commands.refused(subject.lastId(), CODES.too_many_requests.code), true);
	deepEqual(subject.outcomes, [{ kind: 'refused', code: CODES.too_many_requests.code }]);
});

test('leader commands: what is outstanding when the reign ends is lost, not refused, and a late answer is not told', () => {
	const subject = Subject.leading();
	subject.propose();
	subject.role('follower', 4);
	deepEqual(subject.outcomes, [{ kind: 'lost' }]);
	subject.commands.settled(subject.lastId(), 0, EMPTY_BYTES);
	equal(subject.outcomes.length, 1);
	equal(subject.propose(), false);
});

test('leader commands: a leader of a later term has lost what it proposed in the former', () => {
	const subject = Subject.leading();
	subject.propose();
	subject.role('leader', 5);
	deepEqual(subject.outcomes, [{ kind: 'lost' }]);
	equal(subject.commands.leadingTerm, null);
});

test('leader commands: beyond the bound nothing is taken until something is answered', () => {
	const subject = Subject.leading();
	for (let i = 0; i < LEADER_COMMANDS_MAX; i++) {
		equal(subject.propose(), true);
	}
	equal(subject.propose(), false);
	subject.commands.settled(subject.lastId(), 0, EMPTY_BYTES);
	equal(subject.propose(), true);
});

test('leader commands: a member that is not in its own table proposes nothing', () => {
	const subject = Subject.leading();
	subject.slot = NOBODY;
	equal(subject.propose(), false);
});

test("leader commands: the store's own answers reach the store, and no lane", () => {
	const answers = new LaneAnswers(1);
	const id = Subject.leading().commands.nextRequestId();
	answers.add(id, 5, EMPTY_BYTES);
	const seen: unknown[] = [];
	answers.forStore((...row) => seen.push(row));
	deepEqual(seen, [[id, 5, EMPTY_BYTES]]);
	equal(answers.toSettled(0, 1 as never, 1).requestIds.length, 0);
});
