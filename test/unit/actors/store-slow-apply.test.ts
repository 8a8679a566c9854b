import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putCommand, StoreHarness } from './store-harness.ts';

/** The lines of a transaction of one put that began at 1 s and ended then. */
function linesOf(ended: number): readonly string[] {
	const harness = StoreHarness.founded();
	harness.clock.push(1, ended);
	harness.apply([putCommand('k')]);
	harness.actor.flush();
	return harness.logged.map(({ message, fields }) => `${message}: ${fields['took']} of ${fields['expected-duration']}, ${fields['request']}`);
}

test("actors: store: slow apply: a transaction over the bound is told in etcd's words, one within it is not", () => {
	assert.deepEqual(linesOf(1.125), ['apply request took too long: 125.000ms of 100ms, 1 entries up to index 2']);
	assert.deepEqual(linesOf(1.0625), []);
});
