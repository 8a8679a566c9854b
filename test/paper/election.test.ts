import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../src/base/random.ts';
import type { PeerMessage } from '../../src/raft/message.ts';
import { append, heartbeat, LoneMember, preVoteRequest, voteRequest } from './lone-member.ts';

test('paper: 5.1: a member that sees a greater term adopts it and follows, whatever it was', () => {
	const members = [new LoneMember(), new LoneMember(), new LoneMember().lead()];
	members[1]?.tick(10);
	const roles = members.map(({ core }) => core.status().role);
	deepEqual(roles, ['follower', 'candidate', 'leader']);
	for (const member of members) {
		member.receive(2, 9, heartbeat());
		const { role, term, leader } = member.core.status();
		deepEqual([role, term, leader], ['follower', 9, 2]);
	}
});

test('paper: 5.1: a request of a smaller term is refused with the greater one', () => {
	const requests: readonly PeerMessage[] = [append(0, 0), heartbeat(), voteRequest(9, 2), preVoteRequest(9, 2)];
	for (const request of requests) {
		const member = new LoneMember({ term: 5 });
		const { send } = member.receive(2, 3, request);
		equal(send[0]?.term, 5);
		equal(member.core.status().leader, 0);
	}
});

test('paper: 5.2: members start as followers, and stay so while they hear a leader', () => {
	const member = new LoneMember({ term: 1 });
	for (let i = 0; i < 50; i++) {
		member.tick();
		member.receive(2, 1, heartbeat());
	}
	equal(member.core.status().role, 'follower');
});

test('paper: 5.2: a follower that hears nothing for its patience begins an election: next term, own vote, requests to all others', () => {
	const member = new LoneMember({ size: 5, term: 3 });
	member.tick(10);
	equal(member.batches[0]?.hardState.term, 4);
	equal(member.batches[0]?.hardState.vote, 1);
	member.flush();
	deepEqual(
		member.sent('vote_request').map(({ to, term }) => [to, term]),
		[2, 3, 4, 5].map((to) => [to, 4]),
	);
});

test('paper: 5.2: a leader sends heartbeats to all others, and never campaigns', () => {
	const member = new LoneMember({ size: 5 }).lead();
	member.tick(40);
	equal(member.sent('heartbeat').length, 4 * 40);
	equal(member.core.status().role, 'leader');
});

test('paper: 5.2: votes for at most one candidate a term, first come first served', () => {
	const member = new LoneMember();
	member.receive(2, 2, voteRequest(1, 1));
	member.receive(3, 2, voteRequest(1, 1));
	member.flushAll();
	deepEqual(
		member.sent('vote_reply').map(({ to, message }) => [to, message.granted]),
		[
			[3, false],
			[2, true],
		],
	);
});

test('paper: figure 2: a vote is kept across a crash', () => {
	const member = new LoneMember({ term: 2, vote: 2 });
	member.receive(3, 2, voteRequest(9, 1));
	member.receive(2, 2, voteRequest(9, 1));
	member.flushAll();
	deepEqual(
		member.sent('vote_reply').map(({ to, message }) => [to, message.granted]),
		[
			[3, false],
			[2, true],
		],
	);
});

test('paper: figure 2: neither a vote nor the request for one leaves before it is durable', () => {
	const voter = new LoneMember();
	voter.receive(2, 2, voteRequest(1, 1));
	equal(voter.sent('vote_reply').length, 0);
	const candidate = new LoneMember();
	candidate.tick(10);
	equal(candidate.sent('vote_request').length, 0);
});

for (const [size, votes, role] of [
	[1, [], 'leader'],
	[3, [], 'candidate'],
	[3, [true], 'leader'],
	[3, [false], 'candidate'],
	[3, [false, false], 'follower'],
	[5, [true], 'candidate'],
	[5, [true, true], 'leader'],
	[5, [true, false, false], 'candidate'],
	[5, [false, false, false], 'follower'],
] as const) {
	test(`paper: 5.2: of ${size}, with ${votes.length} votes (${votes.join(' ')}) beside its own a candidate is ${role}`, () => {
		const member = new LoneMember({ size });
		member.tick(10);
		member.flushAll();
		const { term } = member.core.status();
		for (const [i, granted] of votes.entries()) {
			member.receive(i + 2, term, { kind: 'vote_reply', granted });
		}
		equal(member.core.status().role, role);
	});
}

test('paper: 5.2: one voter counts once, however often its vote arrives', () => {
	const member = new LoneMember({ size: 5 });
	member.tick(10);
	member.flushAll();
	for (let i = 0; i < 5; i++) {
		member.receive(2, 2, { kind: 'vote_reply', granted: true });
	}
	equal(member.core.status().role, 'candidate');
});

test('paper: 5.2: votes of an earlier term do not count', () => {
	const member = new LoneMember();
	member.tick(20);
	member.flushAll();
	member.receive(2, member.core.status().term - 1, { kind: 'vote_reply', granted: true });
	equal(member.core.status().role, 'candidate');
});

test('paper: 5.2: a candidate that hears the leader of its term follows it', () => {
	const member = new LoneMember();
	member.tick(10);
	member.receive(3, 2, append(1, 1));
	const { role, leader, term } = member.core.status();
	deepEqual([role, leader, term], ['follower', 3, 2]);
});

test('paper: 5.2: after a split vote a candidate begins another election in the next term', () => {
	const member = new LoneMember();
	member.tick(10);
	member.tick(10);
	const { role, term } = member.core.status();
	deepEqual([role, term], ['candidate', 3]);
});

test('paper: 5.2: patience is drawn from [timeout, 2 timeouts), each value as likely', () => {
	const counts = new Map<number, number>();
	for (let seed = 0; seed < 1_000; seed++) {
		const member = new LoneMember({ random: new SeededRandom(seed) });
		let ticks = 0;
		while (member.core.status().role === 'follower') {
			member.tick();
			ticks++;
		}
		counts.set(ticks, (counts.get(ticks) ?? 0) + 1);
	}
	deepEqual(
		[...counts.keys()].sort((a, b) => a - b),
		[10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
	);
	ok([...counts.values()].every((count) => count > 50));
});

for (const [own, lastIndex, lastTerm, granted] of [
	[[1], 1, 1, true],
	[[1], 2, 1, true],
	[[1, 1], 1, 1, false],
	[[1], 1, 2, true],
	[[1, 1], 1, 2, true],
	[[1, 2], 5, 1, false],
	[[2], 1, 1, false],
] as const) {
	test(`paper: 5.4.1: a voter with terms ${own.join(' ')} ${granted ? 'votes' : 'does not vote'} for a log that ends with (${lastIndex}, ${lastTerm})`, () => {
		const member = new LoneMember({ terms: own });
		member.receive(2, 3, voteRequest(lastIndex, lastTerm));
		member.flushAll();
		deepEqual(
			member.sent('vote_reply').map(({ message }) => message.granted),
			[granted],
		);
	});
}
