import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaderAccess } from '../../../src/api/members/leader-access.ts';
import { NOBODY, type Slot } from '../../../src/base/brand.ts';
import { MemoryLane } from './grpc/memory-lane.ts';

const SELF = 1 as Slot;
const OTHER = 2 as Slot;

/** Time that passes by calls of `pass`. */
function access(leader: Slot): {
	readonly lane: MemoryLane;
	readonly leader: LeaderAccess;
	readonly asked: string[];
	readonly lead: (slot: Slot) => void;
	readonly pass: () => boolean;
} {
	const lane = new MemoryLane();
	const lead = (slot: Slot): void => {
		lane.leaderView = { ...lane.leaderView, role: slot === SELF ? 'leader' : 'follower', leader: slot };
	};
	lead(leader);
	const asked: string[] = [];
	const waiting: (() => void)[] = [];
	const ports = {
		lane,
		askPeer: () => assert.fail('nobody is asked how far the members are'),
		askToHandOver: ({ id }: { readonly id: string }) => void asked.push(id),
		later: (_milliseconds: number, work: () => void) => void waiting.push(work),
	};
	const pass = (): boolean => {
		const work = waiting.shift();
		work?.();
		return work !== undefined;
	};
	return { lane, leader: new LeaderAccess(ports), asked, lead, pass };
}

test('api: leader access: a leader that is to go hands over first, to whom it suits', () => {
	const { lane, leader, lead, pass, asked } = access(SELF);
	let isGone = false;
	leader.moveAwayFrom(SELF, () => {
		isGone = true;
	});
	pass();
	assert.deepEqual([lane.moves, asked, isGone], [[NOBODY], [], false]);
	lead(NOBODY);
	pass();
	assert.equal(isGone, false, 'an election is under way');
	lead(OTHER);
	pass();
	assert.equal(isGone, true);
	assert.equal(pass(), false, 'nobody looks any more');
});

test('api: leader access: another member that leads and is to go is asked to hand over', () => {
	const { lane, leader, lead, pass, asked } = access(OTHER);
	let isGone = false;
	leader.moveAwayFrom(OTHER, () => {
		isGone = true;
	});
	assert.deepEqual([lane.moves, asked.length, isGone], [[], 1, false]);
	lead(SELF);
	pass();
	assert.equal(isGone, true);
});

test('api: leader access: one that does not lead goes at once', () => {
	const { lane, leader, asked, pass } = access(SELF);
	let isGone = false;
	leader.moveAwayFrom(OTHER, () => {
		isGone = true;
	});
	assert.deepEqual([lane.moves, asked, isGone, pass()], [[], [], true, false]);
});

test('api: leader access: a leader that does not hand over is not waited for without end', () => {
	const { leader, pass } = access(SELF);
	let isGone = false;
	leader.moveAwayFrom(SELF, () => {
		isGone = true;
	});
	let looks = 0;
	while (pass()) {
		looks++;
	}
	assert.deepEqual([isGone, looks], [true, 60]);
});
