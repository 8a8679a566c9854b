/** Callers that break the rules of HTTP/2 or abuse them: reliability.md 6.5, T8 to T10, and RFC 9113. Each costs itself its connection or its stream, and nobody else anything. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { RpcMethod } from '../../../src/ports/rpc-engine.ts';
import { eventually } from '../../support/eventually.ts';
import {
	ACK,
	block,
	END_HEADERS,
	END_STREAM,
	field,
	frame,
	openRawServer,
	PADDED,
	RawCaller,
	type RawServer,
	setting,
	TYPE,
	uint32,
} from './h2-raw.ts';

const ECHO: RpcMethod = { shape: 'unary', handle: (bytes, call) => call.succeed(bytes) };
const NEVER: RpcMethod = { shape: 'unary', handle: () => {} };
const STREAM: RpcMethod = { shape: 'stream', open: () => ({ message: () => {}, halfClosed: () => {}, drained: () => {}, canceled: () => {} }) };

const OPEN = frame(TYPE.headers, END_HEADERS, 1, block('/echo'));

let server: RawServer;

before(async () => {
	server = await openRawServer({ '/echo': ECHO, '/never': NEVER, '/stream': STREAM });
});

after(() => server.close());

/** How the connection ends on which these frames are sent. */
async function fate(...frames: readonly Buffer[]): Promise<string> {
	const caller = RawCaller.open(server.port);
	caller.send(...frames);
	const words = await caller.goaway();
	await caller.closed;
	return words;
}

/** With which code stream 1 is reset, while its connection goes on. */
async function resetCode(...frames: readonly Buffer[]): Promise<number | null> {
	const caller = RawCaller.open(server.port);
	caller.send(...frames);
	const code = await caller.reset(1);
	caller.call(101, '/echo', Buffer.from('still here'));
	assert.equal((await caller.answer(101))?.subarray(5).toString(), 'still here');
	caller.socket.destroy();
	return code;
}

function repeat(count: number, make: (i: number) => Buffer): Buffer {
	return Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
}

test('h2 hostile: T8: streams that are opened and reset in a flood', async () => {
	const flood = repeat(3_000, (i) =>
		Buffer.concat([frame(TYPE.headers, END_HEADERS, 2 * i + 1, block('/never')), frame(TYPE.reset, 0, 2 * i + 1, uint32(8))]),
	);
	assert.equal(await fate(flood), '11 too_many_resets');
});

test('h2 hostile: T8: streams that the server is made to reset count the same', async () => {
	const flood = repeat(3_000, (i) =>
		Buffer.concat([frame(TYPE.headers, END_HEADERS, 2 * i + 1, block('/never')), frame(TYPE.window, 0, 2 * i + 1, uint32(0))]),
	);
	assert.equal(await fate(flood), '11 too_many_resets');
});

test('h2 hostile: T9: a header block without end', async () => {
	const parts = repeat(100, () => frame(TYPE.continuation, 0, 1, field('a', 'b')));
	assert.equal(await fate(frame(TYPE.headers, 0, 1, block('/echo')), parts), '11 header_block_too_large');
	const large = repeat(3, () => frame(TYPE.continuation, 0, 1, Buffer.alloc(16_000)));
	assert.equal(await fate(frame(TYPE.headers, 0, 1, block('/echo')), large), '11 header_block_too_large');
});

test('h2 hostile: T9: more fields than are taken end that stream alone', async () => {
	const many = Buffer.concat(Array.from({ length: 200 }, () => field('a', 'b')));
	assert.equal(await resetCode(frame(TYPE.headers, END_HEADERS, 1, block('/echo', many))), 11);
});

test('h2 hostile: T10: an HPACK bomb ends that stream alone', async () => {
	const value = Buffer.alloc(3_000, 'v');
	const insert = Buffer.concat([Buffer.of(0x40, 1), Buffer.from('x'), Buffer.of(0x7f, 0xb9, 0x16), value]);
	assert.equal(await resetCode(frame(TYPE.headers, END_HEADERS, 1, block('/echo', insert, Buffer.alloc(10_000, 0xbe)))), 11);
});

test('h2 hostile: T10: HPACK bombs in a row end the connection', async () => {
	const many = Buffer.concat(Array.from({ length: 200 }, () => field('a', 'b')));
	const bombs = repeat(50, (i) => frame(TYPE.headers, END_HEADERS, 2 * i + 1, block('/echo', many)));
	assert.equal(await fate(bombs), '11 too_many_resets');
});

test('h2 hostile: T10: floods of settings, pings, priorities, unknown frames and crumbs of data', async () => {
	assert.equal(await fate(repeat(2_000, () => frame(TYPE.settings, 0, 0))), '11 too_many_control_frames');
	assert.equal(await fate(repeat(2_000, () => frame(TYPE.settings, ACK, 0))), '11 too_many_control_frames');
	assert.equal(await fate(repeat(2_000, () => frame(TYPE.ping, 0, 0, Buffer.alloc(8)))), '11 too_many_pings');
	assert.equal(await fate(repeat(2_000, () => frame(TYPE.priority, 0, 1, Buffer.alloc(5)))), '11 too_many_control_frames');
	assert.equal(await fate(repeat(2_000, () => frame(0x77, 0, 0, Buffer.alloc(5)))), '11 too_many_control_frames');
	assert.equal(
		await fate(
			OPEN,
			repeat(30_000, () => frame(TYPE.data, 0, 1)),
		),
		'11 too_many_tiny_frames',
	);
});

test('h2 hostile: T10: windows of very many streams that are changed again and again', async () => {
	const other = await openRawServer({ '/never': NEVER }, { maxConcurrentStreams: 4_000 });
	const caller = RawCaller.open(other.port);
	caller.send(repeat(4_000, (i) => frame(TYPE.headers, END_HEADERS, 2 * i + 1, block('/never'))));
	caller.send(repeat(90, (i) => frame(TYPE.settings, 0, 0, setting(4, 100 + i))));
	assert.equal(await caller.goaway(), '11 too_many_control_frames');
	await caller.closed;
	await other.close();
});

test('h2 hostile: T10: a window given byte by byte is used byte by byte, in turns, and all that waits gets its share', async () => {
	const other = await openRawServer({ '/echo': ECHO }, { maxConcurrentStreams: 1_000 });
	// Streams may have all they want, the connection nothing beyond its first 65,535 bytes.
	const caller = RawCaller.open(other.port, setting(4, 2 ** 20));
	const message = Buffer.alloc(600, 'm');
	for (let i = 0; i < 200; i++) {
		caller.call(2 * i + 1, '/echo', message);
	}
	const sent = (): number => caller.frames.filter(({ type }) => type === TYPE.data).reduce((sum, { payload }) => sum + payload.length, 0);
	await eventually(() => sent() === 65_535, { what: 'the first window to be used up' });
	caller.send(repeat(1_000, () => frame(TYPE.window, 0, 0, uint32(1))));
	await eventually(() => sent() === 66_535, { what: 'the crumbs to be used up' });
	caller.send(frame(TYPE.window, 0, 0, uint32(2 ** 20)));
	for (let i = 0; i < 200; i++) {
		assert.equal((await caller.answer(2 * i + 1))?.length, 605);
	}
	caller.socket.destroy();
	await other.close();
});

test('h2 hostile: what ends a connection, with its code', async () => {
	const data = frame(TYPE.data, 0, 1, Buffer.alloc(8));
	const cases: Readonly<Record<string, readonly [code: number, ...frames: Buffer[]]>> = {
		'data on a stream that is not open': [1, data],
		'data on stream 0': [1, frame(TYPE.data, 0, 0)],
		'a reset of a stream that is not open': [1, frame(TYPE.reset, 0, 1, uint32(8))],
		'a window of a stream that is not open': [1, frame(TYPE.window, 0, 1, uint32(8))],
		'a stream with an even id': [1, frame(TYPE.headers, END_HEADERS, 2, block('/echo'))],
		'an id that was passed over': [5, frame(TYPE.headers, END_HEADERS, 5, block('/never')), frame(TYPE.headers, END_HEADERS, 3, block('/never'))],
		'a header block that is interrupted': [1, frame(TYPE.headers, 0, 1, block('/echo')), frame(TYPE.ping, 0, 0, Buffer.alloc(8))],
		'a continuation of nothing': [1, frame(TYPE.continuation, END_HEADERS, 1)],
		'more padding than frame': [1, OPEN, frame(TYPE.data, PADDED, 1, Buffer.of(5, 0, 0))],
		'a push': [1, frame(TYPE.push, END_HEADERS, 1, uint32(2))],
		'settings on a stream': [1, frame(TYPE.settings, 0, 1)],
		'settings that are torn': [6, frame(TYPE.settings, 0, 0, Buffer.alloc(5))],
		'an acknowledgement that says more': [6, frame(TYPE.settings, ACK, 0, setting(4, 1))],
		'a ping of another length': [6, frame(TYPE.ping, 0, 0, Buffer.alloc(7))],
		'a ping on a stream': [1, frame(TYPE.ping, 0, 1, Buffer.alloc(8))],
		'a reset of another length': [6, OPEN, frame(TYPE.reset, 0, 1, Buffer.alloc(5))],
		'a window update of nothing': [1, frame(TYPE.window, 0, 0, uint32(0))],
		'a window beyond all bounds': [3, frame(TYPE.window, 0, 0, uint32(2 ** 31 - 1))],
		'a stream window made too large by settings': [
			3,
			OPEN,
			frame(TYPE.window, 0, 1, uint32(2 ** 31 - 65_536)),
			frame(TYPE.settings, 0, 0, setting(4, 65_536)),
		],
		'a frame beyond the size': [6, OPEN, frame(TYPE.data, 0, 1, Buffer.alloc(16_385))],
		'a header block that is not HPACK': [9, frame(TYPE.headers, END_HEADERS, 1, Buffer.of(0x80))],
	};
	for (const [what, [code, ...frames]] of Object.entries(cases)) {
		assert.equal((await fate(...frames)).split(' ')[0], String(code), what);
	}
});

test('h2 hostile: what ends a stream alone, with its code', async () => {
	const cases: Readonly<Record<string, readonly [code: number, ...frames: Buffer[]]>> = {
		'a request without a path': [1, frame(TYPE.headers, END_HEADERS, 1, Buffer.of(0x83, 0x86))],
		'capital letters in a name': [1, frame(TYPE.headers, END_HEADERS, 1, block('/echo', field('X', 'y')))],
		'a window update of nothing': [1, OPEN, frame(TYPE.window, 0, 1, uint32(0))],
		'a window beyond all bounds': [3, OPEN, frame(TYPE.window, 0, 1, uint32(2 ** 31 - 1))],
		'headers in the middle': [1, OPEN, frame(TYPE.headers, END_HEADERS, 1, field('a', 'b'))],
		'data after the end': [5, frame(TYPE.headers, END_HEADERS | END_STREAM, 1, block('/stream')), frame(TYPE.data, 0, 1, Buffer.alloc(100))],
		'less data than content-length': [
			1,
			frame(TYPE.headers, END_HEADERS, 1, block('/echo', field('content-length', '9'))),
			frame(TYPE.data, END_STREAM, 1, Buffer.alloc(5)),
		],
	};
	for (const [what, [code, ...frames]] of Object.entries(cases)) {
		assert.equal(await resetCode(...frames), code, what);
	}
});

test('h2 hostile: more streams than allowed are refused, safe to be sent again', async () => {
	const caller = RawCaller.open(server.port);
	caller.send(repeat(101, (i) => frame(TYPE.headers, END_HEADERS, 2 * i + 1, block('/never'))));
	assert.equal(await caller.reset(201), 7);
	caller.socket.destroy();
});

test('h2 hostile: a caller that does not read is not read any further, and holds a bounded amount', async () => {
	const answer = new Uint8Array(100_000);
	const other = await openRawServer(
		{ '/large': { shape: 'unary', handle: (_bytes, call) => call.succeed(answer) } },
		{ maxConcurrentStreams: 1_000 },
	);
	const caller = RawCaller.open(other.port, setting(4, 2 ** 31 - 1));
	caller.send(frame(TYPE.window, 0, 0, uint32(2 ** 30)));
	caller.socket.pause();
	for (let i = 0; i < 900; i++) {
		caller.call(2 * i + 1, '/large', Buffer.from('x'));
	}
	await eventually(() => other.engine.load.sessions === 1, { what: 'the connection' });
	caller.socket.resume();
	assert.equal((await caller.answer(1))?.length, 100_005);
	const last = await caller.heard((each) => each.streamId === 1_799 && (each.flags & END_STREAM) !== 0 && each.type === TYPE.headers);
	assert.notEqual(last, null);
	caller.socket.destroy();
	await other.close();
});

test('h2 hostile: whatever bytes come, the engine goes on and forgets the connection', async () => {
	const someFrame = fc
		.record({ type: fc.nat(10), flags: fc.nat(63), streamId: fc.constantFrom(0, 1, 3, 5), payload: fc.uint8Array({ maxLength: 40 }) })
		.map(({ type, flags, streamId, payload }) => frame(type, flags, streamId, payload));
	const opened = fc.constantFrom(1, 3, 5).map((id) => frame(TYPE.headers, END_HEADERS, id, block('/echo')));
	await fc.assert(
		fc.asyncProperty(fc.array(fc.oneof(someFrame, opened), { maxLength: 12 }), async (frames) => {
			const caller = RawCaller.open(server.port);
			caller.send(...frames);
			caller.socket.end();
			await caller.closed;
		}),
		{ numRuns: 300 },
	);
	await eventually(() => server.engine.load.sessions === 0, { what: 'the end of every connection' });
	assert.deepEqual(server.engine.load, { sessions: 0, reading: 0, timed: 0, bufferedBytes: 0 });
});
