import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, showDuration } from '../../../src/config/duration.ts';

test("config: duration: Go's notation, in milliseconds", () => {
	for (const [text, milliseconds] of [
		['10m0s', 600_000],
		['1.5h', 5_400_000],
		['100ms', 100],
		['1m30s', 90_000],
		['.5s', 500],
		['2000us', 2],
		['0', 0],
	] as const) {
		assert.equal(parseDuration(text), milliseconds, text);
	}
});

test('config: duration: anything else is none', () => {
	for (const text of ['', '10', '10x', 's', '1m 30s', '-1s', '1e3s', `${'1h'.repeat(40)}`]) {
		assert.equal(parseDuration(text), null, text);
	}
});

test('config: duration: what is shown is read back as the same', () => {
	for (const milliseconds of [1, 100, 1_500, 60_000, 86_400_000]) {
		assert.equal(parseDuration(showDuration(milliseconds)), milliseconds);
	}
});
