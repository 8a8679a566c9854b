import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { Index, Term } from '../../../../src/base/brand.ts';
import { RECORD_HEADER_BYTES, RECORD_KIND } from '../../../../src/log/journal/record.ts';
import { RecordWriter } from '../../../../src/log/journal/record-writer.ts';
import { decodeSteps, type JournalStep } from '../../../../src/log/journal/steps.ts';
import { decodeEntry } from '../../../../src/log/layout.ts';
import type { LogBatch } from '../../../../src/log/log-store.ts';
import { batch, point } from '../../../support/log-fixtures.ts';

const number = fc.maxSafeNat().map((value) => value % 2 ** 47);
const anyPoint = fc.option(fc.record({ index: number, term: number }).map(({ index, term }) => point(index, term)));
const anyBatch: fc.Arbitrary<LogBatch> = fc
	.record({
		resetTo: anyPoint,
		truncateFrom: fc.option(number.map((index) => index as Index)),
		mark: anyPoint,
		state: fc.record({ term: number, vote: fc.nat(100), commit: number }),
		first: number,
		entries: fc.array(fc.record({ term: number, kind: fc.constantFrom(0 as const, 1 as const, 2 as const), payload: fc.uint8Array() }), {
			maxLength: 6,
		}),
	})
	.map(({ resetTo, truncateFrom, mark, state, first, entries }) => ({
		resetTo,
		truncateFrom,
		mark,
		hardState: batch(state).hardState,
		entries: {
			first: first as Index,
			terms: entries.map(({ term }) => term as Term),
			kinds: entries.map(({ kind }) => kind),
			payloads: entries.map(({ payload }) => payload),
		},
	}));
const anyWork = fc.array(fc.oneof(anyBatch, number), { maxLength: 5 });

/** The body that a writer makes of batches and compactions, and where it says that entries begin. */
function written(work: readonly (LogBatch | number)[]): { readonly body: Uint8Array; readonly steps: JournalStep[] } {
	const writer = new RecordWriter(1, crc32);
	const steps = work.map((each): JournalStep => {
		if (typeof each === 'number') {
			writer.addCompaction(each as Index);
			return { kind: 'compact', upTo: each as Index };
		}
		return { kind: 'batch', batch: each, entriesAt: writer.addBatch(each) };
	});
	const { record } = writer.seal({ generation: 1, sequence: 1, previous: 0, kind: RECORD_KIND.steps });
	return { body: record.slice(RECORD_HEADER_BYTES), steps };
}

test('journal: steps: what was written is decoded', () => {
	fc.assert(
		fc.property(anyWork, (work) => {
			const { body, steps } = written(work);
			assert.deepEqual(decodeSteps(body), steps);
		}),
	);
});

test('journal: steps: each entry lies there as the log’s engine will hold it', () => {
	const one = batch({ first: 7, terms: [3], label: 'here ' });
	const { body, steps } = written([one]);
	const at = steps[0]?.kind === 'batch' ? steps[0].entriesAt + 4 : 0;
	assert.deepEqual(decodeEntry(7 as Index, body.subarray(at), crc32), { term: 3, kind: 1, payload: one.entries.payloads[0] });
});

test('journal: steps: any other bytes are steps or null, never an error', () => {
	fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decodeSteps(bytes) === null || bytes.length >= 0));
});

test('journal: steps: a body cut short within a step is none', () => {
	const { body } = written([batch({ first: 1, terms: [1, 1], mark: point(9, 1) })]);
	for (let size = 1; size < body.length; size++) {
		assert.equal(decodeSteps(body.subarray(0, size)), null, `${size} bytes`);
	}
});

test('journal: steps: a body with any byte changed is steps or null, never an error', () => {
	fc.assert(
		fc.property(anyWork, fc.nat(), fc.integer({ min: 1, max: 255 }), (work, at, change) => {
			const { body } = written(work);
			if (body.length > 0) {
				body[at % body.length] = (body[at % body.length] as number) ^ change;
			}
			decodeSteps(body);
		}),
	);
});
