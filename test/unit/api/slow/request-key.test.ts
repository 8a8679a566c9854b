import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../../src/api/slow/request-key.ts';
import { etcdserverpb } from '../../../../src/rpc/generated/messages.js';

const { PutRequest, TxnRequest } = etcdserverpb;

function bytes(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text));
}

test('api: slow: request key: the key of a put, even of the first bytes of a large one', () => {
	const whole = PutRequest.encode({ key: bytes('a/b'), value: new Uint8Array(1_000) }).finish();
	assert.equal(keyOf('/etcdserverpb.KV/Put', whole), 'a/b');
	assert.equal(keyOf('/etcdserverpb.KV/Put', whole.subarray(0, 20)), 'a/b');
});

test('api: slow: request key: the first key of a txn, compared or operated on', () => {
	const operation = { request_range: { key: bytes('read') } };
	const success = TxnRequest.encode({ success: [operation] }).finish();
	const compare = TxnRequest.encode({ compare: [{ key: bytes('compared') }], success: [operation] }).finish();
	assert.deepEqual([keyOf('/etcdserverpb.KV/Txn', success), keyOf('/etcdserverpb.KV/Txn', compare)], ['read', 'compared']);
});

test('api: slow: request key: of other services nothing is read', () => {
	const secret = PutRequest.encode({ key: bytes('name'), value: bytes('password') }).finish();
	assert.equal(keyOf('/etcdserverpb.Auth/Authenticate', secret), '');
});

test('api: slow: request key: a long key is cut, and rubbish ends', () => {
	assert.equal(keyOf('/etcdserverpb.KV/Put', PutRequest.encode({ key: bytes('k'.repeat(500)) }).finish()), `${'k'.repeat(128)}…`);
	for (let byte = 0; byte < 256; byte++) {
		assert.equal(typeof keyOf('/etcdserverpb.KV/Txn', new Uint8Array(64).fill(byte)), 'string');
	}
});
