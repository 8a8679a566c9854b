/** Answers that leave before the commit: which may, and what is left for `settled`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlain, type Slot, toPlainRequestId } from '../../../src/base/brand.ts';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { ApiHarness, bytes, text } from './api-harness.ts';
import { putCommand, requestId, StoreHarness } from './store-harness.ts';

test('store: answers: plain ones of a small batch leave inside the transaction, behind all of its entries, and are not said again', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([putCommand('a', toPlainRequestId(0, 1)), putCommand('b', requestId(0, 2)), putCommand('c', toPlainRequestId(0, 3))]);
	harness.actor.flush();
	assert.deepEqual(
		harness.posted.map(({ message }) => message.kind),
		['answered', 'changed', 'settled', 'applied'],
	);
	const [answered] = harness.all('answered');
	assert.deepEqual([answered?.upTo, answered?.requestIds], [harness.lastApplied()?.upTo, [toPlainRequestId(0, 1), toPlainRequestId(0, 3)]]);
	assert.deepEqual(harness.settledOf(0)[0]?.requestIds, [requestId(0, 2)]);
});

test('store: answers: those of a large batch wait for its commit', () => {
	const harness = StoreHarness.founded(1);
	const ids = Array.from({ length: 9 }, (_, i) => toPlainRequestId(0, i + 1));
	harness.apply(ids.map((id) => putCommand('a', id)));
	harness.actor.flush();
	assert.deepEqual(harness.all('answered'), []);
	assert.deepEqual(harness.settledOf(0)[0]?.requestIds, ids);
});

test('api: answers: a plain one is sent on when it is about to be visible, and what is read next waits until it is', () => {
	const harness = new ApiHarness({ lane: 3 });
	const seen: string[] = [];
	harness.leader(1 as Slot);
	harness.actor.proposePlain(COMMAND_KIND.put, bytes('body'), (_code, response) => seen.push(text(response)));
	const { requestId } = harness.takeProposal();
	assert.ok(isPlain(requestId));
	harness.answered(1, [[requestId, 'answer']]);
	assert.deepEqual(seen, ['answer']);
	harness.settled(1);
	assert.ok(harness.actor.reader);
	assert.equal(seen.length, 1);
});
