import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, append, heartbeat, LoneMember } from './lone-member.ts';

function terms(member: LoneMember): readonly number[] {
	return member.log.map(({ term }) => term);
}

test('paper: 5.3: a leader appends a command and sends it to all, before it is on its own disk', () => {
	const member = new LoneMember().lead();
	member.receive(2, 2, accepted(2));
	member.receive(3, 2, accepted(2));
	member.left.length = 0;
	member.propose('hello');
	deepEqual(
		member.sent('append_request').map(({ to, message }) => [to, message.previousIndex, message.entries.map(({ data }) => data.toString())]),
		[2, 3].map((to) => [to, 2, ['hello']]),
	);
	equal(member.batches.length, 1);
});

for (const [size, acks, isCommitted] of [
	[1, 0, true],
	[3, 0, false],
	[3, 1, true],
	[5, 1, false],
	[5, 2, true],
	[7, 2, false],
	[7, 3, true],
] as const) {
	test(`paper: 5.3: of ${size}, an entry that the leader and ${acks} others hold is ${isCommitted ? '' : 'not '}committed`, () => {
		const member = new LoneMember({ size }).lead();
		member.propose();
		member.flushAll();
		for (let i = 0; i < acks; i++) {
			member.receive(i + 2, 2, accepted(3));
		}
		equal(member.core.status().commit === 3, isCommitted);
	});
}

test('paper: 5.3: committing an entry commits all before it, those of earlier leaders too, and they are applied in order', () => {
	const member = new LoneMember({ terms: [1, 2, 3] }).lead();
	equal(member.core.status().commit, 1);
	const output = member.receive(2, 4, accepted(4));
	equal(member.core.status().commit, 4);
	// The older ones are no longer in memory after the boot: they are read back first.
	deepEqual(output.fetch, [{ member: 0, lo: 2, hi: 4 }]);
});

test('paper: 5.3: a follower takes part in nothing beyond its last entry: without the entry before, an append is refused', () => {
	for (const [previous, previousTerm] of [
		[3, 2],
		[2, 1],
		[4, 2],
	] as const) {
		const member = new LoneMember({ terms: [1, 2] });
		const { send } = member.receive(2, 2, append(previous, previousTerm, [2]));
		equal(send[0]?.message.kind, 'append_rejected');
		deepEqual(terms(member), [1, 2]);
	}
});

for (const [own, previous, previousTerm, sent, result] of [
	[[1, 2], 2, 2, [3], [1, 2, 3]],
	[[1, 2], 1, 1, [3, 4], [1, 3, 4]],
	[[1], 1, 1, [3, 4], [1, 3, 4]],
	[[1, 2], 1, 1, [2], [1, 2]],
	[[1, 2, 2], 1, 1, [2], [1, 2, 2]],
	[[1, 2, 2, 2], 2, 2, [2, 3], [1, 2, 2, 3]],
	[[1, 3, 3], 1, 1, [4], [1, 4]],
] as const) {
	test(`paper: 5.3: a follower with terms ${own.join(' ')} that gets ${sent.join(' ')} after entry ${previous} has ${result.join(' ')}`, () => {
		const member = new LoneMember({ terms: own, term: 4 });
		member.receive(2, 4, append(previous, previousTerm, sent));
		deepEqual(terms(member), result);
	});
}

test('paper: figure 2: an old append does not take away what a newer one brought', () => {
	const member = new LoneMember();
	member.receive(2, 1, append(1, 1, [1, 1, 1]));
	member.receive(2, 1, append(1, 1, [1]));
	deepEqual(terms(member), [1, 1, 1, 1]);
});

for (const [sent, leaderCommit, commit] of [
	[[2], 2, 2],
	[[2], 5, 2],
	[[2, 2], 2, 2],
	[[], 9, 1],
] as const) {
	test(`paper: figure 2: after ${sent.length} entries that match, a leader's commit index ${leaderCommit} makes ${commit}, and not what lies beyond`, () => {
		// Entries 2 and 3 of its own are of a leader that is gone: nobody vouches for them.
		const member = new LoneMember({ terms: [1, 2, 2, 2], term: 2 });
		member.receive(2, 3, append(1, 1, sent, leaderCommit));
		equal(member.core.status().commit, commit);
	});
}

test('paper: figure 2: a heartbeat commits only what the follower has', () => {
	const member = new LoneMember({ terms: [1, 1] });
	member.receive(2, 1, heartbeat(9));
	equal(member.core.status().commit, 1);
	member.receive(2, 1, heartbeat(2));
	equal(member.core.status().commit, 2);
});

test('paper: figure 2: an append is accepted only when it is durable', () => {
	const member = new LoneMember();
	member.receive(2, 1, append(1, 1, [1]));
	equal(member.sent('append_accepted').length, 0);
	member.flush();
	deepEqual(
		member.sent('append_accepted').map(({ message }) => message.match),
		[2],
	);
});

test('paper: 5.3, 3.5: a leader never drops entries of its own log', () => {
	const member = new LoneMember({ terms: [1, 1] }).lead();
	member.receive(2, 2, append(1, 1, [2, 2]));
	deepEqual(terms(member), [1, 1, 2]);
});

test('paper: 5.3: a rejected append is tried again from where the logs may agree, a whole term at a time', () => {
	const member = new LoneMember({ terms: [1, 1, 4, 4, 5] }).lead();
	const { fetch } = member.receive(2, 6, { kind: 'append_rejected', rejected: 5 as never, hintIndex: 4 as never, hintTerm: 1 as never });
	deepEqual(fetch, [{ member: 2, lo: 3, hi: 6 }]);
});

test('paper: 5.4.2, figure 8: an entry of an earlier term is not committed by counting, but by one of the leader’s own term after it', () => {
	const member = new LoneMember({ size: 5, terms: [1, 2], term: 3 }).lead();
	// (c) in the figure: entry 2 of term 2 is on a majority, and still not committed, since S5 could overwrite it.
	member.receive(2, 4, accepted(2));
	member.receive(3, 4, accepted(2));
	equal(member.core.status().commit, 1);
	// (e): an entry of term 4 on a majority commits both.
	member.receive(2, 4, accepted(3));
	member.receive(3, 4, accepted(3));
	equal(member.core.status().commit, 3);
});

test('paper: 10.2.1: a leader counts itself only when its own disk has the entry', () => {
	const member = new LoneMember({ size: 3 }).lead();
	member.propose();
	equal(member.core.status().commit, 1);
	member.receive(2, 2, accepted(3));
	equal(member.core.status().commit, 2);
	member.flush();
	equal(member.core.status().commit, 3);
});

test('paper: 10.2.1: a majority of others commits without the leader’s disk, but the leader applies only what it has', () => {
	const member = new LoneMember({ size: 3 }).lead();
	member.receive(2, 2, accepted(2));
	member.propose();
	member.receive(2, 2, accepted(3));
	member.receive(3, 2, accepted(3));
	equal(member.core.status().commit, 3);
	deepEqual(
		member.handed.map(({ index }) => index),
		[2],
	);
	member.flush();
	deepEqual(
		member.handed.map(({ index }) => index),
		[2, 3],
	);
});

test('paper: 5.3: what is committed is never taken back: a store that claims more than it was given is an error of ours', () => {
	const member = new LoneMember().lead();
	throws(() => member.step({ kind: 'applied', upTo: 9 as never, membership: null }));
});
