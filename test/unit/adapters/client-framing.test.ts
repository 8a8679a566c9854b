import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeGrpcMessage, isGrpcContentType, parseGrpcTimeout } from '../../../src/adapters/grpc-headers.ts';
import { GrpcMessageReader } from '../../../src/adapters/grpc-message-reader.ts';

function framed(message: Uint8Array): Buffer {
	const head = Buffer.alloc(5);
	head.writeUInt32BE(message.length, 1);
	return Buffer.concat([head, message]);
}

/** Cuts at the given places, taken modulo the length. */
function cut(whole: Buffer, places: readonly number[]): Buffer[] {
	const at = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
	return [0, ...at].map((lo, i) => whole.subarray(lo, at[i] ?? whole.length));
}

test('grpc: framing: messages come out as they went in, however the bytes are cut', () => {
	fc.assert(
		fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 40 }), (messages, places) => {
			const reader = new GrpcMessageReader(300);
			const seen: Buffer[] = [];
			for (const piece of cut(Buffer.concat(messages.map(framed)), places)) {
				// A copy, so that a reader which held on to a piece's neighbours would be found out.
				reader.push(Buffer.from(piece));
				for (let next = reader.take(); next !== null; next = reader.take()) {
					assert(next instanceof Uint8Array);
					seen.push(Buffer.from(next));
				}
			}
			assert.deepEqual(
				seen.map((each) => each.toString('hex')),
				messages.map((each) => Buffer.from(each).toString('hex')),
			);
			assert.equal(reader.buffered, 0);
		}),
	);
});

test('grpc: framing: a message given out is not written over by what comes later', () => {
	const reader = new GrpcMessageReader(100);
	const first = framed(Buffer.from('first'));
	for (const byte of first) {
		reader.push(Buffer.of(byte));
	}
	const message = reader.take();
	for (const byte of framed(Buffer.from('other'))) {
		reader.push(Buffer.of(byte));
	}
	assert(message instanceof Uint8Array);
	assert.equal(Buffer.from(message).toString(), 'first');
});

test('grpc: framing: a length beyond the bound is refused by its head alone', () => {
	const reader = new GrpcMessageReader(1_000);
	reader.push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
	assert.deepEqual(reader.take(), { status: 8, message: 'grpc: received message larger than max (4294967295 vs. 1000)' });
});

test('grpc: framing: a message of exactly the bound passes', () => {
	const reader = new GrpcMessageReader(1_000);
	reader.push(framed(Buffer.alloc(1_000)));
	assert.equal((reader.take() as Uint8Array).length, 1_000);
});

test('grpc: framing: compressed messages and unknown flags are refused', () => {
	for (const [flag, text] of [
		[1, 'grpc: compressed flag set with identity or empty encoding'],
		[7, 'grpc: received unexpected payload format 7'],
	] as const) {
		const reader = new GrpcMessageReader(10);
		reader.push(Buffer.from([flag, 0, 0, 0, 0]));
		assert.deepEqual(reader.take(), { status: 13, message: text });
	}
});

test('grpc: headers: messages are percent-encoded where they have to be', () => {
	assert.equal(encodeGrpcMessage('etcdserver: no leader'), 'etcdserver: no leader');
	assert.equal(encodeGrpcMessage('50% ö\n'), '50%25 %C3%B6%0A');
	fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => decodeURIComponent(encodeGrpcMessage(text)) === text));
});

test('grpc: headers: time-outs have at most eight digits and a unit', () => {
	assert.deepEqual(
		['1H', '2M', '3S', '4m', '5000u', '6000000n'].map((text) => parseGrpcTimeout(text)),
		[3_600_000, 120_000, 3_000, 4, 5, 6],
	);
	for (const text of ['', 'S', '1', '1s', '-1S', '1.5S', '123456789S', ' 1S']) {
		assert.equal(parseGrpcTimeout(text), null, text);
	}
});

test('grpc: headers: content types', () => {
	for (const text of ['application/grpc', 'application/grpc+proto', 'application/grpc;charset=utf-8']) {
		assert.equal(isGrpcContentType(text), true, text);
	}
	for (const text of [undefined, '', 'application/json', 'application/grpc-web', 'xapplication/grpc']) {
		assert.equal(isGrpcContentType(text), false, text);
	}
});
