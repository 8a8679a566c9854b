import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeKeyValue } from '../../../src/mvcc/stored-key-value.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import {
	encodeCompactionResponse,
	encodeDeleteRangeResponse,
	encodeHashKvResponse,
	encodePutResponse,
	encodeRangeResponse,
	encodeTxnResponse,
} from '../../../src/rpc/kv-responses.ts';
import { encodeHeader, makeHeaderIds } from '../../../src/rpc/response-header.ts';
import { bytes } from './kv-requests.ts';

const header = { ids: makeHeaderIds(2n ** 64n - 1n, 5n), revision: 300, term: 7 };
const kv = encodeKeyValue({ key: bytes('k'), createRevision: 2, modRevision: 300, version: 9, value: bytes('v'), lease: 0n });

function headerOf(response: { readonly header?: pb.ResponseHeader.$Properties | null }): string {
	const { cluster_id, member_id, revision, raft_term } = response.header ?? {};
	return `${cluster_id} ${member_id} ${revision} ${raft_term}`;
}

function kvsOf(kvs: readonly { readonly key?: Uint8Array | null; readonly value?: Uint8Array | null }[] | null | undefined): string[] {
	return (kvs ?? []).map(({ key, value }) => `${Buffer.from(key ?? [])}=${Buffer.from(value ?? [])}`);
}

test('rpc: responses: the header holds ids, revision and term', () => {
	assert.equal(
		headerOf(pb.PutResponse.decode(encodePutResponse(header, { kind: 'put', revision: 300, prevKv: null }))),
		'18446744073709551615 5 300 7',
	);
});

test('rpc: responses: a header on its own is the same bytes', () => {
	assert.equal(headerOf({ header: pb.ResponseHeader.decode(encodeHeader(header)) }), '18446744073709551615 5 300 7');
});

test('rpc: responses: a put without a previous value has none', () => {
	assert.equal(pb.PutResponse.decode(encodePutResponse(header, { kind: 'put', revision: 300, prevKv: null })).prev_kv, null);
});

test('rpc: responses: a put shows the previous key-value', () => {
	const response = pb.PutResponse.decode(encodePutResponse(header, { kind: 'put', revision: 300, prevKv: kv }));
	assert.deepEqual(kvsOf([response.prev_kv ?? {}]), ['k=v']);
});

test('rpc: responses: a range frames every key-value, more and count', () => {
	const response = pb.RangeResponse.decode(encodeRangeResponse(header, { kind: 'range', revision: 300, kvs: [kv, kv], more: true, count: 70_000 }));
	assert.deepEqual([kvsOf(response.kvs), response.more, response.count.toNumber()], [['k=v', 'k=v'], true, 70_000]);
});

test('rpc: responses: a range larger than any kept buffer is whole', () => {
	const large = encodeKeyValue({ key: bytes('k'), createRevision: 2, modRevision: 2, version: 1, value: new Uint8Array(200_000).fill(7), lease: 0n });
	const response = pb.RangeResponse.decode(
		encodeRangeResponse(header, { kind: 'range', revision: 300, kvs: [large, kv, large], more: false, count: 3 }),
	);
	assert.deepEqual(
		response.kvs.map(({ value }) => value?.length),
		[200_000, 1, 200_000],
	);
});

test('rpc: responses: a delete range shows how many and what was there', () => {
	const response = pb.DeleteRangeResponse.decode(
		encodeDeleteRangeResponse(header, { kind: 'delete_range', revision: 300, deleted: 200, prevKvs: [kv] }),
	);
	assert.deepEqual([response.deleted.toNumber(), kvsOf(response.prev_kvs)], [200, ['k=v']]);
});

test('rpc: responses: a compaction is its header', () => {
	assert.equal(headerOf(pb.CompactionResponse.decode(encodeCompactionResponse(header))), '18446744073709551615 5 300 7');
});

test('rpc: responses: a hash of a store that was never compacted says -1', () => {
	const result = { kind: 'hash_kv', revision: 300, hash: 0xffff_fff0, compactRevision: -1, hashRevision: 299 } as const;
	const response = pb.HashKVResponse.decode(encodeHashKvResponse(header, result));
	assert.deepEqual([response.hash, response.compact_revision.toNumber(), response.hash_revision.toNumber()], [0xffff_fff0, -1, 299]);
});

test('rpc: responses: a txn shows its operations in order, with nothing but the revision in their headers', () => {
	const response = pb.TxnResponse.decode(
		encodeTxnResponse(header, {
			kind: 'txn',
			revision: 300,
			succeeded: true,
			results: [
				{ kind: 'put', revision: 300, prevKv: kv },
				{ kind: 'range', revision: 300, kvs: [kv], more: false, count: 1 },
				{ kind: 'delete_range', revision: 300, deleted: 1, prevKvs: [kv] },
			],
		}),
	);
	const [put, range, del] = response.responses;
	assert.deepEqual(
		[headerOf(put?.response_put ?? {}), kvsOf(range?.response_range?.kvs), kvsOf(del?.response_delete_range?.prev_kvs)],
		['0 0 300 0', ['k=v'], ['k=v']],
	);
});

test('rpc: responses: a txn in a txn keeps its outcome, under an empty header', () => {
	const inner = { kind: 'txn', revision: 300, succeeded: true, results: [{ kind: 'put', revision: 300, prevKv: null }] } as const;
	const response = pb.TxnResponse.decode(encodeTxnResponse(header, { kind: 'txn', revision: 300, succeeded: false, results: [inner] }));
	const nested = response.responses[0]?.response_txn;
	const put = nested?.responses?.[0]?.response_put ?? {};
	assert.deepEqual([response.succeeded, nested?.succeeded, headerOf(nested ?? {}), headerOf(put)], [false, true, '0 0 0 0', '0 0 300 0']);
});
