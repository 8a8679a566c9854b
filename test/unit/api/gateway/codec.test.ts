import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type BytesEncoding, messageFromJson } from '../../../../src/api/gateway/from-json.ts';
import { JsonMessages } from '../../../../src/api/gateway/json-messages.ts';
import { shapeOf } from '../../../../src/api/gateway/message-shape.ts';
import { messageToJson, PiecewiseJson } from '../../../../src/api/gateway/to-json.ts';

const base64 = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const int64 = fc
	.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
	.filter((value) => value !== 0n)
	.map(String);
const put = fc.record({ key: base64, value: base64, lease: int64, prev_kv: fc.constant(true) }, { requiredKeys: ['key'], noNullPrototype: true });
const range = fc.record(
	{ key: base64, range_end: base64, limit: int64, revision: int64, sort_order: fc.constantFrom('ASCEND', 'DESCEND') },
	{ requiredKeys: ['key'], noNullPrototype: true },
);
const operation = fc.oneof(
	put.map((request_put) => ({ request_put })),
	range.map((request_range) => ({ request_range })),
);
const txn = fc.record(
	{
		compare: fc.array(fc.record({ result: fc.constant('GREATER'), key: base64, version: int64 }, { noNullPrototype: true }), {
			minLength: 1,
			maxLength: 3,
		}),
		success: fc.array(operation, { minLength: 1, maxLength: 4 }),
	},
	{ requiredKeys: [], noNullPrototype: true },
);
const TXN = shapeOf('etcdserverpb.TxnRequest');
const RANGE = shapeOf('etcdserverpb.RangeRequest');

function bytesOf(json: string, encoding: BytesEncoding = 'base64', shape = RANGE): Uint8Array {
	const result = messageFromJson(shape, json, encoding);
	assert.equal(result.kind, 'bytes', JSON.stringify(result));
	return result.kind === 'bytes' ? result.bytes : new Uint8Array();
}

describe('api: gateway codec', () => {
	test('api: gateway codec: what is printed after it was read is what was there', () => {
		fc.assert(
			fc.property(txn, (message) => {
				assert.deepEqual(JSON.parse(messageToJson(TXN, bytesOf(JSON.stringify(message), 'base64', TXN), 'base64')), message);
			}),
		);
	});

	test('api: gateway codec: plain text goes in and comes out, and what is none has a mark', () => {
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 1 }), (key) => {
				const json = messageToJson(RANGE, bytesOf(JSON.stringify({ key: Buffer.from(key).toString('base64') })), 'utf8');
				const again = bytesOf(json, 'utf8');
				assert.deepEqual(again, bytesOf(JSON.stringify({ key: Buffer.from(key).toString('base64') })));
			}),
		);
	});

	test('api: gateway codec: base64 is read in either alphabet, with padding or without', () => {
		const spellings = ['+/8=', '-_8=', '+/8', '-_8', '+/\\n8='];
		const read = spellings.map((key) => Buffer.from(bytesOf(`{"key":"${key}"}`)).toString('hex'));
		assert.deepEqual(new Set(read), new Set(['0a02fbff']));
	});

	test('api: gateway codec: both spellings of a name, numbers of any kind, enums by name or number', () => {
		const one = bytesOf('{"rangeEnd":"AA==","limit":"5","sortOrder":"DESCEND"}');
		assert.deepEqual(bytesOf(' { "range_end" : "AA==", "limit": 5.0, "sort_order": 2 } '), one);
	});

	test('api: gateway codec: names that are not known are read past, and __proto__ is one of them', () => {
		const json = '{"__proto__":{"key":"AA=="},"constructor":[{"a":[1e9,null,"\\u0041"]}],"key":"Zm9v"}';
		assert.deepEqual(bytesOf(json), bytesOf('{"key":"Zm9v"}'));
		assert.equal(Object.hasOwn(Object.prototype, 'key'), false);
	});

	const mistakes = ['{', '[]', '"a"', '{"key":5}', '{"key":"Zm9vY"}', '{"key":"+_8="}', '{"limit":1.5}', '{"limit":""}', '{"limit":"0x1"}']
		.concat([
			'{"limit":9223372036854775808}',
			'{"sort_order":"WHAT"}',
			'{"serializable":"true"}',
			'{"key":"AA==","key":"AA=="}',
			'{"a":}',
			'{"a":1,}',
		])
		.concat(['{"limit":01}', '{"key":"\n"}', `{"a":${'['.repeat(100_000)}`, `${'{"a":'.repeat(100_000)}1`]);
	for (const json of mistakes) {
		test(`api: gateway codec: refused, not thrown: ${JSON.stringify(json.slice(0, 40))}`, () => {
			assert.equal(messageFromJson(RANGE, json, 'base64').kind, 'mistake');
		});
	}

	test('api: gateway codec: no text whatever throws', () => {
		const piece = fc.constantFrom('{', '}', '[', ']', ',', ':', '"key"', '"limit"', '"', '\\', '1', '-', 'null', 'true', ' ', '\u0000', '"success"');
		fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => void messageFromJson(TXN, pieces.join(''), 'utf8')));
	});

	test('api: gateway codec: a message in pieces prints as the whole does', () => {
		const shape = shapeOf('etcdserverpb.RangeResponse');
		const parts = ['{"header":{"revision":"7"}}', '{"kvs":[{"key":"YQ=="},{"key":"Yg=="}]}', '{"kvs":[{"key":"Yw=="}]}', '{"more":true,"count":"9"}'];
		const pieces = parts.map((json) => bytesOf(json, 'base64', shape));
		const printer = new PiecewiseJson(shape, 'base64');
		const printed = pieces.map((piece) => printer.push(piece)).join('') + printer.end();
		assert.equal(printed, messageToJson(shape, Buffer.concat(pieces), 'base64'));
	});

	test('api: gateway codec: objects of a stream are cut alike wherever the pieces end', () => {
		const whole = Buffer.from('{"a":"}\\"{"}\n {"b":{"c":"é"}}{}');
		fc.assert(
			fc.property(fc.array(fc.nat(whole.length), { maxLength: 6 }), (cuts) => {
				const messages = new JsonMessages(1_000);
				const edges = [0, ...cuts.sort((a, b) => a - b), whole.length];
				const texts = edges.slice(1).flatMap((hi, i) => [...messages.push(whole.subarray(edges[i], hi))].map(({ text }) => text));
				assert.deepEqual(texts, ['{"a":"}\\"{"}', '{"b":{"c":"é"}}', '{}']);
				assert.equal(messages.isTorn, false);
			}),
		);
	});
});
