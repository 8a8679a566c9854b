import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Index } from '../../../src/base/brand.ts';
import type { Entry } from '../../../src/raft/state.ts';
import { entryBytes, Tail } from '../../../src/raft/tail.ts';
import { command } from '../../paper/lone-member.ts';

const change = fc.record({ kind: fc.constantFrom('append', 'append', 'append', 'truncate', 'evict'), amount: fc.nat(400) });

test('raft: tail: holds what a plain list holds, through growth, truncation and eviction', () => {
	fc.assert(
		fc.property(fc.array(change, { maxLength: 40 }), fc.nat(2 ** 31), (changes, start) => {
			const tail = new Tail(start as Index);
			let list: Entry[] = [];
			let last = start;
			for (const { kind, amount } of changes) {
				if (kind === 'append') {
					for (let i = 0; i < amount; i++) {
						const entry = command(++last, 1, 'x'.repeat(i % 7));
						tail.append(entry);
						list.push(entry);
					}
				} else if (kind === 'truncate') {
					last = Math.max(start, last - amount);
					tail.truncateFrom((last + 1) as Index);
					list = list.filter(({ index }) => index <= last);
				} else {
					tail.evict(0, (tail.first + amount - 1) as Index);
					list = list.slice(amount);
				}
			}
			equal(tail.last, last);
			equal(tail.last - tail.first + 1, list.length);
			equal(
				tail.bytes,
				list.reduce((sum, entry) => sum + entryBytes(entry), 0),
			);
			if (list.length > 0) {
				deepEqual(tail.slice(tail.first, (tail.last + 1) as Index, Number.MAX_SAFE_INTEGER), list);
			}
		}),
		{ numRuns: 50 },
	);
});

test('raft: tail: a slice is bounded by bytes, but for its first entry', () => {
	const tail = new Tail(0 as Index);
	for (const [i, text] of ['aaaaa', 'bb', 'cc', 'dd'].entries()) {
		tail.append(command(i + 1, 1, text));
	}
	const sizes = [1, 5, 7, 9, 99].map((bytesMax) => tail.slice(1 as Index, 5 as Index, bytesMax).length);
	deepEqual(sizes, [1, 1, 2, 3, 4]);
});

test('raft: tail: a gap in the log is an error of ours', () => {
	throws(() => new Tail(3 as Index).append(command(5, 1)));
});
