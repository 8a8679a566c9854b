import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES, type CodeName } from '../../../src/base/codes.ts';
import type { Operation, TxnOperation } from '../../../src/mvcc/operations.ts';
import { checkDelete, checkPut, checkRange, checkTxn } from '../../../src/rpc/validate-kv.ts';
import { bytes, compare, del, put, range, txn } from './kv-requests.ts';

const OPS_MAX = 4;

function nameOf(code: number): CodeName | undefined {
	return (Object.keys(CODES) as CodeName[]).find((name) => CODES[name].code === code);
}

const SINGLE: readonly { readonly what: string; readonly code: number; readonly is: CodeName }[] = [
	{ what: 'a put without a key', code: checkPut(put('')), is: 'empty_key' },
	{ what: 'a put that keeps the value and gives one', code: checkPut(put('k', { ignoreValue: true })), is: 'value_provided' },
	{ what: 'a put that keeps the lease and gives one', code: checkPut(put('k', { ignoreLease: true, lease: 1n })), is: 'lease_provided' },
	{ what: 'a put that keeps both', code: checkPut(put('k', { ignoreValue: true, ignoreLease: true, value: bytes('') })), is: 'ok' },
	{ what: 'a put', code: checkPut(put('k')), is: 'ok' },
	{ what: 'a delete without a key', code: checkDelete(del('')), is: 'empty_key' },
	{ what: 'a range without a key', code: checkRange(range('')), is: 'empty_key' },
	{ what: 'a range with an unknown order', code: checkRange(range('k', { sortOrder: 3 })), is: 'invalid_sort_option' },
	{ what: 'a range with an unknown target', code: checkRange(range('k', { sortTarget: -1 })), is: 'invalid_sort_option' },
	{ what: 'a range', code: checkRange(range('k', { sortOrder: 2, sortTarget: 4 })), is: 'ok' },
];

for (const { what, code, is } of SINGLE) {
	test(`rpc: validate: ${what} is ${is}`, () => {
		assert.equal(nameOf(code), is);
	});
}

const many = (count: number): Operation[] => Array.from({ length: count }, (_, i) => range(`k${i}`));

const TXNS: readonly { readonly what: string; readonly txn: TxnOperation; readonly is: CodeName }[] = [
	{ what: 'an empty txn', txn: txn([]), is: 'ok' },
	{ what: 'as many operations as allowed', txn: txn(many(OPS_MAX)), is: 'ok' },
	{ what: 'one operation more than allowed', txn: txn(many(OPS_MAX + 1)), is: 'too_many_ops' },
	{ what: 'one operation more than allowed in the other branch', txn: txn([], many(OPS_MAX + 1)), is: 'too_many_ops' },
	{
		what: 'one comparison more than allowed',
		txn: txn(
			[],
			[],
			[1, 2, 3, 4, 5].map((i) => compare(`k${i}`)),
		),
		is: 'too_many_ops',
	},
	{ what: 'a nested txn with what its parent leaves', txn: txn([txn(many(OPS_MAX - 1))]), is: 'ok' },
	{ what: 'a nested txn with more than its parent leaves', txn: txn([txn(many(OPS_MAX))]), is: 'too_many_ops' },
	{ what: 'a comparison without a key', txn: txn([], [], [compare('')]), is: 'empty_key' },
	{ what: 'a put without a key', txn: txn([put('')]), is: 'empty_key' },
	{ what: 'an operation that is none', txn: txn([], [{ kind: 'unset' }]), is: 'key_not_found' },
	{ what: 'a nested range with an unknown order', txn: txn([txn([range('k', { sortOrder: 9 })])]), is: 'invalid_sort_option' },
	{ what: 'a key put twice', txn: txn([put('k'), put('k')]), is: 'duplicate_key' },
	{ what: 'a key put twice in the other branch', txn: txn([], [put('k'), put('k')]), is: 'duplicate_key' },
	{ what: 'a key put once in each branch', txn: txn([put('k')], [put('k')]), is: 'ok' },
	{ what: 'a put and a later delete of its key', txn: txn([put('k'), del('k')]), is: 'duplicate_key' },
	{ what: 'a put into a range deleted before', txn: txn([del('a', 'z'), put('k')]), is: 'duplicate_key' },
	{ what: 'a put at the end of a deleted range', txn: txn([del('a', 'k'), put('k')]), is: 'ok' },
	{ what: 'a put behind a range deleted from a key on', txn: txn([del('a', '\0'), put('k')]), is: 'ok' },
	{ what: 'a put into an inverted range', txn: txn([del('z', 'a'), put('k')]), is: 'ok' },
	{ what: 'deletes that overlap', txn: txn([del('a', 'k'), del('b', 'z'), del('c')]), is: 'ok' },
	{ what: 'one key put in both branches of a nested txn', txn: txn([txn([put('k')], [put('k')])]), is: 'ok' },
	{ what: 'one key put by two siblings', txn: txn([txn([put('k')]), txn([], [put('k')])]), is: 'duplicate_key' },
	{ what: 'a nested put of a key that the parent puts', txn: txn([put('k'), txn([put('k')])]), is: 'duplicate_key' },
	{ what: 'a nested put into a range that the parent deletes later', txn: txn([txn([put('k')]), del('a', 'z')]), is: 'duplicate_key' },
	{ what: 'a nested put into a range that an earlier sibling deletes', txn: txn([txn([del('a', 'z')]), txn([put('k')])]), is: 'duplicate_key' },
	{ what: 'a nested put into a range that a later sibling deletes', txn: txn([txn([put('k')]), txn([del('a', 'z')])]), is: 'ok' },
	{ what: 'a put into a range that a nested txn deletes', txn: txn([put('k'), txn([], [del('a', 'z')])]), is: 'duplicate_key' },
];

for (const { what, txn: operation, is } of TXNS) {
	test(`rpc: validate: txn: ${what} is ${is}`, () => {
		assert.equal(nameOf(checkTxn(operation, OPS_MAX)), is);
	});
}

test('rpc: validate: txn: tens of thousands of nested puts and deletes are checked in n log n', () => {
	const leaf = (i: number): TxnOperation =>
		txn(Array.from({ length: 100 }, (_, j) => (j % 2 === 0 ? put(`p${i}/${j}`) : del(`d${i}/${j}`, `d${i}/${j}~`))));
	const large = txn(Array.from({ length: 400 }, (_, i) => leaf(i)));
	assert.equal(checkTxn(large, 10_000), CODES.ok.code);
});
