import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LargeAnswers } from '../../../src/adapters/large-answers.ts';
import { LARGE_ANSWERS_ADDRESS_BYTES_MAX } from '../../../src/base/limits.ts';

test('large answers: an address is full at its bound, over all its connections, and no other address is', () => {
	const answers = new LargeAnswers();
	const [one, two, other] = ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2'].map((address) => answers.of(address));
	one?.change(LARGE_ANSWERS_ADDRESS_BYTES_MAX - 1);
	assert.equal(two?.isFull, false);
	two?.change(1);
	assert.equal(one?.isFull, true);
	assert.equal(other?.isFull, false);
	two?.change(-1);
	assert.equal(one?.isFull, false);
});

test('large answers: what is on its way is in the way once another one was asked for, until there is room', () => {
	const answers = new LargeAnswers();
	const one = answers.of('192.0.2.1');
	one.change(LARGE_ANSWERS_ADDRESS_BYTES_MAX);
	assert.equal(one.isInTheWay, false);
	assert(answers.of('192.0.2.1').isFull);
	assert.equal(one.isInTheWay, true);
	one.change(-1);
	one.change(1);
	assert.equal(one.isInTheWay, false);
});
