/** Readers on whom others of their address wait: slow-readers.ts by a clock of the test's, on sockets that only count. */
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { SlowReaders } from '../../../src/adapters/slow-readers.ts';
import { CRAWLER_MILLISECONDS, CRAWLER_TAKES_PER_SECOND } from '../../../src/base/limits.ts';

const SECOND = 1_000;
const UNSENT = 2 ** 20;

class CountingSocket extends Socket {
	override bytesWritten = 0;
}

/** Whether it is still there after the time that crawlers have and a look more. */
function survives(takesPerSecond: number, isInTheWay: boolean): boolean {
	const socket = new CountingSocket();
	const readers = new SlowReaders({ stallMilliseconds: Number.POSITIVE_INFINITY });
	for (let now = 0; now <= CRAWLER_MILLISECONDS + SECOND; now += SECOND) {
		readers.sweep(now, [{ socket, unsent: UNSENT, isInTheWay }]);
		socket.bytesWritten += takesPerSecond;
	}
	const isThere = !socket.destroyed;
	socket.destroy();
	return isThere;
}

test('slow readers: one that takes next to nothing while others wait for it is cut off', () => {
	assert(!survives(CRAWLER_TAKES_PER_SECOND - 1, true));
});

test('slow readers: one that takes next to nothing is left alone while nobody waits for it', () => {
	assert(survives(0, false));
});

test('slow readers: one that others wait for may take its time, if it takes something', () => {
	assert(survives(CRAWLER_TAKES_PER_SECOND, true));
});
