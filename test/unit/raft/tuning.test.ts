/** What one member does with the times that the log brings: raft/tuning.ts by way of its core. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Slot } from '../../../src/base/brand.ts';
import { heartbeat, LoneMember } from '../../paper/lone-member.ts';

const TUNES = { electionTicks: 100, heartbeatTicks: 10, preVote: true, tuning: { electionTicksMin: 15, electionTicksMax: 500 } };
const LEADER = 2;

/** It draws the least patience. */
function follower(config: object = TUNES): LoneMember {
	const member = new LoneMember({ config });
	member.receive(LEADER, 1, heartbeat(1));
	return member;
}

function roleOf(member: LoneMember): string {
	return member.core.status().role;
}

test('raft: tuning: what the store has comes into force, within the bounds', () => {
	const member = follower();
	member.step({ kind: 'tuned', electionTicks: 50 });
	assert.deepEqual(member.core.timing, { electionTicks: 50, heartbeatTicks: 5 });
	member.step({ kind: 'tuned', electionTicks: 1 });
	assert.equal(member.core.timing.electionTicks, 15);
});

test('raft: tuning: a member that was given no bounds keeps its own times, and says so', () => {
	const { tuning: _, ...fixed } = TUNES;
	const member = follower(fixed);
	member.step({ kind: 'tuned', electionTicks: 50 });
	assert.equal(member.core.timing.electionTicks, 100);
	member.receive(LEADER, 1, { kind: 'timing_request', stamp: 7 });
	assert.deepEqual(member.left.at(-1)?.message, { kind: 'timing_reply', stamp: 7, silence: 0, flush: 0, electionTicks: 0 });
});

test('raft: tuning: a shorter timeout does not make an election of the silence that has passed', () => {
	const member = follower();
	member.tick(90);
	member.step({ kind: 'tuned', electionTicks: 20 });
	assert.equal(roleOf(member), 'follower');
	member.receive(LEADER, 1, heartbeat(1));
	member.tick(19);
	assert.equal(roleOf(member), 'follower');
	member.tick();
	assert.equal(roleOf(member), 'pre_candidate');
});

test('raft: tuning: a member tells its leader the longest silence that it has seen', () => {
	const member = follower();
	member.tick(40);
	member.receive(LEADER, 1, heartbeat(1));
	member.tick(3);
	member.receive(LEADER, 1, { kind: 'timing_request', stamp: 1 });
	const { message } = member.left.at(-1) ?? assert.fail('no reply');
	assert.ok(message.kind === 'timing_reply' && message.silence === 40 && message.electionTicks === 100, JSON.stringify(message));
});

test('raft: tuning: who campaigns in vain doubles its patience, and is as before once there is a leader', () => {
	const member = follower();
	member.tick(101);
	assert.equal(member.core.timing.electionTicks, 100);
	member.tick(101);
	assert.equal(member.core.timing.electionTicks, 200);
	member.tick(2_000);
	assert.equal(member.core.timing.electionTicks, 500);
	member.receive(LEADER, 2, heartbeat(1));
	assert.equal(member.core.timing.electionTicks, 100);
});

test('raft: tuning: the end of the connection to the leader is a hint: an election is near, but not there', () => {
	const member = follower();
	member.step({ kind: 'link_down', member: LEADER as Slot });
	assert.equal(roleOf(member), 'follower');
	member.tick(2);
	assert.equal(roleOf(member), 'pre_candidate');
});

test('raft: tuning: a leader that speaks after its connection has ended leads on', () => {
	const member = follower();
	member.step({ kind: 'link_down', member: LEADER as Slot });
	member.receive(LEADER, 1, heartbeat(1));
	member.tick(99);
	assert.equal(roleOf(member), 'follower');
});

test('raft: tuning: the end of another connection, and any where times are fixed, is no hint', () => {
	const { tuning: _, ...fixed } = TUNES;
	for (const [member, lost] of [
		[follower(), 3],
		[follower(fixed), LEADER],
	] as const) {
		member.step({ kind: 'link_down', member: lost as Slot });
		member.tick(99);
		assert.equal(roleOf(member), 'follower');
	}
});

test('raft: tuning: a leader proposes once what it wishes for, and no other member does', () => {
	const member = new LoneMember({ config: { ...TUNES, electionTicks: 10, heartbeatTicks: 2, preVote: false } }).lead();
	const { term } = member.core.status();
	for (let ticks = 0; ticks < 100; ticks += 10) {
		member.tick(10);
		member.receive(LEADER, term, { kind: 'timing_reply', stamp: 1, silence: 0, flush: 0, electionTicks: 10 });
	}
	const wish = member.core.takeWish();
	assert.ok(wish !== null && wish > 10, `${wish}`);
	assert.equal(member.core.takeWish(), null);
	assert.equal(follower().core.takeWish(), null);
});
