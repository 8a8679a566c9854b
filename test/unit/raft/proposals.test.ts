import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestId, Slot, Term } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import type { ForwardPropose, ForwardRefused } from '../../../src/raft/message.ts';
import type { RaftOutput } from '../../../src/raft/output.ts';
import { accepted, heartbeat, LoneMember } from '../../paper/lone-member.ts';

function propose(member: LoneMember, requestId: number, data = 'x'): RaftOutput {
	return member.step({ kind: 'propose', onlyTerm: null, requestId: requestId as RequestId, entryKind: 1, data: Buffer.from(data) });
}

function forward(sequence: number, count = 1, boot = 99): ForwardPropose {
	const proposals = Array.from({ length: count }, (_, i) => Buffer.from(`p${sequence + i}`));
	return { kind: 'forward_propose', boot, sequence, kinds: proposals.map(() => 1 as const), proposals };
}

function refusal(sequence: number, count: number, boot = 7): ForwardRefused {
	return { kind: 'forward_refused', boot, sequence, count, code: CODES.too_many_requests.code };
}

function follower(): LoneMember {
	const member = new LoneMember();
	member.receive(2, 1, heartbeat());
	member.left.length = 0;
	return member;
}

test('raft: proposals: without a leader they are refused', () => {
	deepEqual(propose(new LoneMember(), 4).refused, [{ requestId: 4, code: CODES.no_leader.code }]);
});

test('raft: proposals: a follower forwards those of a turn in one message, numbered, with their kinds', () => {
	const member = follower();
	const input = (requestId: number, entryKind: 1 | 2) =>
		({ kind: 'propose', onlyTerm: null, requestId: requestId as RequestId, entryKind, data: Buffer.from('x') }) as const;
	member.step(input(1, 1), input(2, 2));
	member.step(input(3, 1));
	deepEqual(
		member.sent('forward_propose').map(({ to, message }) => [to, message.boot, message.sequence, message.kinds]),
		[
			[2, 7, 1, [1, 2]],
			[2, 7, 3, [1]],
		],
	);
});

test('raft: proposals: a long turn is forwarded in several messages', () => {
	const member = new LoneMember({ config: { appendBytesMax: 10 } });
	member.receive(2, 1, heartbeat());
	const input = (text: string) => ({ kind: 'propose', onlyTerm: null, requestId: 1 as RequestId, entryKind: 1, data: Buffer.from(text) }) as const;
	member.step(input('aaaaaa'), input('bbbb'), input('c'), input('d'.repeat(20)), input('e'));
	deepEqual(
		member.sent('forward_propose').map(({ message }) => [message.sequence, message.proposals.length]),
		[
			[1, 2],
			[3, 1],
			[4, 1],
			[5, 1],
		],
	);
});

test('raft: proposals: a leader’s refusal reaches the right requests, once', () => {
	const member = follower();
	for (let requestId = 11; requestId <= 14; requestId++) {
		propose(member, requestId);
	}
	const code = CODES.too_many_requests.code;
	deepEqual(member.receive(2, 1, refusal(2, 2)).refused, [
		{ requestId: 12, code },
		{ requestId: 13, code },
	]);
	deepEqual(member.receive(2, 1, refusal(1, 2)).refused, [{ requestId: 11, code }]);
	deepEqual(member.receive(2, 1, refusal(1, 9)).refused, [{ requestId: 14, code }]);
});

test('raft: proposals: a refusal for another process of this member means nothing', () => {
	const member = follower();
	propose(member, 11);
	deepEqual(member.receive(2, 1, refusal(1, 1, 8)).refused, []);
});

test('raft: proposals: when the leader changes, what was forwarded stays open until the former leader refuses it', () => {
	const member = follower();
	propose(member, 11);
	deepEqual(member.receive(3, 2, heartbeat()).refused, []);
	deepEqual(member.receive(2, 1, refusal(1, 1)).refused, [{ requestId: 11, code: CODES.too_many_requests.code }]);
	deepEqual(member.receive(2, 1, refusal(1, 1)).refused, [], 'once');
});

test('raft: proposals: what had not left yet when the leader changed is refused', () => {
	const member = follower();
	member.core.step({ kind: 'propose', onlyTerm: null, requestId: 11 as RequestId, entryKind: 1, data: Buffer.from('x') });
	deepEqual(member.receive(3, 2, heartbeat()).refused, [{ requestId: 11, code: CODES.leader_changed.code }]);
});

test('raft: proposals: a leader appends forwarded ones, and repeated ones never again', () => {
	const member = new LoneMember().lead();
	member.receive(2, 2, forward(1, 2));
	member.receive(2, 2, forward(1, 2));
	member.receive(2, 2, forward(2, 2));
	deepEqual(
		member.log.slice(2).map(({ data }) => data.toString()),
		['p1', 'p2', 'p3'],
	);
	equal(member.sent('forward_refused').length, 0);
});

test('raft: proposals: sequences are counted for each process of each member', () => {
	const member = new LoneMember().lead();
	member.receive(2, 2, forward(1, 1, 99));
	member.receive(3, 2, forward(1, 1, 99));
	member.receive(2, 2, forward(1, 1, 100));
	equal(member.core.status().last, 5);
});

test('raft: proposals: who does not lead refuses forwarded ones, but not repetitions of what it may have appended', () => {
	const member = new LoneMember().lead();
	member.receive(2, 2, forward(1));
	member.receive(3, 4, heartbeat());
	member.receive(2, 2, forward(1));
	equal(member.sent('forward_refused').length, 0);
	member.receive(2, 2, forward(2));
	deepEqual(
		member.sent('forward_refused').map(({ to, message }) => [to, message.sequence, message.count]),
		[[2, 2, 1]],
	);
});

test('raft: proposals: what was forwarded to an earlier process of this member is neither refused nor appended', () => {
	const member = new LoneMember({ term: 5 });
	member.receive(2, 5, forward(1));
	equal(member.sent('forward_refused').length, 0);
	member.lead();
	member.receive(2, 5, forward(1));
	equal(member.core.status().last, 2);
});

test('raft: proposals: beyond the bound of what is uncommitted they are refused, and accepted again after a commit', () => {
	const member = new LoneMember({ config: { uncommittedBytesMax: 20 } }).lead();
	member.receive(2, 2, accepted(2));
	deepEqual(propose(member, 1, 'x'.repeat(30)).refused, []);
	deepEqual(propose(member, 2).refused, [{ requestId: 2, code: CODES.too_many_requests.code }]);
	member.flushAll();
	member.receive(2, 2, accepted(3));
	deepEqual(propose(member, 3).refused, []);
});

test('raft: proposals: a forwarded read that its leader refuses may be tried again', () => {
	const member = follower();
	member.step({ kind: 'read_index', requestId: 5 as RequestId });
	const context = member.sent('forward_read')[0]?.message.context ?? 0;
	const { refused } = member.receive(2, 1, { kind: 'read_reply', context, index: 0 as never });
	deepEqual(refused, [{ requestId: 5, code: CODES.leader_changed.code }]);
});

test('raft: proposals: a reader’s question is refused by a member that does not lead', () => {
	const member = follower();
	member.receive(3, 1, { kind: 'forward_read', context: 9 });
	deepEqual(
		member.sent('read_reply').map(({ to, message }) => [to, message]),
		[[3 as Slot, { kind: 'read_reply', context: 9, index: 0 }]],
	);
});

test('raft: proposals: what is only for the leader of a term is refused by a follower, and not forwarded', () => {
	const member = follower();
	const output = member.step({ kind: 'propose', onlyTerm: 1 as Term, requestId: 4 as RequestId, entryKind: 1, data: Buffer.from('x') });
	deepEqual(output.refused, [{ requestId: 4, code: CODES.not_leader.code }]);
	equal(member.sent('forward_propose').length, 0);
});

test('raft: proposals: what is only for the leader of a term enters the log in that term, and is refused in another', () => {
	const member = new LoneMember().lead();
	const input = (requestId: number, onlyTerm: number) =>
		({ kind: 'propose', onlyTerm: onlyTerm as Term, requestId: requestId as RequestId, entryKind: 1, data: Buffer.from('x') }) as const;
	const { last, term } = member.core.status();
	deepEqual(member.step(input(4, term)).refused, []);
	equal(member.core.status().last, last + 1);
	deepEqual(member.step(input(5, term - 1)).refused, [{ requestId: 5, code: CODES.not_leader.code }]);
	equal(member.core.status().last, last + 1);
});
