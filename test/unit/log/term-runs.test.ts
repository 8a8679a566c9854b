import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Index, Term } from '../../../src/base/brand.ts';
import { TermRuns } from '../../../src/log/term-runs.ts';

const step = fc.oneof(
	fc.record({ op: fc.constant('note' as const), rise: fc.integer({ min: 0, max: 2 }), count: fc.integer({ min: 1, max: 4 }) }),
	fc.record({ op: fc.constant('truncate' as const), at: fc.nat(40) }),
	fc.record({ op: fc.constant('drop' as const), at: fc.nat(40) }),
);

test('log: term runs: they say of every entry what an array of terms says', () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
			const runs = new TermRuns();
			let terms: number[] = [];
			let first = 1;
			let term = 1;
			for (const change of steps) {
				const last = first + terms.length - 1;
				if (change.op === 'note') {
					term += change.rise;
					for (let i = 1; i <= change.count; i++) {
						runs.note((last + i) as Index, term as Term);
						terms.push(term);
					}
				} else if (change.op === 'truncate') {
					const from = Math.min(Math.max(change.at, first), last + 1);
					runs.truncateFrom(from as Index);
					terms = terms.slice(0, from - first);
				} else {
					const lo = Math.min(Math.max(change.at, first), last + 1);
					runs.dropBefore(lo as Index, last as Index);
					terms = terms.slice(lo - first);
					first = lo;
				}
				const told = terms.map((_, i) => runs.termAt((first + i) as Index));
				assert.deepEqual(told, terms);
				const starts = terms.map((value, i) => ({ index: first + i, term: value })).filter((_, i) => i === 0 || terms[i] !== terms[i - 1]);
				assert.deepEqual(runs.list(), starts);
			}
		}),
	);
});

test('log: term runs: a term that falls is a fault of our own', () => {
	const runs = new TermRuns();
	runs.note(1 as Index, 5 as Term);
	assert.throws(() => runs.note(2 as Index, 4 as Term), { name: 'AssertionError' });
});
