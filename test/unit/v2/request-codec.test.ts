/** Mutations on their way through the log: what is written is read, this version's and that of quorate 0.1.0. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeV2Request, encodeV2Request, V2_OPERATION, type V2Request } from '../../../src/v2/request-codec.ts';

const text = new TextEncoder();
const some = fc.uint8Array({ maxLength: 20 });
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const request: fc.Arbitrary<V2Request> = fc.record({
	operation: fc.constantFrom(...Object.values(V2_OPERATION)),
	path: some,
	directory: fc.boolean(),
	recursive: fc.boolean(),
	value: some,
	prevValue: some,
	prevIndex: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
	quiet: fc.boolean(),
	refresh: fc.boolean(),
	now: time,
	expiration: time,
});

test('v2: request: every request reads back as it was', () => {
	fc.assert(fc.property(request, (each) => assert.deepEqual(decodeV2Request(encodeV2Request(each)), { ...each })));
});

test('v2: request: one of version 1, which knew neither time nor TTLs, is read as it was meant', () => {
	const wanted: V2Request = {
		operation: V2_OPERATION.compare_and_swap,
		path: text.encode('/a/b'),
		directory: false,
		recursive: false,
		value: text.encode('new'),
		prevValue: text.encode('old'),
		prevIndex: 7n,
		quiet: true,
		refresh: false,
		now: 0,
		expiration: 0,
	};
	const now = encodeV2Request(wanted);
	const before = Uint8Array.from([1, ...now.subarray(1, 11), ...now.subarray(17)]);
	assert.deepEqual(decodeV2Request(before), wanted);
});

test('v2: request: bytes of another version, or that end early, are none', () => {
	const bytes = encodeV2Request({
		operation: V2_OPERATION.set,
		path: text.encode('/a'),
		directory: false,
		recursive: false,
		value: new Uint8Array(0),
		prevValue: new Uint8Array(0),
		prevIndex: 0n,
		quiet: false,
		refresh: false,
		now: 1,
		expiration: 2,
	});
	for (let length = 0; length < bytes.length; length++) {
		assert.equal(decodeV2Request(bytes.subarray(0, length)), null, `${length} bytes`);
	}
	assert.equal(decodeV2Request(Uint8Array.from([3, ...bytes.subarray(1)])), null);
});
