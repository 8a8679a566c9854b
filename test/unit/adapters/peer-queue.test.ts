import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerQueue } from '../../../src/adapters/peer-queue.ts';
import { text } from './peer-harness.ts';

function push(queue: PeerQueue, word: string, replaceable = false): number {
	return queue.push([Buffer.from(word)], replaceable);
}

function words(queue: PeerQueue, bytesMax = 1_000): string[] {
	return queue.take(bytesMax).map(text);
}

test('adapters: peer queue: frames leave in the order in which they came', () => {
	const queue = new PeerQueue(100);
	for (const word of ['a', 'b', 'c']) {
		push(queue, word);
	}
	assert.deepEqual(words(queue), ['a', 'b', 'c']);
});

test('adapters: peer queue: a newer replaceable frame takes the place of the older', () => {
	const queue = new PeerQueue(100);
	push(queue, 'a');
	push(queue, 'old', true);
	push(queue, 'b');
	push(queue, 'newer', true);
	assert.deepEqual(words(queue), ['a', 'newer', 'b']);
	assert.equal(queue.bytes, 0);
});

test('adapters: peer queue: a replaceable frame that has left is not replaced', () => {
	const queue = new PeerQueue(100);
	push(queue, 'old', true);
	assert.deepEqual(words(queue), ['old']);
	push(queue, 'new', true);
	assert.deepEqual(words(queue), ['new']);
});

test('adapters: peer queue: beyond its bytes the oldest go', () => {
	const queue = new PeerQueue(10);
	push(queue, 'aaaa', true);
	push(queue, 'bbbb');
	assert.equal(push(queue, 'cccccc'), 1);
	assert.equal(queue.bytes, 10);
	push(queue, 'd', true);
	assert.deepEqual(words(queue), ['cccccc', 'd']);
});

test('adapters: peer queue: a frame larger than the queue is kept alone', () => {
	const queue = new PeerQueue(10);
	push(queue, 'a');
	assert.equal(push(queue, 'bbbbbbbbbbbb'), 1);
	assert.deepEqual(words(queue), ['bbbbbbbbbbbb']);
});

test('adapters: peer queue: a take is bounded and never empty while a frame waits', () => {
	const queue = new PeerQueue(100);
	push(queue, 'aaaa');
	push(queue, 'bbbb');
	push(queue, 'cccc');
	assert.deepEqual(words(queue, 8), ['aaaa', 'bbbb']);
	assert.deepEqual(words(queue, 1), ['cccc']);
	assert.deepEqual(words(queue, 1), []);
});
