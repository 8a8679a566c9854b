import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import Long from 'long';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { decodeCompact, decodeDeleteRange, decodePut, decodeRange, decodeTxn, TXN_DEPTH_MAX } from '../../../src/rpc/kv-codec.ts';
import { bytes, nestedTxn, range } from './kv-requests.ts';

test('rpc: kv codec: every field of a put arrives', () => {
	const request = {
		key: bytes('k'),
		value: bytes('v'),
		lease: Long.fromString('-9223372036854775808'),
		prev_kv: true,
		ignore_value: true,
		ignore_lease: true,
	};
	const put = { kind: 'put', key: bytes('k'), value: bytes('v'), lease: -(2n ** 63n), prevKv: true, ignoreValue: true, ignoreLease: true };
	assert.deepEqual(decodePut(Uint8Array.from(pb.PutRequest.encode(request).finish())), put);
});

test('rpc: kv codec: an empty put has empty bytes and no lease', () => {
	const put = { kind: 'put', key: bytes(''), value: bytes(''), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false };
	const decoded = decodePut(new Uint8Array(0));
	assert.deepEqual(decoded && { ...decoded, key: Uint8Array.from(decoded.key), value: Uint8Array.from(decoded.value) }, put);
});

for (const lease of [1n, 2n ** 32n, 2n ** 63n - 1n, -1n]) {
	test(`rpc: kv codec: the lease ${lease} arrives exactly`, () => {
		assert.equal(decodePut(pb.PutRequest.encode({ key: bytes('k'), lease: Long.fromString(`${lease}`) }).finish())?.lease, lease);
	});
}

test('rpc: kv codec: every field of a range arrives', () => {
	const request = {
		key: bytes('a'),
		range_end: bytes('b'),
		limit: 1,
		revision: 2,
		sort_order: 2,
		sort_target: 4,
		serializable: true,
		keys_only: true,
		count_only: true,
		min_mod_revision: 3,
		max_mod_revision: 4,
		min_create_revision: 5,
		max_create_revision: 6,
	};
	const changes = { rangeEnd: bytes('b'), limit: 1, revision: 2, sortOrder: 2, sortTarget: 4, serializable: true, keysOnly: true, countOnly: true };
	const bounds = { minModRevision: 3, maxModRevision: 4, minCreateRevision: 5, maxCreateRevision: 6 };
	assert.deepEqual(decodeRange(Uint8Array.from(pb.RangeRequest.encode(request as never).finish())), range('a', { ...changes, ...bounds }));
});

test('rpc: kv codec: a revision of 2^63 - 1 stays above every revision', () => {
	const decoded = decodeRange(pb.RangeRequest.encode({ key: bytes('k'), revision: Long.MAX_VALUE }).finish());
	assert.ok((decoded?.revision ?? 0) > Number.MAX_SAFE_INTEGER);
});

test('rpc: kv codec: every field of a delete range arrives', () => {
	const request = { key: bytes('a'), range_end: bytes('b'), prev_kv: true };
	const decoded = decodeDeleteRange(Uint8Array.from(pb.DeleteRangeRequest.encode(request).finish()));
	assert.deepEqual(decoded, { kind: 'delete_range', key: bytes('a'), rangeEnd: bytes('b'), prevKv: true });
});

test('rpc: kv codec: every field of a compaction arrives', () => {
	assert.deepEqual(decodeCompact(pb.CompactionRequest.encode({ revision: 7, physical: true } as never).finish()), {
		kind: 'compact',
		revision: 7,
		physical: true,
	});
});

test('rpc: kv codec: the operations of a txn arrive in order, each as what it is', () => {
	const success = [{ request_put: { key: bytes('a') } }, { request_range: { key: bytes('b') } }, { request_delete_range: { key: bytes('c') } }];
	const decoded = decodeTxn(pb.TxnRequest.encode({ success, failure: [{ request_txn: {} }, {}] }).finish());
	const kinds = [decoded?.success.map(({ kind }) => kind), decoded?.failure.map(({ kind }) => kind)];
	assert.deepEqual(kinds, [
		['put', 'range', 'delete_range'],
		['txn', 'unset'],
	]);
});

const UNIONS = [
	{ target: 0, union: { version: 7 } },
	{ target: 1, union: { create_revision: 7 } },
	{ target: 2, union: { mod_revision: 7 } },
] as const;

for (const { target, union } of UNIONS) {
	test(`rpc: kv codec: a comparison takes the number of its target ${target}`, () => {
		const decoded = decodeTxn(pb.TxnRequest.encode({ compare: [{ key: bytes('k'), target, ...union } as never] }).finish());
		assert.equal(decoded?.compares[0]?.number, 7);
	});
}

test('rpc: kv codec: a comparison whose number is of another target compares with 0', () => {
	const decoded = decodeTxn(pb.TxnRequest.encode({ compare: [{ key: bytes('k'), target: 2, version: 7 } as never] }).finish());
	assert.equal(decoded?.compares[0]?.number, 0);
});

test('rpc: kv codec: txns nest as deep as the bound', () => {
	let depth = 0;
	for (let each = decodeTxn(nestedTxn(TXN_DEPTH_MAX))?.success[0]; each?.kind === 'txn'; each = each.success[0]) {
		depth++;
	}
	assert.equal(depth, TXN_DEPTH_MAX);
});

for (const depth of [TXN_DEPTH_MAX + 1, 5_000]) {
	test(`rpc: kv codec: a txn with ${depth} levels is no request`, () => {
		assert.equal(decodeTxn(nestedTxn(depth)), null);
	});
}

test('rpc: kv codec: no bytes whatever make it throw', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 60 }), (body) => {
			for (const decode of [decodePut, decodeDeleteRange, decodeRange, decodeTxn, decodeCompact]) {
				decode(body);
			}
		}),
		{ numRuns: 1_000 },
	);
});
