import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import type { Slot } from '../../../src/base/brand.ts';
import { toIndex } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import { LEASE_QUESTION_MAX } from '../../../src/base/limits.ts';
import { bootstrap } from '../../../src/members/table.ts';
import type { AskLeases } from '../../../src/protocol/lease-messages.ts';
import { ApiHarness, NOBODY, REQUEST_TICKS, SELF } from './api-harness.ts';

const OTHER = 1 as Slot;
const THIRD = 3 as Slot;

/** A lane whose store knows the members. */
function laneOf(): { readonly harness: ApiHarness; readonly told: [number, number, number][]; ask(id: bigint, renew?: boolean): void } {
	const harness = new ApiHarness({ requestsMax: 5_000 });
	const member = (slot: Slot) => ({ slot, id: `a${slot}`, name: '', peerUrls: [`http://m${slot}:1`], clientUrls: [], learner: false });
	const members = [OTHER, SELF, THIRD].map(member);
	must(harness.engines.get(1), 'the store').write((view) => bootstrap(view, { clusterId: 'c', members }, toIndex(1)));
	const told: [number, number, number][] = [];
	const ask = (id: bigint, renew = true): void => harness.actor.askLease(id, renew, (...row) => told.push(row));
	return { harness, told, ask };
}

function takeAsks(harness: ApiHarness): AskLeases[] {
	return harness.take('ask_leases' as never) as unknown as AskLeases[];
}

test('api: leases: the own store is asked where this member leads, a message a lease', () => {
	const { harness, told, ask } = laneOf();
	harness.leader(SELF);
	ask(7n);
	ask(8n, false);
	harness.actor.flush();
	const asks = takeAsks(harness);
	assert.deepEqual(
		asks.map(({ by, ids, renew }) => [by, ids, renew]),
		[
			['api', [7n], true],
			['api', [8n], false],
		],
	);
	for (const { requestId } of asks.toReversed()) {
		harness.actor.receive({ kind: 'leases_told', requestId, code: 0, remaining: [5], granted: [9] });
	}
	assert.deepEqual(told, [
		[0, 5, 9],
		[0, 5, 9],
	]);
	assert.equal(harness.questions.length, 0);
});

test('api: leases: another leader is asked on its peer port, one question of a sort at a time', () => {
	const { harness, told, ask } = laneOf();
	harness.leader(OTHER);
	ask(7n);
	ask(8n);
	ask(9n, false);
	harness.actor.flush();
	ask(10n);
	harness.actor.flush();
	assert.deepEqual(
		harness.questions.map(({ leader, question }) => [leader.id, question.ids, question.renew]),
		[
			['a1', [7n, 8n], true],
			['a1', [9n], false],
		],
	);
	harness.questions[0]?.done({ code: 0, remaining: [3, 0], granted: [4, 0] });
	assert.deepEqual(told, [
		[0, 3, 4],
		[0, 0, 0],
	]);
	harness.actor.flush();
	assert.deepEqual(harness.questions[2]?.question.ids, [10n]);
});

test('api: leases: a question has a bounded number of leases, the rest follow', () => {
	const { harness, ask } = laneOf();
	harness.leader(OTHER);
	for (let id = 1n; id <= BigInt(LEASE_QUESTION_MAX) + 5n; id++) {
		ask(id);
	}
	harness.actor.flush();
	const rows = Array.from({ length: LEASE_QUESTION_MAX }, () => 1);
	assert.equal(harness.questions[0]?.question.ids.length, LEASE_QUESTION_MAX);
	harness.questions[0]?.done({ code: 0, remaining: rows, granted: rows });
	harness.actor.flush();
	assert.equal(harness.questions[1]?.question.ids.length, 5);
});

test('api: leases: without an answer, or from one that does not lead, the leader is asked again after a tick', () => {
	for (const answer of [null, { code: CODES.not_leader.code, remaining: [], granted: [] }]) {
		const { harness, told, ask } = laneOf();
		harness.leader(OTHER);
		ask(7n);
		harness.actor.flush();
		harness.questions[0]?.done(answer);
		harness.actor.flush();
		assert.equal(harness.questions.length, 1);
		harness.ticks(1);
		assert.equal(harness.questions.length, 2);
		harness.questions[1]?.done({ code: 0, remaining: [1], granted: [2] });
		assert.deepEqual(told, [[0, 1, 2]]);
	}
});

test('api: leases: a new leader is asked what the former has not answered, and the late answer does not count', () => {
	const { harness, told, ask } = laneOf();
	harness.leader(OTHER);
	ask(7n);
	harness.actor.flush();
	harness.leader(THIRD);
	assert.deepEqual(harness.questions[1]?.leader.id, 'a3');
	harness.questions[0]?.done({ code: 0, remaining: [9], granted: [9] });
	assert.deepEqual(told, []);
	harness.questions[1]?.done({ code: 0, remaining: [1], granted: [2] });
	assert.deepEqual(told, [[0, 1, 2]]);
});

test('api: leases: without a leader a question waits for one, and at last ends with a time-out', () => {
	const { harness, told, ask } = laneOf();
	ask(7n);
	harness.actor.flush();
	harness.leader(NOBODY);
	harness.ticks(REQUEST_TICKS - 1);
	assert.deepEqual(told, []);
	harness.leader(SELF);
	assert.equal(takeAsks(harness).length, 1);
	harness.ticks(2);
	assert.deepEqual(told, [[CODES.timeout.code, 0, 0]]);
});

test('api: leases: a refusal that is none for want of a leader is the answer', () => {
	const { harness, told, ask } = laneOf();
	harness.leader(OTHER);
	ask(7n);
	harness.actor.flush();
	harness.questions[0]?.done({ code: CODES.too_many_requests.code, remaining: [], granted: [] });
	assert.deepEqual(told, [[CODES.too_many_requests.code, 0, 0]]);
});

test('api: leases: a lane that is going answers what is left, and takes nothing new', () => {
	const { harness, told, ask } = laneOf();
	harness.leader(OTHER);
	ask(7n);
	harness.actor.flush();
	harness.actor.drain();
	assert.equal(harness.actor.isDrained(), false);
	ask(8n);
	assert.deepEqual(told, [[CODES.stopped.code, 0, 0]]);
	harness.ticks(3);
	assert.equal(told.length, 2);
	assert.equal(harness.actor.isDrained(), true);
});
