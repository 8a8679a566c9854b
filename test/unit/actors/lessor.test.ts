import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES } from '../../../src/base/codes.ts';
import { LEASE_ENDS_INFLIGHT_MAX, LEASE_ENDS_MAX } from '../../../src/base/limits.ts';
import { LEASES } from '../../../src/mvcc/lease-tree.ts';
import { COMMAND_KIND, decodeCommand } from '../../../src/protocol/command.ts';
import type { Propose } from '../../../src/protocol/messages.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { encodeLeaseGrant } from '../../../src/rpc/lease-codec.ts';
import { longFromBigint } from '../../../src/rpc/long-id.ts';
import { Leader } from './lessor-harness.ts';
import { BOOT, command } from './store-harness.ts';

test('lessor: expiry: a lease ends by a command of the leader, one tick behind its time, with its keys', () => {
	const leader = Leader.leading();
	leader.grant(7n, 2);
	const body = pb.PutRequest.encode({ key: Buffer.from('k'), lease: longFromBigint(7n) }).finish();
	leader.commit([command({ kind: COMMAND_KIND.put, body })]);
	leader.ticks(20);
	assert.deepEqual(leader.commitEnds(), []);
	leader.ticks(1);
	assert.equal(leader.isThere(7n), true);
	assert.deepEqual(leader.commitEnds(), [[7n]]);
	assert.equal(leader.isThere(7n), false);
	assert.deepEqual(
		leader.store.engine.read((view) => LEASES.keysOf(view, 7n)),
		[],
	);
});

test('lessor: expiry: a follower ends nothing, and tells nothing', () => {
	const leader = Leader.follower();
	leader.role('follower', 2);
	leader.beginTerm();
	leader.grant(7n, 2);
	leader.ticks(100);
	assert.deepEqual(leader.proposals(), []);
	assert.equal(leader.asked(7n), CODES.not_leader.code);
});

test('lessor: expiry: a leader that has not applied an entry of its term counts nothing and answers nothing', () => {
	const leader = Leader.follower();
	leader.grant(7n, 2);
	leader.role('leader', 5);
	leader.ticks(100);
	assert.deepEqual(leader.proposals(), []);
	assert.equal(leader.asked(7n), CODES.not_leader.code);
	leader.beginTerm();
	// The election timeout on top is no promise.
	assert.deepEqual(leader.asked(7n, false), [2, 2]);
});

test('lessor: expiry: what the deposed leader had proposed is void in an entry of the next term', () => {
	const leader = Leader.leading();
	leader.grant(7n, 2);
	leader.ticks(21);
	const [end] = leader.proposals();
	leader.role('follower', 3);
	leader.commit([(end as Propose).command]);
	assert.equal(leader.isThere(7n), true);
});

test('lessor: new leader: every lease has its whole time again and an election timeout, or what was left at its checkpoint', () => {
	const leader = Leader.leading();
	leader.grant(7n, 60);
	leader.grant(8n, 6);
	leader.ticks(301);
	leader.commitEnds();
	leader.grant(8n, 6);
	leader.ticks(1);
	leader.store.engine.write((view) => LEASES.put(view, { id: 7n, ttl: 60, remaining: 30 }));
	leader.role('follower', 3);
	leader.lead(4);
	leader.proposals();
	leader.ticks(6 * 10 + 10);
	assert.deepEqual(leader.commitEnds(), []);
	leader.ticks(1);
	assert.deepEqual(leader.commitEnds(), [[8n]]);
	leader.ticks(30 * 10 + 10 - 71);
	assert.deepEqual(leader.commitEnds(), []);
	leader.ticks(1);
	assert.deepEqual(leader.commitEnds(), [[7n]]);
});

test('lessor: expiry: one that raft refused is proposed again with the next tick, not at once', () => {
	const leader = Leader.leading();
	leader.grant(7n, 2);
	leader.ticks(21);
	const [end] = leader.proposals();
	leader.store.actor.receive({ kind: 'refused', requestId: (end as Propose).requestId, code: CODES.too_many_requests.code });
	leader.store.actor.flush();
	assert.deepEqual(leader.proposals(), []);
	leader.ticks(1);
	assert.deepEqual(leader.commitEnds(), [[7n]]);
});

test('lessor: expiry: one that an alarm refused is proposed again after a while, and not with each tick', () => {
	const leader = Leader.leading();
	leader.grant(7n, 2);
	const raise = pb.AlarmRequest.encode({ action: 1, memberID: longFromBigint(1n), alarm: 2 }).finish();
	leader.commit([command({ kind: COMMAND_KIND.alarm, body: raise })]);
	leader.ticks(21);
	assert.deepEqual(leader.commitEnds(), [[7n]]);
	assert.equal(leader.isThere(7n), true);
	leader.ticks(29);
	assert.deepEqual(leader.commitEnds(), []);
	leader.commit([
		command({ kind: COMMAND_KIND.alarm, body: pb.AlarmRequest.encode({ action: 2, memberID: longFromBigint(1n), alarm: 2 }).finish() }),
	]);
	leader.ticks(1);
	assert.deepEqual(leader.commitEnds(), [[7n]]);
	assert.equal(leader.isThere(7n), false);
});

test('lessor: expiry: a mass of leases ends in commands of a bounded size, a few at a time, until all are gone', () => {
	const leader = Leader.leading();
	const count = 1_050;
	const body = (id: number) => encodeLeaseGrant({ id: BigInt(id), ttl: 2 });
	leader.commit(Array.from({ length: count }, (_, i) => command({ kind: COMMAND_KIND.lease_grant, body: body(i + 1) })));
	leader.ticks(21);
	let ended = 0;
	for (let rounds = 0; ended < count; rounds++) {
		assert.ok(rounds < 20, `${ended} of ${count} ended`);
		const commands = leader.commitEnds();
		assert.ok(commands.length <= LEASE_ENDS_INFLIGHT_MAX, `${commands.length} commands at a time`);
		for (const ids of commands) {
			assert.ok(ids.length <= LEASE_ENDS_MAX, `${ids.length} leases in a command`);
			ended += ids.length;
		}
	}
	assert.equal(ended, count);
});

test('lessor: renew: nothing is told before a round has confirmed that this member leads; then the whole time is there again', () => {
	const leader = Leader.leading();
	leader.grant(7n, 2);
	leader.ticks(15);
	const question = leader.ask([7n]);
	leader.store.actor.flush();
	assert.equal(leader.answer(question), null);
	leader.confirm();
	assert.deepEqual(leader.answer(question), { kind: 'leases_told', requestId: question, code: 0, remaining: [2], granted: [2] });
	leader.ticks(20);
	assert.deepEqual(leader.commitEnds(), []);
	leader.ticks(1);
	assert.deepEqual(leader.commitEnds(), [[7n]]);
});

test('lessor: renew: the questions of a turn share a round', () => {
	const leader = Leader.leading();
	leader.ask([7n]);
	leader.ask([8n], false);
	leader.store.actor.flush();
	assert.equal(leader.store.all('read_index').length, 1);
});

test('lessor: renew: what was granted before the round is known to it, though it is applied only later', () => {
	const leader = Leader.leading();
	const question = leader.ask([7n]);
	leader.confirm(leader.applied + 1);
	assert.equal(leader.answer(question), null);
	leader.grant(7n, 5);
	assert.deepEqual(leader.answer(question)?.granted, [5]);
});

test('lessor: renew: a lease that is not there is told as none', () => {
	assert.deepEqual(Leader.leading().asked(7n), [0, 0]);
});

test('lessor: renew: one whose end is on its way waits for it, and is told that it is gone', () => {
	const leader = Leader.leading();
	leader.grant(7n, 2);
	leader.ticks(21);
	const question = leader.ask([7n]);
	leader.confirm();
	assert.equal(leader.answer(question), null);
	assert.deepEqual(leader.asked(7n, false), [0, 2]);
	leader.commitEnds();
	assert.deepEqual(leader.answer(question)?.granted, [0]);
});

test('lessor: renew: one whose end was refused lives on', () => {
	const leader = Leader.leading();
	leader.grant(7n, 2);
	leader.ticks(21);
	const question = leader.ask([7n]);
	leader.confirm();
	const [end] = leader.proposals();
	leader.store.actor.receive({ kind: 'refused', requestId: (end as Propose).requestId, code: CODES.too_many_requests.code });
	assert.deepEqual(leader.answer(question)?.remaining, [2]);
	leader.ticks(20);
	assert.deepEqual(leader.commitEnds(), []);
});

test('lessor: renew: a reign that ends answers everything that waits with the word that it does not lead', () => {
	const leader = Leader.leading();
	leader.grant(7n, 2);
	leader.ticks(21);
	const waiting = leader.ask([7n]);
	leader.confirm();
	const unconfirmed = leader.ask([7n]);
	leader.store.actor.flush();
	leader.role('follower', 3);
	assert.equal(leader.answer(waiting)?.code, CODES.not_leader.code);
	assert.equal(leader.answer(unconfirmed)?.code, CODES.not_leader.code);
	leader.commitEnds();
	assert.equal(leader.store.all('leases_told').length, 2);
});

test('lessor: checkpoint: what is left of a lease that nobody renews is replicated at half its time', () => {
	const leader = Leader.leading();
	leader.grant(7n, 60);
	leader.ticks(300);
	assert.deepEqual(leader.checkpoints(leader.proposals()), []);
	leader.ticks(1);
	const proposals = leader.proposals();
	assert.deepEqual(leader.checkpoints(proposals), [{ id: 7n, remaining: 30 }]);
	leader.commit(proposals.map((each) => each.command));
	assert.equal(leader.remaining(7n), 30);
});

test('lessor: checkpoint: a renewal is told only once the checkpoint is cleared, even one that is still on its way', () => {
	for (const commitsFirst of [true, false]) {
		const leader = Leader.leading();
		leader.grant(7n, 60);
		leader.ticks(301);
		const checkpoint = leader.proposals().map((each) => each.command);
		if (commitsFirst) {
			leader.commit(checkpoint);
		}
		const first = leader.ask([7n]);
		const second = leader.ask([7n]);
		leader.confirm();
		assert.equal(leader.answer(first), null);
		const clearing = leader.proposals();
		assert.deepEqual(leader.checkpoints(clearing), [{ id: 7n, remaining: 0 }]);
		leader.commit([...(commitsFirst ? [] : checkpoint), ...clearing.map((each) => each.command)]);
		assert.equal(leader.remaining(7n), 0);
		assert.deepEqual(leader.answer(first)?.remaining, [60]);
		assert.deepEqual(leader.answer(second)?.remaining, [60]);
		assert.deepEqual(leader.asked(7n), [60, 60]);
	}
});

test('lessor: checkpoint: a renewal whose clearing was refused is sent on to whoever leads', () => {
	const leader = Leader.leading();
	leader.grant(7n, 60);
	leader.ticks(301);
	leader.commit(leader.proposals().map((each) => each.command));
	const question = leader.ask([7n]);
	leader.confirm();
	const [clearing] = leader.proposals();
	leader.store.actor.receive({ kind: 'refused', requestId: (clearing as Propose).requestId, code: CODES.leader_changed.code });
	assert.equal(leader.answer(question)?.code, CODES.not_leader.code);
	assert.deepEqual(leader.asked(7n, false), [29, 60]);
});

test('lessor: questions: several leases of another member are answered to the peer actor, in one message', () => {
	const leader = Leader.leading();
	leader.grant(7n, 5);
	const question = leader.ask([7n, 8n, -1n], true, 'peer');
	leader.confirm();
	const posted = leader.store.posted.find(({ message }) => message.kind === 'leases_told');
	assert.equal(posted?.to, 'peer');
	assert.deepEqual(posted?.message, { kind: 'leases_told', requestId: question, code: 0, remaining: [5, 0, 0], granted: [5, 0, 0] });
});

test('lessor: new leader: very many leases are read in several turns, and none is told of before all are counted', () => {
	const leader = Leader.follower();
	const body = (id: number) => encodeLeaseGrant({ id: BigInt(id), ttl: 20 });
	leader.commit(Array.from({ length: 12_000 }, (_, i) => command({ kind: COMMAND_KIND.lease_grant, body: body(i + 1) })));
	leader.lead(2);
	assert.equal(leader.asked(12_000n), CODES.not_leader.code);
	while (leader.store.runStep()) {
		// Turn after turn.
	}
	assert.deepEqual(leader.asked(12_000n), [20, 20]);
	leader.ticks(20 * 10 + 11);
	let ended = 0;
	for (let rounds = 0; rounds < 200 && ended < 12_000; rounds++) {
		ended += leader.commitEnds().flat().length;
	}
	assert.equal(ended, 12_000);
});

test('lessor: commands: they carry the boot of the process, so that another process of the member does not take their answers', () => {
	const leader = Leader.leading();
	leader.grant(7n, 2);
	leader.ticks(21);
	const [end] = leader.proposals();
	assert.equal(decodeCommand((end as Propose).command)?.origin.boot, BOOT);
	assert.equal((end as Propose).onlyTerm, 2);
});
