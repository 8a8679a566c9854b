/** Random operations on a few keys that are close to one another: prefixes, zeros, 0xff, and some longer than the tests' limit for keys. */
import fc from 'fast-check';
import type { Compare, DeleteRangeOperation, Operation, PutOperation, RangeOperation, TxnOperation } from '../../../src/mvcc/operations.ts';

/** The limit for short keys that the tests inject: half of the keys below are longer. */
export const TEST_KEY_LIMIT = 3;

const byte = fc.constantFrom(0, 1, 0x61, 0x62, 0xff);
const free = fc.array(byte, { minLength: 1, maxLength: 6 });
/** Half of all keys begin alike, so that buckets of long keys hold several. */
const alike = fc.array(byte, { maxLength: 3 }).map((rest) => [0x61, 0x61, 0x61, ...rest]);
export const key = fc.oneof(free, alike).map((bytes) => Uint8Array.from(bytes));
const rangeEnd = fc.oneof(fc.constant(new Uint8Array(0)), fc.constant(new Uint8Array(1)), key);
const value = fc.array(byte, { maxLength: 3 }).map((bytes) => Uint8Array.from(bytes));
const seldom = fc.nat({ max: 7 }).map((n) => n === 7);

export const put: fc.Arbitrary<PutOperation> = fc.record({
	kind: fc.constant('put' as const),
	key,
	value,
	lease: seldom.map((has) => (has ? 5n : 0n)),
	prevKv: fc.boolean(),
	ignoreValue: seldom,
	ignoreLease: seldom,
});

export const deleteRange: fc.Arbitrary<DeleteRangeOperation> = fc.record({
	kind: fc.constant('delete_range' as const),
	key,
	rangeEnd,
	prevKv: fc.boolean(),
});

const revision = fc.oneof(fc.constant(0), fc.nat({ max: 30 }));

export const range: fc.Arbitrary<RangeOperation> = fc.record({
	kind: fc.constant('range' as const),
	key,
	rangeEnd,
	limit: fc.oneof(fc.constant(0), fc.nat({ max: 4 })),
	revision,
	sortOrder: fc.nat({ max: 2 }),
	sortTarget: fc.nat({ max: 4 }),
	serializable: fc.boolean(),
	keysOnly: fc.boolean(),
	countOnly: seldom,
	minModRevision: fc.oneof(fc.constant(0), revision),
	maxModRevision: fc.oneof(fc.constant(0), revision),
	minCreateRevision: fc.oneof(fc.constant(0), revision),
	maxCreateRevision: fc.oneof(fc.constant(0), revision),
});

const compare: fc.Arbitrary<Compare> = fc.record({
	result: fc.nat({ max: 3 }),
	target: fc.nat({ max: 4 }),
	key,
	rangeEnd,
	number: fc.nat({ max: 10 }),
	value,
	lease: fc.bigInt({ min: 0n, max: 1n }),
});

function txnOf(inner: fc.Arbitrary<Operation>): fc.Arbitrary<TxnOperation> {
	const branch = fc.array(inner, { maxLength: 4 });
	return fc.record({ kind: fc.constant('txn' as const), compares: fc.array(compare, { maxLength: 2 }), success: branch, failure: branch });
}

const leaf: fc.Arbitrary<Operation> = fc.oneof({ weight: 3, arbitrary: put }, deleteRange, range);
export const txn: fc.Arbitrary<TxnOperation> = txnOf(
	fc.oneof({ weight: 4, arbitrary: leaf }, txnOf(fc.oneof({ weight: 4, arbitrary: leaf }, txnOf(leaf)))),
);
