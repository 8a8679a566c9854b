import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isStillReadable } from '../../../src/mvcc/compaction.ts';
import type { KeyValueBytes, Operation, RangeOperation } from '../../../src/mvcc/operations.ts';
import { beginRange } from '../../../src/mvcc/range.ts';
import { RangeReading } from '../../../src/mvcc/range-reading.ts';
import { decodeKeyValue } from '../../../src/mvcc/stored-key-value.ts';
import { deleteRange, put, range, TEST_KEY_LIMIT, txn } from './arbitraries.ts';
import { Subject } from './subject.ts';

const change = fc.oneof({ weight: 4, arbitrary: put }, { weight: 2, arbitrary: deleteRange }, txn);
const compaction = fc.record({ kind: fc.constant('compact' as const), back: fc.nat({ max: 4 }) });
const sweep = fc.record({ kind: fc.constant('sweep' as const), budget: fc.integer({ min: 1, max: 3 }) });
const step = fc.oneof({ weight: 6, arbitrary: change }, compaction, { weight: 3, arbitrary: sweep });
const history = fc.array(step, { maxLength: 40, size: 'max' });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Sweeps go as far as heldAt lets them. */
function play(subject: Subject, each: Step, heldAt: number): void {
	if (each.kind === 'compact') {
		subject.compact(subject.state().revision - each.back);
	} else if (each.kind === 'sweep') {
		subject.sweep(each.budget, heldAt);
	} else {
		subject.raw(each as Operation);
	}
}

interface Case {
	readonly before: readonly Step[];
	readonly operation: RangeOperation;
	/** What happens before each page, and what the page may cost. */
	readonly pages: readonly { readonly between: readonly Step[]; readonly cost: number }[];
}

const anyCase: fc.Arbitrary<Case> = fc.record({
	before: history,
	operation: range,
	pages: fc.array(fc.record({ between: fc.array(step, { maxLength: 5 }), cost: fc.integer({ min: 1, max: 6 }) }), { minLength: 1, maxLength: 30 }),
});

/** Reads in pages while things happen; null: it could not be read to its end. The first page is at once, as a lane has it. */
function readInPages(subject: Subject, { operation, pages }: Case, holds: boolean): { kvs: KeyValueBytes[]; more: boolean; count: number } | null {
	const reading = beginRange(operation, subject.state(), subject.latest);
	if (!(reading instanceof RangeReading)) {
		return null;
	}
	const kvs: KeyValueBytes[] = [];
	const page = (cost: number): boolean => subject.engine.read((view) => reading.step(view, cost, (kv) => kvs.push(kv)));
	let isOver = page(1);
	for (const { between, cost } of pages) {
		if (isOver) {
			break;
		}
		for (const each of between) {
			play(subject, each, holds ? reading.revision : Number.MAX_SAFE_INTEGER);
		}
		if (!isStillReadable(subject.state(), reading.revision)) {
			assert.ok(!holds, `revision ${reading.revision} was held`);
			return null;
		}
		isOver = page(cost);
	}
	isOver ||= page(Number.POSITIVE_INFINITY);
	assert.ok(isOver);
	return { kvs, more: reading.more, count: reading.count };
}

for (const holds of [true, false]) {
	const how = holds ? 'and sweeps that are held up' : 'as long as it can be read';
	test(`mvcc: range reading: pages between writes and compactions, ${how}, give what one piece gave`, () => {
		fc.assert(
			fc.property(anyCase, fc.constantFrom(TEST_KEY_LIMIT, 1_890), (each, keyLimit) => {
				const subject = new Subject(keyLimit);
				for (const one of each.before) {
					play(subject, one, Number.MAX_SAFE_INTEGER);
				}
				const whole = subject.raw(each.operation);
				const paged = readInPages(subject, each, holds);
				if (paged !== null && whole.kind === 'range') {
					assert.deepEqual(paged, { kvs: whole.kvs, more: whole.more, count: whole.count });
				}
			}),
			{ numRuns: 500 },
		);
	});
}

test('mvcc: range reading: no page costs much more than it may, and rows that are sorted are answered in pages too', () => {
	const subject = new Subject();
	const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
	const blank = { kind: 'put', lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false } as const;
	for (let i = 0; i < 5_000; i++) {
		subject.raw({ ...blank, key: bytes(`k${(i * 7_919) % 5_000}`), value: bytes(`${i}`) });
	}
	const filters = { minModRevision: 0, maxModRevision: 0, minCreateRevision: 0, maxCreateRevision: 0 };
	const wishes = { limit: 0, revision: 0, sortOrder: 2, sortTarget: 3, serializable: true, keysOnly: false, countOnly: false, ...filters };
	const reading = beginRange({ kind: 'range', key: bytes('k'), rangeEnd: bytes('l'), ...wishes }, subject.state(), subject.latest);
	assert.ok(reading instanceof RangeReading);
	const pages: number[] = [];
	let last = Number.MAX_SAFE_INTEGER;
	for (let isOver = false; !isOver; ) {
		let taken = 0;
		isOver = subject.engine.read((view) =>
			reading.step(view, 1_000, (kv) => {
				const { modRevision } = decodeKeyValue(kv);
				assert.ok(modRevision < last, 'newest first');
				last = modRevision;
				taken++;
			}),
		);
		pages.push(taken);
	}
	assert.equal(
		pages.reduce((sum, each) => sum + each, 0),
		5_000,
	);
	assert.ok(Math.max(...pages) <= 500, `pages of ${Math.max(...pages)}`);
});
