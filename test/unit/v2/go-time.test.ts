/** Times as Go prints them, against the calendar of the platform, which pure code may not use. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goTime, ttlSeconds } from '../../../src/v2/go-time.ts';

/** What Go's RFC3339Nano makes of the text that JavaScript prints. */
function trimmed(milliseconds: number): string {
	return new Date(milliseconds).toISOString().replace(/\.?0*Z$/, 'Z');
}

test('v2: time: every millisecond of a thousand years is printed as the calendar has it', () => {
	fc.assert(
		fc.property(fc.integer({ min: 0, max: Date.UTC(2970, 0) }), (milliseconds) => {
			assert.equal(goTime(milliseconds), trimmed(milliseconds));
		}),
		{ numRuns: 5_000 },
	);
});

test('v2: time: the first and last days of months of leap years and others are right', () => {
	for (const year of [1970, 1999, 2000, 2024, 2100, 2400]) {
		for (let month = 0; month < 12; month++) {
			for (const at of [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1) - 1, Date.UTC(year, month, 29, 23, 59, 59, 120)]) {
				assert.equal(goTime(at), trimmed(at));
			}
		}
	}
});

test('v2: time: the rest of a second counts as one, of what is overdue only whole seconds do', () => {
	const seconds = [2_000, 1_999, 1_001, 1, 0, -1, -999, -1_000, -1_001].map((left) => ttlSeconds(10_000 + left, 10_000));
	assert.deepEqual(seconds, [2, 2, 2, 1, 0, 0, 0, -1, -1]);
});
