import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import type { Index, Slot, Term } from '../../../src/base/brand.ts';
import { laneOf } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import { decodePublish } from '../../../src/members/commands.ts';
import { COMMAND_KIND, decodeCommand } from '../../../src/protocol/command.ts';
import { ApiHarness, bytes, NOBODY, REQUEST_TICKS, SELF, setApplied, storeAt, text } from './api-harness.ts';

const PUT = COMMAND_KIND.put;
const OTHER = 1 as Slot;

/** The outcomes of calls, in the order in which they came. */
function outcomes() {
	const seen: (readonly [number, string])[] = [];
	return { seen, done: (code: number, response?: Uint8Array) => void seen.push([code, response === undefined ? '' : text(response)]) };
}

test('api: proposals: the command says who asked, and settled answers it with the response of the store', () => {
	const harness = new ApiHarness({ lane: 3 });
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('body'), done);
	const { requestId, command } = harness.takeProposal();
	const decoded = decodeCommand(command);
	assert.deepEqual([decoded?.kind, decoded?.origin.slot, decoded?.origin.boot, decoded?.origin.requestId], [PUT, SELF, 77, requestId]);
	assert.equal(laneOf(requestId), 3);
	harness.settled(1, [[requestId, 0, 'answer']]);
	assert.deepEqual(seen, [[0, 'answer']]);
});

test('api: proposals: each is answered exactly once, whatever else is said of it', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), done);
	const { requestId } = harness.takeProposal();
	harness.settled(1, [[requestId, 0, 'first']]);
	harness.settled(2, [[requestId, 0, 'second']]);
	harness.refused(requestId, CODES.no_leader.code);
	harness.ticks(REQUEST_TICKS + 2);
	assert.deepEqual(seen, [[0, 'first']]);
});

test('api: proposals: a refusal of the store is passed on', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), done);
	harness.settled(1, [[harness.takeProposal().requestId, CODES.no_space.code, '']]);
	assert.deepEqual(seen, [[CODES.no_space.code, '']]);
});

test('api: proposals: without a leader nothing is posted until there is one', () => {
	const harness = new ApiHarness();
	harness.actor.propose(PUT, bytes('a'), () => {});
	harness.actor.flush();
	harness.ticks(1);
	assert.deepEqual(harness.take('propose'), []);
	harness.leader(OTHER);
	assert.equal(text(decodeCommand(harness.takeProposal().command)?.body ?? bytes('none')), 'a');
});

for (const name of ['no_leader', 'leader_changed', 'not_leader'] as const) {
	test(`api: proposals: one refused with ${name} is proposed again under a new id`, () => {
		const harness = new ApiHarness();
		const { seen, done } = outcomes();
		harness.leader(OTHER);
		harness.actor.propose(PUT, bytes('a'), done);
		const first = harness.takeProposal();
		harness.refused(first.requestId, CODES[name].code);
		assert.deepEqual(harness.take('propose'), [], 'not at once');
		harness.leader(SELF);
		const second = harness.takeProposal();
		assert.notEqual(second.requestId, first.requestId);
		harness.settled(1, [[second.requestId, 0, 'done']]);
		assert.deepEqual(seen, [[0, 'done']]);
	});
}

test('api: proposals: with a leader known, a refused one is proposed again after a tick', () => {
	const harness = new ApiHarness();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), () => {});
	harness.refused(harness.takeProposal().requestId, CODES.leader_changed.code);
	harness.ticks(1);
	assert.equal(harness.take('propose').length, 1);
});

test('api: proposals: a late refusal of the first attempt does not count against the second', () => {
	const harness = new ApiHarness();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), () => {});
	const first = harness.takeProposal();
	harness.refused(first.requestId, CODES.leader_changed.code);
	harness.leader(SELF);
	assert.equal(harness.take('propose').length, 1);
	harness.refused(first.requestId, CODES.leader_changed.code);
	harness.ticks(2);
	assert.deepEqual(harness.take('propose'), [], 'the second attempt may be in a log');
});

test('api: proposals: another refusal of raft is final', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), done);
	harness.refused(harness.takeProposal().requestId, CODES.too_many_requests.code);
	assert.deepEqual(seen, [[CODES.too_many_requests.code, '']]);
});

test('api: proposals: no answer in time is a time-out, which is not safe to retry', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), done);
	harness.ticks(REQUEST_TICKS);
	assert.equal(seen.length, 0);
	harness.ticks(1);
	assert.deepEqual(seen, [[CODES.timeout.code, '']]);
	assert.equal(CODES.timeout.retryable, false);
});

test('api: proposals: time counts from the request, not from its last attempt', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), done);
	for (let i = 0; i < REQUEST_TICKS; i++) {
		for (const { requestId } of harness.take('propose')) {
			harness.refused(requestId, CODES.no_leader.code);
		}
		harness.ticks(1);
	}
	assert.equal(seen.length, 0);
	harness.ticks(1);
	assert.deepEqual(seen, [[CODES.timeout.code, '']]);
});

test('api: proposals: one that timed out while held is not proposed to the next leader', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.actor.propose(PUT, bytes('a'), done);
	harness.ticks(REQUEST_TICKS + 1);
	assert.deepEqual(seen, [[CODES.timeout.code, '']]);
	harness.leader(OTHER);
	assert.deepEqual(harness.take('propose'), []);
});

test('api: bounds: a request beyond the count is refused at once and leaves the others alone', () => {
	const harness = new ApiHarness({ requestsMax: 2 });
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), () => {});
	harness.actor.awaitLinearizable(() => {});
	harness.actor.propose(PUT, bytes('b'), done);
	assert.deepEqual(seen, [[CODES.too_many_requests.code, '']]);
	assert.equal(harness.take('propose').length, 1);
});

test('api: bounds: bytes are counted, and given back with the answer', () => {
	const harness = new ApiHarness({ bytesMax: 10 });
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('1234567'), () => {});
	harness.actor.propose(PUT, bytes('1234'), done);
	assert.deepEqual(seen, [[CODES.too_many_requests.code, '']]);
	harness.settled(1, [[harness.takeProposal().requestId, 0, '']]);
	harness.actor.propose(PUT, bytes('1234567890'), done);
	assert.equal(harness.take('propose').length, 1);
});

test('api: reads: all of a turn share one read index', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.awaitLinearizable(done);
	harness.actor.awaitLinearizable(done);
	assert.equal(harness.wakes, 1, 'one turn is asked for');
	harness.actor.flush();
	harness.granted(harness.takeRead(), 0);
	assert.deepEqual(seen, [
		[0, ''],
		[0, ''],
	]);
});

test('api: reads: one that comes after the flush starts a round of its own', () => {
	const harness = new ApiHarness();
	harness.leader(OTHER);
	harness.actor.awaitLinearizable(() => {});
	harness.actor.flush();
	harness.actor.awaitLinearizable(() => {});
	harness.actor.flush();
	assert.equal(harness.take('read_index').length, 2);
});

test('api: reads: a granted read waits until the store has applied its index', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.awaitLinearizable(done);
	harness.actor.flush();
	harness.granted(harness.takeRead(), 5);
	harness.settled(4);
	assert.equal(seen.length, 0);
	harness.settled(5);
	assert.deepEqual(seen, [[0, '']]);
});

test('api: reads: an index that the store held before this lane started needs no settled', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.awaitLinearizable(done);
	harness.actor.flush();
	setApplied(harness.engines.get(1), 9);
	harness.granted(harness.takeRead(), 9);
	assert.deepEqual(seen, [[0, '']]);
});

test('api: reads: a refused round is asked for again, after a tick and not at once', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.awaitLinearizable(done);
	harness.actor.flush();
	harness.refused(harness.takeRead(), CODES.leader_changed.code);
	assert.deepEqual(harness.take('read_index'), []);
	harness.ticks(1);
	harness.granted(harness.takeRead(), 0);
	assert.deepEqual(seen, [[0, '']]);
});

test('api: reads: a round that nobody answers is asked for again, and its first answer still counts', () => {
	const harness = new ApiHarness({ readRepeatTicks: 2 });
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.awaitLinearizable(done);
	harness.actor.flush();
	const first = harness.takeRead();
	harness.ticks(2);
	const second = harness.takeRead();
	assert.notEqual(second, first);
	harness.granted(first, 0);
	harness.granted(second, 0);
	assert.deepEqual(seen, [[0, '']]);
});

test('api: reads: without an answer they end with a time-out', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.actor.awaitLinearizable(done);
	harness.ticks(REQUEST_TICKS + 1);
	assert.deepEqual(seen, [[CODES.timeout.code, '']]);
	harness.leader(OTHER);
	assert.deepEqual(harness.take('read_index'), []);
});

test('api: generations: a newer one is opened, and the old one closed, before anything is answered', () => {
	const harness = new ApiHarness();
	harness.engines.set(2, storeAt(20));
	harness.leader(OTHER);
	let openAtAnswer: readonly number[] = [];
	harness.actor.propose(PUT, bytes('a'), () => {
		openAtAnswer = [...harness.opened];
	});
	harness.settled(21, [[harness.takeProposal().requestId, 0, '']], 2);
	assert.deepEqual(openAtAnswer, [1, 2]);
	assert.deepEqual(harness.closed, [1]);
	assert.equal(harness.actor.applied, 21 as Index);
});

test('api: publication: lane 0 publishes once a leader is known, and serves when the store has it', () => {
	const harness = new ApiHarness({ publication: { id: 'abc', name: 'one', clientUrls: ['http://c:1'] } });
	assert.deepEqual(harness.take('propose'), []);
	harness.leader(OTHER);
	const { requestId, command } = harness.takeProposal();
	const decoded = decodeCommand(command);
	assert.equal(decoded?.kind, COMMAND_KIND.publish);
	assert.deepEqual(decodePublish(decoded?.body ?? bytes('')), { id: 'abc', name: 'one', clientUrls: ['http://c:1'] });
	assert.equal(harness.actor.isServing, false);
	harness.settled(1, [[requestId, 0, '']]);
	assert.deepEqual([harness.actor.isServing, harness.serving], [true, 1]);
});

test('api: publication: it is repeated until it has settled', () => {
	const harness = new ApiHarness({ publication: { id: 'abc', name: 'one', clientUrls: [] } });
	harness.leader(OTHER);
	harness.takeProposal();
	harness.ticks(REQUEST_TICKS + 1);
	harness.settled(1, [[harness.takeProposal().requestId, 0, '']]);
	harness.ticks(REQUEST_TICKS + 2);
	assert.deepEqual([harness.serving, harness.take('propose')], [1, []]);
});

test('api: publication: one that was refused rests before it is repeated', () => {
	const harness = new ApiHarness({ publication: { id: 'abc', name: 'one', clientUrls: [] }, readRepeatTicks: 2 });
	harness.leader(OTHER);
	harness.settled(1, [[harness.takeProposal().requestId, CODES.member_not_found.code, '']]);
	harness.ticks(1);
	const early = harness.take('propose').length;
	harness.ticks(1);
	assert.deepEqual([early, harness.take('propose').length], [0, 1]);
});

test('api: publication: other lanes serve as soon as a leader is known', () => {
	const harness = new ApiHarness({ lane: 1 });
	harness.leader(NOBODY);
	assert.equal(harness.actor.isServing, false);
	harness.leader(OTHER);
	assert.equal(harness.actor.isServing, true);
});

test('api: inquiries: raft answers for its status, or time ends it', () => {
	const harness = new ApiHarness();
	const seen: (number | null)[] = [];
	harness.actor.inquireStatus((status) => seen.push(status?.commit ?? null));
	harness.actor.inquireStatus((status) => seen.push(status?.commit ?? null));
	const requestId = must(harness.take('inquire_status')[0], 'an inquiry').requestId;
	const zero = { term: 0 as Term, leader: NOBODY, last: 0 as Index, applied: 0 as Index };
	harness.actor.receive({ kind: 'raft_status', requestId, ...zero, commit: 8 as Index });
	harness.ticks(REQUEST_TICKS + 1);
	assert.deepEqual(seen, [8, null]);
});

test('api: leadership: a move is answered when the target leads, refused elsewhere than at the leader, and does not wait for ever', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.moveLeader(SELF, done);
	harness.leader(SELF);
	harness.actor.moveLeader(OTHER, done);
	harness.actor.moveLeader(3 as Slot, done);
	assert.deepEqual(
		harness.take('transfer_leader').map((message) => message.target),
		[OTHER, 3],
	);
	harness.leader(OTHER);
	harness.ticks(REQUEST_TICKS + 1);
	assert.deepEqual(
		seen.map(([code]) => code),
		[CODES.not_leader.code, 0, CODES.timeout_leader_transfer.code],
	);
});

test('api: leadership: a move to whom it suits is answered when any other leads', () => {
	const harness = new ApiHarness();
	const { seen, done } = outcomes();
	harness.leader(SELF);
	harness.actor.moveLeader(NOBODY, done);
	harness.leader(SELF);
	assert.equal(seen.length, 0);
	harness.leader(OTHER);
	assert.deepEqual(
		seen.map(([code]) => code),
		[0],
	);
});

test('api: drain: new requests are refused, held ones too, and begun ones are finished', () => {
	const harness = new ApiHarness();
	const begun = outcomes();
	const late = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), begun.done);
	const { requestId } = harness.takeProposal();
	harness.leader(NOBODY);
	harness.actor.propose(PUT, bytes('held'), late.done);
	harness.actor.drain();
	harness.actor.propose(PUT, bytes('late'), late.done);
	harness.actor.awaitLinearizable(late.done);
	assert.deepEqual(
		late.seen.map(([code]) => code),
		Array(3).fill(CODES.stopped.code),
	);
	assert.equal(harness.actor.isDrained(), false);
	harness.settled(1, [[requestId, 0, 'done']]);
	assert.deepEqual([begun.seen, harness.actor.isDrained()], [[[0, 'done']], true]);
});

test('api: drain: what does not finish in time is given up, as stopped, which is not safe to retry', () => {
	const harness = new ApiHarness({ drainTicks: 3 });
	const { seen, done } = outcomes();
	harness.leader(OTHER);
	harness.actor.propose(PUT, bytes('a'), done);
	harness.actor.awaitLinearizable(done);
	harness.actor.drain();
	harness.ticks(2);
	assert.equal(seen.length, 0);
	harness.ticks(1);
	assert.deepEqual([seen.map(([code]) => code), harness.actor.isDrained()], [[CODES.stopped.code, CODES.stopped.code], true]);
	assert.equal(CODES.stopped.retryable, false);
});
