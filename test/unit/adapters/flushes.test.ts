/** --unsafe-no-fsync: flushes are made, until they are turned off for the thread. There is no way back, so this file has one test. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { areFlushesOff, fdatasyncCall, fdatasyncLater, fdatasyncNow, fsyncLater, fsyncNow, turnFlushesOff } from '../../../src/adapters/flushes.ts';

/** A closed descriptor: whoever flushes it hears EBADF. */
function closedDescriptor(): number {
	const descriptor = openSync('/dev/null', 'r');
	closeSync(descriptor);
	return descriptor;
}

test('flushes: each asks the system, until they are turned off, and none does after', async () => {
	const descriptor = closedDescriptor();
	const call = () => new Promise<NodeJS.ErrnoException | null>((resolve) => fdatasyncCall(descriptor, resolve));
	assert.throws(() => fsyncNow(descriptor), { code: 'EBADF' });
	assert.throws(() => fdatasyncNow(descriptor), { code: 'EBADF' });
	await assert.rejects(fsyncLater(descriptor), { code: 'EBADF' });
	await assert.rejects(fdatasyncLater(descriptor), { code: 'EBADF' });
	assert.equal((await call())?.code, 'EBADF');
	assert.equal(areFlushesOff(), false);
	turnFlushesOff();
	fsyncNow(descriptor);
	fdatasyncNow(descriptor);
	await fsyncLater(descriptor);
	await fdatasyncLater(descriptor);
	assert.equal(await call(), null);
});
