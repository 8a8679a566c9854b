import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Index, Term } from '../../../src/base/brand.ts';
import { TermMap } from '../../../src/raft/term-map.ts';

const ZERO = { index: 0 as Index, term: 0 as Term };

/** One term an index, the obvious way; index 0 is `before`. */
class Plain {
	before = 0;
	terms = [0];

	termAt(index: number): number | null {
		return index < this.before || index >= this.terms.length ? null : (this.terms[index] as number);
	}

	findConflictByTerm(index: number, term: number): readonly [number, number] {
		if (index < this.before) {
			return [index, 0];
		}
		for (let at = Math.min(index, this.terms.length - 1); at >= this.before; at--) {
			if ((this.terms[at] as number) <= term) {
				return [at, this.terms[at] as number];
			}
		}
		return [Math.max(0, this.before - 1), 0];
	}
}

const change = fc.oneof(
	fc.record({ kind: fc.constant('append' as const), step: fc.nat(2) }),
	fc.record({ kind: fc.constant('truncate' as const), step: fc.nat(20) }),
	fc.record({ kind: fc.constant('compact' as const), step: fc.nat(20) }),
);

test('raft: term map: answers as a plain list of terms does', () => {
	fc.assert(
		fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
			const map = new TermMap(ZERO, [], 0 as Index);
			const plain = new Plain();
			for (const { kind, step } of changes) {
				const last = plain.terms.length - 1;
				const at = plain.before + step;
				if (kind === 'append') {
					const term = (plain.terms[last] as number) + (step === 0 ? 1 : 0);
					map.append(term as Term);
					plain.terms.push(term);
				} else if (kind === 'truncate' && at > plain.before && at <= last) {
					map.truncateFrom(at as Index);
					plain.terms.length = at;
				} else if (kind === 'compact' && at <= last) {
					map.compactTo(at as Index);
					plain.before = at;
				}
			}
			equal(map.last, plain.terms.length - 1);
			equal(map.lastTerm, plain.terms.at(-1));
			for (let index = 0; index < plain.terms.length + 2; index++) {
				equal(map.termAt(index as Index), plain.termAt(index));
				for (let term = 0; term < map.lastTerm + 2; term++) {
					const found = map.findConflictByTerm(index as Index, term as Term);
					deepEqual([found.index, found.term], plain.findConflictByTerm(index, term));
				}
			}
		}),
	);
});

test('raft: term map: boots from the runs that the log found', () => {
	const runs = [
		{ index: 6 as Index, term: 2 as Term },
		{ index: 8 as Index, term: 5 as Term },
	];
	const map = new TermMap({ index: 5 as Index, term: 2 as Term }, runs, 9 as Index);
	deepEqual(
		[4, 5, 6, 7, 8, 9, 10].map((index) => map.termAt(index as Index)),
		[null, 2, 2, 2, 5, 5, null],
	);
});

test('raft: term map: a term never falls along the log', () => {
	const map = new TermMap({ index: 5 as Index, term: 3 as Term }, [], 5 as Index);
	throws(() => map.append(2 as Term));
});
