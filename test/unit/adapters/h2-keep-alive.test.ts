/** Keep-alive of gRPC connections, in raw frames: pings of a caller that are too many, and of ours that nobody answers (reference/etcd-surface.md 7.9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FloodGuard } from '../../../src/h2/flood-guard.ts';
import { H2ConnectionError } from '../../../src/h2/frames.ts';

/** Whether a ping after such a pause, with so many calls open, is one too many the third time. */
function isCutOff(minTimeMs: number, pauseMs: number, streams: number): boolean {
	const guard = new FloodGuard(minTimeMs);
	try {
		for (let i = 0; i <= 3; i++) {
			guard.now = 1_000_000_000 + i * pauseMs;
			guard.ping(streams);
		}
		return false;
	} catch (error) {
		assert.ok(error instanceof H2ConnectionError && error.message === 'too_many_pings');
		return true;
	}
}

test('h2 keep-alive: pings closer than the least time are too many, farther ones are not', () => {
	assert.equal(isCutOff(5_000, 4_999, 1), true);
	assert.equal(isCutOff(5_000, 5_000, 1), false);
	assert.equal(isCutOff(20_000, 19_999, 1), true);
	assert.equal(isCutOff(1_000, 1_500, 1), false);
});

test('h2 keep-alive: without an open call there is no reason for a ping but every two hours', () => {
	assert.equal(isCutOff(5_000, 60_000, 0), true);
	assert.equal(isCutOff(5_000, 2 * 3_600_000, 0), false);
});
