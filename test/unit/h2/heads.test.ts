import assert from 'node:assert/strict';
import { test } from 'node:test';
import { H2_CRUMBS_BURST } from '../../../src/base/limits.ts';
import { FloodGuard } from '../../../src/h2/flood-guard.ts';
import { makeField } from '../../../src/h2/header-field.ts';
import { HpackDecoder } from '../../../src/h2/hpack-decoder.ts';
import { ReceiveWindow } from '../../../src/h2/receive-window.ts';
import { areTrailers, readRequestHead } from '../../../src/h2/request-head.ts';
import { RequestHeads } from '../../../src/h2/request-heads.ts';
import { ResponseEncoder } from '../../../src/h2/response-encoder.ts';

type Pair = readonly [name: string, value: string];

const GOOD: readonly Pair[] = [
	[':method', 'POST'],
	[':scheme', 'http'],
	[':path', '/a/b'],
	[':authority', 'http://host:2379'],
	['content-type', 'application/grpc'],
];

function head(...pairs: readonly Pair[]) {
	return readRequestHead(pairs.map(([name, value]) => makeField(name, value)));
}

function decoded(decoder: HpackDecoder, block: Uint8Array): string[] | undefined {
	return decoder.decode(block, 0, block.length)?.map(({ name, value }) => `${name}: ${value}`);
}

test('h2: heads: a request of gRPC', () => {
	const { fields, ...found } = head(...GOOD, ['te', 'trailers'], ['grpc-timeout', '5S'], ['content-length', '12'], ['x', 'y']) ?? { fields: [] };
	const rest = { authority: 'http://host:2379', origin: null, fetchSite: null, contentLength: 12, grpcTimeout: '5S', grpcEncoding: null };
	const expected = { method: 'POST', path: '/a/b', contentType: 'application/grpc', ...rest };
	assert.deepEqual([found, fields.length], [expected, 9]);
});

test('h2: heads: malformed requests', () => {
	const without = (name: string): readonly Pair[] => GOOD.filter(([each]) => each !== name);
	const cases: Readonly<Record<string, readonly Pair[]>> = {
		'no path': without(':path'),
		'an empty path': [...without(':path'), [':path', '']],
		'no method': without(':method'),
		'no scheme': without(':scheme'),
		'a pseudo field twice': [[':path', '/'], ...GOOD],
		'a pseudo field after others': [...GOOD, [':authority', 'x']],
		'an unknown pseudo field': [[':what', 'x'], ...GOOD],
		'a status': [[':status', '200'], ...GOOD],
		'capital letters': [...GOOD, ['X-Y', 'z']],
		'an empty name': [...GOOD, ['', 'z']],
		'a blank in a name': [...GOOD, ['x y', 'z']],
		'a line break in a value': [...GOOD, ['x', 'a\nb']],
		'a NUL in a value': [...GOOD, ['x', 'a\0b']],
		'a blank around a value': [...GOOD, ['x', ' a']],
		connection: [...GOOD, ['connection', 'close']],
		'transfer-encoding': [...GOOD, ['transfer-encoding', 'chunked']],
		'te other than trailers': [...GOOD, ['te', 'gzip']],
		'a length that is no number': [...GOOD, ['content-length', '1e3']],
	};
	assert.notEqual(head(...GOOD), null);
	for (const [what, pairs] of Object.entries(cases)) {
		assert.equal(head(...pairs), null, what);
	}
});

test('h2: heads: trailers have no pseudo fields', () => {
	assert.equal(areTrailers([makeField('a', 'b'), makeField('grpc-status', '0')]), true);
	assert.equal(areTrailers([makeField(':path', '/')]), false);
	assert.equal(areTrailers([makeField('A', 'b')]), false);
});

test('h2: heads: the same bytes are looked at once, until the table changes their meaning', () => {
	const heads = new RequestHeads();
	const read = (hex: string) => {
		const bytes = Buffer.from(hex, 'hex');
		return heads.read(bytes, 0, bytes.length);
	};
	// POST, http, and :path /a put in the table; then by its index.
	const first = read('838644022f61');
	const second = read('8386be');
	assert.deepEqual(
		[first, second].map((each) => typeof each === 'object' && each.path),
		['/a', '/a'],
	);
	assert.equal(read('8386be'), second);
	read('838644022f62');
	const third = read('8386be');
	assert.equal(typeof third === 'object' && third.path, '/b');
});

test('h2: response: what the encoder says is what a decoder understands, from the first answer on', () => {
	const encoder = new ResponseEncoder();
	const decoder = new HpackDecoder();
	const sizes: number[] = [];
	for (let i = 0; i < 3; i++) {
		const blocks = [encoder.head(), encoder.head(), encoder.okTrailers(), encoder.trailers(5, 'a%20b'), encoder.trailersOnly(415, 3, 'no')];
		sizes.push(blocks.slice(1, 3).reduce((sum, block) => sum + block.length, 0));
		assert.deepEqual(
			blocks.map((block) => decoded(decoder, block)),
			[
				[':status: 200', 'content-type: application/grpc'],
				[':status: 200', 'content-type: application/grpc'],
				['grpc-status: 0'],
				['grpc-status: 5', 'grpc-message: a%20b'],
				[':status: 415', 'content-type: application/grpc', 'grpc-status: 3', 'grpc-message: no'],
			],
		);
	}
	assert.equal(sizes[2], 3, 'a head and its trailers are three bytes once the table is warm');
});

test('h2: response: a caller with a smaller table is told that we keep to it, once', () => {
	for (const bytes of [0, 50, 200]) {
		const encoder = new ResponseEncoder();
		const decoder = new HpackDecoder();
		decoded(decoder, encoder.head());
		decoded(decoder, encoder.okTrailers());
		encoder.limitTable(bytes);
		const first = encoder.head();
		assert.deepEqual(decoded(decoder, first), [':status: 200', 'content-type: application/grpc']);
		assert(decoder.tableBytes <= bytes);
		assert((first[0] as number) >> 5 === 1, 'the change of size comes first');
		assert.deepEqual(decoded(decoder, encoder.head()), [':status: 200', 'content-type: application/grpc']);
		assert.deepEqual(decoded(decoder, encoder.okTrailers()), ['grpc-status: 0']);
	}
});

test('h2: window: half of it may be used before more is granted, and never more than all of it', () => {
	const window = new ReceiveWindow(100);
	assert.deepEqual([window.take(49), window.refill()], [true, 0]);
	assert.deepEqual([window.take(1), window.refill()], [true, 50]);
	assert.deepEqual([window.take(100), window.take(1)], [true, false]);
});

test('h2: floods: a burst ends a connection, the same over a longer time does not', () => {
	const burst = new FloodGuard();
	assert.throws(
		() => {
			for (let i = 0; i < 10_000; i++) {
				burst.reset();
			}
		},
		{ name: 'H2ConnectionError', code: 11, message: 'too_many_resets' },
	);
	const slow = new FloodGuard();
	for (let i = 0; i < 10_000; i++) {
		slow.now += 100;
		slow.reset();
		slow.control();
		slow.crumb();
	}
});

test('h2: floods: pings that nothing was sent between are strikes', () => {
	const guard = new FloodGuard();
	for (let i = 0; i < 100; i++) {
		guard.ping();
		guard.answered();
	}
	guard.ping();
	guard.ping();
	guard.ping();
	assert.throws(() => guard.ping(), { name: 'H2ConnectionError', code: 11, message: 'too_many_pings' });
});

test('h2: floods: a crumb that is answered is none, and answers to none buy no more than the burst', () => {
	const guard = new FloodGuard();
	for (let i = 0; i < 10 * H2_CRUMBS_BURST; i++) {
		guard.crumb();
		guard.answered();
	}
	for (let i = 0; i < 10 * H2_CRUMBS_BURST; i++) {
		guard.answered();
	}
	assert.throws(() => {
		for (let i = 0; i <= H2_CRUMBS_BURST; i++) {
			guard.crumb();
		}
	}, /too_many_tiny_frames/);
});
