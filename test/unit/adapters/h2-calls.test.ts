/** Calls on the engine of our own: in odd but right frames, in windows of any size, and with a real client of gRPC. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Client, credentials, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import type { RpcCall, RpcMethod, RpcStream } from '../../../src/ports/rpc-engine.ts';
import { eventually } from '../../support/eventually.ts';
import { framed } from './client-raw.ts';
import {
	ACK,
	block,
	END_HEADERS,
	END_STREAM,
	field,
	frame,
	openRawServer,
	PADDED,
	PRIORITY,
	RawCaller,
	type RawServer,
	setting,
	TYPE,
	uint32,
} from './h2-raw.ts';

const ECHO: RpcMethod = { shape: 'unary', handle: (bytes, call) => call.succeed(bytes) };
const HELLO = framed(Buffer.from('hello'));

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
	for (const close of closers.splice(0)) {
		await close();
	}
});

async function serve(methods: Readonly<Record<string, RpcMethod>> = { '/echo': ECHO }): Promise<RawServer> {
	const server = await openRawServer(methods);
	closers.push(() => server.close());
	return server;
}

async function open(methods?: Readonly<Record<string, RpcMethod>>, settings?: Uint8Array): Promise<RawCaller> {
	return RawCaller.open((await serve(methods)).port, settings);
}

/** Numbers that tell where they belong. */
function numbered(size: number): Buffer {
	return Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
}

test('h2 calls: padding, priority, continuations, crumbs of data and unknown frames are all one request', async () => {
	const caller = await open();
	const head = block('/echo', field('user-agent', 'odd'));
	const padded = Buffer.concat([Buffer.of(3), uint32(0), Buffer.of(16), head.subarray(0, 5), Buffer.alloc(3)]);
	caller.send(
		frame(0x77, 0xff, 7, Buffer.from('unknown')),
		frame(TYPE.headers, PADDED | PRIORITY, 1, padded),
		frame(TYPE.continuation, 0, 1, head.subarray(5, 6)),
		frame(TYPE.continuation, 0, 1),
		frame(TYPE.continuation, END_HEADERS, 1, head.subarray(6)),
		frame(TYPE.priority, 0, 9, Buffer.alloc(5)),
		frame(TYPE.data, PADDED, 1, Buffer.concat([Buffer.of(2), HELLO.subarray(0, 3), Buffer.alloc(2)])),
		frame(TYPE.data, 0, 1),
		frame(TYPE.data, PADDED, 1, Buffer.concat([Buffer.of(0), HELLO.subarray(3)])),
		frame(TYPE.data, END_STREAM, 1),
	);
	assert.equal((await caller.answer(1))?.toString(), HELLO.toString());
});

test('h2 calls: trailers of a request end it', async () => {
	const caller = await open();
	caller.send(
		frame(TYPE.headers, END_HEADERS, 1, block('/echo')),
		frame(TYPE.data, 0, 1, HELLO),
		frame(TYPE.headers, END_HEADERS | END_STREAM, 1, field('a', 'b')),
	);
	assert.equal((await caller.answer(1))?.toString(), HELLO.toString());
});

test('h2 calls: an authority that is a URL, as etcdctl 3.4 sends it, is nothing to us', async () => {
	const caller = await open();
	caller.send(
		frame(TYPE.headers, END_HEADERS, 1, Buffer.concat([field(':authority', 'http://127.0.0.1:2379'), block('/echo')])),
		frame(TYPE.data, END_STREAM, 1, HELLO),
	);
	assert.equal((await caller.answer(1))?.toString(), HELLO.toString());
});

test('h2 calls: a ping comes back with its bytes', async () => {
	const caller = await open();
	caller.send(frame(TYPE.ping, 0, 0, Buffer.from('12345678')));
	const answer = await caller.heard(({ type, flags }) => type === TYPE.ping && flags === ACK);
	assert.equal(answer?.payload.toString(), '12345678');
});

test('h2 calls: a caller may ping for each part of a large answer, as grpc-go does to size its windows', async () => {
	const caller = await open({ '/echo': ECHO }, setting(4, 100));
	const message = numbered(2_000);
	caller.call(1, '/echo', message);
	for (let taken = 100; taken < 2_005; taken += 100) {
		await caller.heard(() => caller.data(1).length >= taken);
		caller.send(frame(TYPE.ping, 0, 0, Buffer.alloc(8)), frame(TYPE.window, 0, 1, uint32(100)));
	}
	assert.deepEqual(await caller.answer(1), framed(message));
});

test('h2 calls: a window of nothing holds the data and the trailers, not the head', async () => {
	const caller = await open(undefined, setting(4, 0));
	caller.call(1, '/echo', Buffer.from('hello'));
	await caller.heard(({ type, streamId }) => type === TYPE.headers && streamId === 1);
	caller.send(frame(TYPE.window, 0, 1, uint32(3)));
	await caller.heard(({ type }) => type === TYPE.data);
	assert.equal(caller.data(1).length, 3);
	caller.send(frame(TYPE.settings, 0, 0, setting(4, 100)));
	assert.equal((await caller.answer(1))?.toString(), HELLO.toString());
});

test('h2 calls: no more goes out than the windows of stream and connection allow, and all of it in the end', async () => {
	const answer = numbered(150_000);
	const { port } = await serve({ '/large': { shape: 'unary', handle: (_bytes, call) => call.succeed(answer) } });
	const grant = fc.record({ streamId: fc.constantFrom(0, 1, 3), bytes: fc.integer({ min: 1, max: 60_000 }) });
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 0, max: 70_000 }), fc.array(grant, { maxLength: 20 }), async (initial, grants) => {
			const caller = RawCaller.open(port, setting(4, initial));
			const allowed = new Map([
				[0, 65_535],
				[1, initial],
				[3, initial],
			]);
			caller.call(1, '/large', Buffer.from('x'));
			caller.call(3, '/large', Buffer.from('x'));
			for (const { streamId, bytes } of grants) {
				allowed.set(streamId, (allowed.get(streamId) ?? 0) + bytes);
				caller.send(frame(TYPE.window, 0, streamId, uint32(bytes)));
			}
			caller.send(frame(TYPE.ping, 0, 0, Buffer.alloc(8)));
			await caller.heard(({ type, flags }) => type === TYPE.ping && flags === ACK);
			const [one, two] = [caller.data(1).length, caller.data(3).length];
			assert(one <= (allowed.get(1) ?? 0) && two <= (allowed.get(3) ?? 0) && one + two <= (allowed.get(0) ?? 0));
			caller.send(...[0, 1, 3].map((streamId) => frame(TYPE.window, 0, streamId, uint32(2 ** 30))));
			for (const streamId of [1, 3]) {
				assert((await caller.answer(streamId))?.equals(framed(answer)));
			}
			caller.socket.destroy();
		}),
		{ numRuns: 60 },
	);
});

test('h2 calls: an answer before the request is all here ends with a reset that blames nobody, and late data is dropped', async () => {
	const caller = await open();
	caller.send(frame(TYPE.headers, END_HEADERS, 1, block('/nothing')));
	assert.equal(await caller.reset(1), 0);
	caller.send(frame(TYPE.data, 0, 1, Buffer.alloc(10_000)), frame(TYPE.headers, END_HEADERS | END_STREAM, 1, field('a', 'b')));
	caller.call(3, '/echo', Buffer.from('hello'));
	assert.equal((await caller.answer(3))?.toString(), HELLO.toString());
});

test('h2 calls: large uploads are granted more window in time', async () => {
	const caller = await open({ '/count': { shape: 'unary', handle: (bytes, call) => call.succeed(Buffer.from(String(bytes.length))) } });
	const body = framed(Buffer.alloc(3_500_000));
	caller.send(frame(TYPE.headers, END_HEADERS, 1, block('/count')));
	for (let at = 0; at < body.length; at += 16_000) {
		const isEnd = at + 16_000 >= body.length;
		caller.send(frame(TYPE.data, isEnd ? END_STREAM : 0, 1, body.subarray(at, at + 16_000)));
	}
	assert.equal((await caller.answer(1))?.subarray(5).toString(), '3500000');
	const granted = caller.frames
		.filter((each) => each.type === TYPE.window && each.streamId === 1)
		.reduce((sum, each) => sum + each.payload.readUInt32BE(), 0);
	assert(granted >= 3_500_000 - 2 * 2 ** 20);
});

test('h2 calls: leaving is said twice: a request that was on its way is served, a later one is not', async () => {
	const held: RpcCall[] = [];
	const server = await serve({ '/echo': ECHO, '/held': { shape: 'unary', handle: (_bytes, call) => void held.push(call) } });
	const caller = RawCaller.open(server.port);
	caller.call(1, '/held', Buffer.from('x'));
	await eventually(() => held.length === 1, { what: 'the first call' });
	server.engine.stopAccepting();
	const first = await caller.heard(({ type }) => type === TYPE.goaway);
	assert.deepEqual([first?.payload.readUInt32BE(), first?.payload.readUInt32BE(4)], [2 ** 31 - 1, 0]);
	const ping = await caller.heard(({ type }) => type === TYPE.ping);
	caller.call(3, '/echo', Buffer.from('hello'));
	caller.send(frame(TYPE.ping, ACK, 0, ping?.payload));
	caller.call(5, '/echo', Buffer.from('late'));
	const last = await caller.heard(({ type, payload }) => type === TYPE.goaway && payload.readUInt32BE() !== 2 ** 31 - 1);
	assert.equal(last?.payload.readUInt32BE(), 3);
	held[0]?.succeed(Buffer.from('kept'));
	await caller.closed;
	assert.deepEqual([caller.data(1), caller.data(3), caller.data(5)].map(String), [framed(Buffer.from('kept')).toString(), HELLO.toString(), '']);
});

test('h2 calls: a service is told to wait for a slow caller, and when to go on', async () => {
	let stream: RpcStream | null = null;
	let drained = 0;
	const method: RpcMethod = {
		shape: 'stream',
		open: (opened) => {
			stream = opened;
			return { message: () => {}, halfClosed: () => {}, drained: () => (drained += 1), canceled: () => {} };
		},
	};
	const caller = await open({ '/watch': method }, setting(4, 0));
	caller.send(frame(TYPE.headers, END_HEADERS, 1, block('/watch')));
	const opened = await eventually(() => stream as RpcStream | null, { what: 'the stream' });
	assert.equal(opened.send(numbered(1_000)), true);
	assert.equal(opened.send(numbered(100_000)), false);
	assert.equal(drained, 0);
	caller.send(frame(TYPE.window, 0, 0, uint32(2 ** 20)), frame(TYPE.window, 0, 1, uint32(2 ** 20)));
	await eventually(() => drained > 0, { what: 'word that there is room' });
	opened.end(0, '');
	assert((await caller.answer(1))?.equals(Buffer.concat([framed(numbered(1_000)), framed(numbered(100_000))])));
	assert.equal(drained, 1);
});

test('h2 calls: a call is over for its service once the caller has reset it', async () => {
	const held: RpcCall[] = [];
	const caller = await open({ '/held': { shape: 'unary', handle: (_bytes, call) => void held.push(call) }, '/echo': ECHO });
	caller.call(1, '/held', Buffer.from('x'));
	await eventually(() => held.length === 1, { what: 'the call' });
	caller.send(frame(TYPE.reset, 0, 1, uint32(8)));
	await eventually(() => held[0]?.isOver ?? false, { what: 'the end of the call' });
	held[0]?.succeed(Buffer.from('too late'));
	caller.call(3, '/echo', Buffer.from('hello'));
	assert.equal((await caller.answer(3))?.toString(), HELLO.toString());
	assert.equal(caller.data(1).length, 0);
});

function grpcCall(client: Client, path: string, message: Buffer, deadlineMilliseconds = 60_000): Promise<Buffer | number> {
	return new Promise((resolve) => {
		const same = (bytes: Buffer): Buffer => bytes;
		client.makeUnaryRequest(path, same, same, message, { deadline: Date.now() + deadlineMilliseconds }, (error, answer) =>
			resolve(error === null ? (answer ?? Buffer.alloc(0)) : error.code),
		);
	});
}

test('h2 calls: grpc-js: many at once, large both ways, deadlines and refusals', async () => {
	const { port } = await serve({
		'/a/echo': ECHO,
		'/a/never': { shape: 'unary', handle: () => {} },
		'/a/fail': { shape: 'unary', handle: (_bytes, call) => call.fail(9, '50% ö') },
	});
	const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
	const small = await Promise.all(Array.from({ length: 500 }, (_, i) => grpcCall(client, '/a/echo', Buffer.from(`m${i}`))));
	assert.deepEqual(
		small.map(String),
		Array.from({ length: 500 }, (_, i) => `m${i}`),
	);
	const large = numbered(1_400_000);
	const answers = await Promise.all(Array.from({ length: 8 }, () => grpcCall(client, '/a/echo', large)));
	assert(answers.every((answer) => typeof answer !== 'number' && large.equals(answer)));
	assert.equal(await grpcCall(client, '/a/never', large, 50), status.DEADLINE_EXCEEDED);
	assert.equal(await grpcCall(client, '/a/fail', large), status.FAILED_PRECONDITION);
	assert.equal(await grpcCall(client, '/a/none', large), status.UNIMPLEMENTED);
	client.close();
});

test('h2 calls: an answer in pieces is one message, whatever the caller takes at a time, and the connection is loaded until it is out', async () => {
	const pieces = Array.from({ length: 40 }, (_, i) => numbered(1 + ((i * 7_919) % 30_000)));
	let isLoaded = false;
	const look: RpcMethod = {
		shape: 'unary',
		handle: (_bytes, call) => {
			isLoaded = call.isLoaded;
			call.succeed(HELLO);
		},
	};
	const large: RpcMethod = { shape: 'unary', handle: (_bytes, call) => call.succeedInPieces(pieces) };
	const caller = await open({ '/large': large, '/look': look }, setting(4, 3));
	caller.call(1, '/large', Buffer.from('x'));
	caller.call(3, '/look', Buffer.from('x'));
	await eventually(() => isLoaded, { what: 'a look at the connection' });
	caller.send(frame(TYPE.window, 0, 0, uint32(2 ** 22)));
	for (let taken = 0; taken < 100; taken++) {
		caller.send(frame(TYPE.window, 0, 1, uint32(8_000)));
	}
	assert((await caller.answer(1))?.equals(framed(Buffer.concat(pieces))));
	caller.send(frame(TYPE.window, 0, 3, uint32(100)));
	caller.call(5, '/look', Buffer.from('x'));
	await eventually(() => !isLoaded, { what: 'another look' });
});
