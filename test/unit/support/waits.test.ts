import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failWaits, waitingFor } from '../../support/waits.ts';

test('support: waits: work that is not over before the end of its file says what it waited for', async () => {
	const never = new Promise<void>(() => undefined);
	const wait = waitingFor('a member that never comes', never);
	failWaits();
	await assert.rejects(wait, /waits for a member that never comes, since \d+ ms/);
});

test('support: waits: work that is over keeps its result', async () => {
	assert.equal(await waitingFor('seven', Promise.resolve(7)), 7);
	failWaits();
});
