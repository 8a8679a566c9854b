/** Connections that say nothing, little, or leave: each costs a bounded amount, and its end is seen. Short times are given to the adapters here; none is asserted. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { ClientHttp1 } from '../../../src/adapters/client-http1.ts';
import { ClientSniffer } from '../../../src/adapters/client-sniffer.ts';
import { H2RpcEngine } from '../../../src/adapters/h2-rpc-engine.ts';
import type { RpcMethod, RpcStreamEvents } from '../../../src/ports/rpc-engine.ts';
import { delay, eventually } from '../../support/eventually.ts';
import { closed, framed, openSession, openSocket, request, talk } from './client-raw.ts';

const HOUR = 3_600_000;
const ECHO: RpcMethod = { shape: 'unary', handle: (bytes, call) => call.succeed(bytes) };

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
	for (const close of closers.splice(0)) {
		await close();
	}
});

/** A port whose connections go to accept. */
async function listen(accept: (socket: Socket) => void): Promise<number> {
	const server: Server = createServer({ allowHalfOpen: true }, accept);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	closers.push(() => void server.close());
	return (server.address() as AddressInfo).port;
}

async function sniff(
	options: { decideMilliseconds?: number; undecidedMax?: number },
	http2: (socket: Socket) => void = (socket) => void socket.destroy(),
) {
	const all = { decideMilliseconds: HOUR, undecidedMax: 100, ...options };
	const sniffer = new ClientSniffer(all, { http1: (socket) => void socket.end('one'), http2 });
	closers.push(() => sniffer.close());
	return { sniffer, port: await listen((socket) => sniffer.accept(socket)) };
}

async function serveHttp2(methods: Readonly<Record<string, RpcMethod>>, options: { readMilliseconds?: number; handshakeMilliseconds?: number } = {}) {
	const all = { messageBytesMax: 1_000_000, maxConcurrentStreams: 1_000, readMilliseconds: HOUR, handshakeMilliseconds: HOUR, ...options };
	const engine = new H2RpcEngine(all, { find: (path) => methods[path] ?? 'unknown' });
	const { port } = await sniff({}, (socket) => engine.accept(socket));
	closers.push(() => engine.close());
	return { engine, port };
}

test('patience: a connection that says nothing is closed', async () => {
	const { port, sniffer } = await sniff({ decideMilliseconds: 50 });
	await closed(openSocket(port).resume());
	await eventually(() => sniffer.undecided === 0, { what: 'the count to go back' });
});

test('patience: a connection that begins like both protocols and stops is closed', async () => {
	const { port } = await sniff({ decideMilliseconds: 50 });
	assert.equal(await talk(port, 'PRI * HTT'), '');
});

test('patience: one that does not acknowledge settings is closed', async () => {
	const { engine, port } = await serveHttp2({}, { handshakeMilliseconds: 50 });
	const settings = '\x00\x00\x00\x04\x00\x00\x00\x00\x00';
	const heard = await talk(port, Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}`, 'latin1'));
	assert.equal(heard.slice(3, 4), '\x04', 'settings were sent first');
	await eventually(() => engine.load.sessions === 0, { what: 'the connection to be forgotten' });
});

test('patience: an HTTP/2 connection that is idle from the start stays, and is served later', async () => {
	const { engine, port } = await serveHttp2({ '/a': ECHO }, { handshakeMilliseconds: 50 });
	const session = openSession(port);
	await new Promise((resolve) => session.once('remoteSettings', resolve));
	await delay(200);
	assert.equal(engine.load.sessions, 1);
	assert.equal((await request(session, { ':path': '/a' }, framed(Buffer.from('x')))).grpcStatus, '0');
	session.close();
});

test('patience: beyond the bound the oldest undecided connection goes, and deciding ones are served', async () => {
	const { port, sniffer } = await sniff({ undecidedMax: 2 });
	const first = openSocket(port).resume();
	const gone = closed(first);
	await eventually(() => sniffer.undecided === 1, { what: 'the first connection' });
	const second = openSocket(port).resume();
	await eventually(() => sniffer.undecided === 2, { what: 'the second connection' });
	assert.equal(await talk(port, 'GET / HTTP/1.1\r\n\r\n', false), 'one');
	await gone;
	assert.equal(second.destroyed, false);
	second.destroy();
});

test('patience: HTTP/1.1 headers that do not end are cut off with 408, though the server never listened', async () => {
	const http1 = new ClientHttp1({ headersMilliseconds: 50, requestMilliseconds: HOUR }, (_request, response) => void response.end());
	closers.push(() => http1.close());
	const port = await listen((socket) => http1.accept(socket));
	assert.match(await talk(port, 'GET / HTTP/1.1\r\nHost: a\r\n'), /^HTTP\/1\.1 408/);
});

test('patience: an HTTP/1.1 body that does not come is cut off', async () => {
	const http1 = new ClientHttp1({ headersMilliseconds: 50, requestMilliseconds: 100 }, (incoming) => void incoming.resume());
	closers.push(() => http1.close());
	const port = await listen((socket) => http1.accept(socket));
	assert.match(await talk(port, 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc'), /^HTTP\/1\.1 408/);
	assert.equal(http1.connections, 0);
});

test('patience: a gRPC request that does not come is given up, and its connection is not', async () => {
	const { engine, port } = await serveHttp2({ '/echo': ECHO }, { readMilliseconds: 50 });
	const session = openSession(port);
	const answer = await request(session, { ':path': '/echo' }, framed(Buffer.from('abc')).subarray(0, 6), false);
	assert.equal(answer.grpcStatus, '4');
	assert.equal((await request(session, { ':path': '/echo' }, framed(Buffer.from('abc')))).grpcStatus, '0');
	assert.deepEqual([engine.load.reading, engine.load.bufferedBytes], [0, 0]);
	session.close();
});

test('patience: callers that leave take everything with them', async () => {
	const { engine, port } = await serveHttp2({ '/echo': ECHO, '/never': { shape: 'unary', handle: () => {} } });
	for (let i = 0; i < 30; i++) {
		const session = openSession(port);
		const headers = { ':path': i % 3 === 0 ? '/never' : '/echo', 'grpc-timeout': '1H' };
		const stream = session.request({ ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers', ...headers });
		stream.on('error', () => {});
		const bytes = framed(Buffer.from('abcdef'));
		await new Promise((resolve) => stream.write(i % 3 === 0 ? bytes : bytes.subarray(0, 8), resolve));
		if (i % 2 === 0) {
			session.destroy();
		} else {
			stream.close(8);
			session.close();
		}
	}
	await eventually(() => engine.load.sessions === 0, { what: 'the end of every session' });
	assert.deepEqual(engine.load, { sessions: 0, reading: 0, timed: 0, bufferedBytes: 0 });
});

test('patience: a streaming service hears that its caller has gone', async () => {
	let canceled = 0;
	const events: RpcStreamEvents = { message: () => {}, halfClosed: () => {}, drained: () => {}, canceled: () => (canceled += 1) };
	const { port } = await serveHttp2({ '/watch': { shape: 'stream', open: () => events } });
	const session = openSession(port);
	const stream = session.request({ ':method': 'POST', ':path': '/watch', 'content-type': 'application/grpc' });
	stream.on('error', () => {});
	await new Promise((resolve) => stream.write(framed(Buffer.from('x')), resolve));
	stream.close(8);
	await eventually(() => canceled > 0, { what: 'the notice' });
	assert.equal(canceled, 1);
	session.close();
});

test('patience: a stream in both directions: messages, half-close, end with a status', async () => {
	const method: RpcMethod = {
		shape: 'stream',
		open: (stream) => ({
			message: (bytes) => void stream.send(bytes),
			halfClosed: () => stream.end(9, 'done'),
			drained: () => {},
			canceled: () => {},
		}),
	};
	const { port } = await serveHttp2({ '/echo': method });
	const session = openSession(port);
	const answer = await request(session, { ':path': '/echo' }, Buffer.concat([framed(Buffer.from('one')), framed(Buffer.from('two'))]));
	const expected = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.from('two'))]);
	assert.deepEqual([answer.body.toString('hex'), answer.grpcStatus, answer.message], [expected.toString('hex'), '9', 'done']);
	session.close();
});

test('patience: a caller that takes no answers is refused more of them', async () => {
	const large = new Uint8Array(70 * 2 ** 20);
	const { port } = await serveHttp2({ '/large': { shape: 'unary', handle: (_bytes, call) => call.succeed(large) }, '/echo': ECHO });
	const session = openSession(port);
	const clogging = session.request({ ':method': 'POST', ':path': '/large', 'content-type': 'application/grpc' });
	clogging.on('error', () => {});
	clogging.end(framed(Buffer.from('x')));
	await new Promise((resolve) => clogging.once('response', resolve));
	const refused = await request(session, { ':path': '/echo' }, framed(Buffer.from('x')));
	assert.deepEqual([refused.grpcStatus, refused.message], ['8', 'etcdserver: too many requests']);
	clogging.close(8);
	await eventually(async () => (await request(session, { ':path': '/echo' }, framed(Buffer.from('x')))).grpcStatus === '0', {
		what: 'the connection to be served again',
	});
	session.close();
});
