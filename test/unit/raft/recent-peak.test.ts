import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecentPeak } from '../../../src/raft/recent-peak.ts';

const REMEMBERED_TICKS = 500;
const FORGOTTEN_TICKS = 1_000;

test('raft: recent peak: it is the greatest, whatever comes after it', () => {
	const peak = new RecentPeak();
	peak.note(7, 1);
	peak.note(3, 2);
	assert.equal(peak.at(3), 7);
});

test('raft: recent peak: what was is forgotten in the end, and not before', () => {
	const peak = new RecentPeak();
	peak.note(7, 100);
	assert.equal(peak.at(100 + REMEMBERED_TICKS), 7);
	assert.equal(peak.at(100 + FORGOTTEN_TICKS), 0);
});

test('raft: recent peak: it knows the greatest of the last span, and nothing that is older than three', () => {
	const steps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 700 }), value: fc.nat(100) }), { maxLength: 40 });
	fc.assert(
		fc.property(steps, (given) => {
			const peak = new RecentPeak();
			const noted: { readonly at: number; readonly value: number }[] = [];
			let now = 0;
			for (const { wait, value } of given) {
				now += wait;
				peak.note(value, now);
				noted.push({ at: now, value });
				const within = (ticks: number): number => Math.max(0, ...noted.filter(({ at }) => now - at < ticks).map((each) => each.value));
				const seen = peak.at(now);
				assert.ok(seen >= within(REMEMBERED_TICKS) && seen <= within(FORGOTTEN_TICKS + REMEMBERED_TICKS), `${seen} at ${now}`);
			}
		}),
	);
});
