import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MaxRegister, toRegisterValue } from '../../support/max-register.ts';

test('max register: a read that overlaps a write may return either value', () => {
	const register = new MaxRegister('r');
	register.endWrite(register.beginWrite());
	const second = register.beginWrite();
	register.endRead(register.beginRead('a'), 1);
	register.endRead(register.beginRead('a'), 2);
	register.endWrite(second);
	assert.deepEqual([register.stale, register.invented], [[], []]);
});

test('max register: a read that began after an acknowledgement and returns less is stale', () => {
	const register = new MaxRegister('r');
	register.endWrite(register.beginWrite());
	register.endWrite(register.beginWrite());
	register.endRead(register.beginRead('a'), 1);
	assert.deepEqual(register.stale, [{ returned: 1, known: 2, reader: 'a' }]);
});

test('max register: a read that began before the acknowledgement is not stale', () => {
	const register = new MaxRegister('r');
	register.endWrite(register.beginWrite());
	const begun = register.beginRead('a');
	register.endWrite(register.beginWrite());
	register.endRead(begun, 1);
	assert.deepEqual(register.stale, []);
});

test('max register: a read that returns less than an earlier read did is stale, acknowledged or not', () => {
	const register = new MaxRegister('r');
	register.endWrite(register.beginWrite());
	register.beginWrite();
	register.endRead(register.beginRead('a'), 2);
	register.endRead(register.beginRead('b'), 1);
	assert.deepEqual(register.stale, [{ returned: 1, known: 2, reader: 'b' }]);
});

test('max register: a value that nobody wrote is told', () => {
	const register = new MaxRegister('r');
	register.endRead(register.beginRead('a'), 7);
	assert.deepEqual(register.invented, [7]);
});

test('max register: values order as bytes as they do as numbers', () => {
	assert.ok(toRegisterValue(9) < toRegisterValue(10) && toRegisterValue(99_999) < toRegisterValue(100_000));
});
