/** Callers that ask for much and take little (reliability.md 6.5, T10 and T12): what all of them hold together is bounded, and those who take their answers stay. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { ClientHttp1, type Http1Options } from '../../../src/adapters/client-http1.ts';
import { eventually } from '../../support/eventually.ts';
import { closed, openSocket, talk } from './client-raw.ts';
import { openRawServer, RawCaller, setting } from './h2-raw.ts';

const HOUR = 3_600_000;
const MEBIBYTE = 2 ** 20;
const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
	for (const close of closers.splice(0)) {
		await close();
	}
});

async function serve(handle: ConstructorParameters<typeof ClientHttp1>[1], options: Partial<Http1Options> = {}) {
	const http1 = new ClientHttp1({ headersMilliseconds: HOUR, requestMilliseconds: HOUR, ...options }, handle);
	const server = createServer({ allowHalfOpen: true }, (socket: Socket) => http1.accept(socket));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	closers.push(
		() => void server.close(),
		() => http1.close(),
	);
	return { http1, port: (server.address() as AddressInfo).port };
}

test('slow readers: HTTP/1.1: one that takes nothing is cut off in the end', async () => {
	const { http1, port } = await serve((_request, response) => response.end(Buffer.alloc(32 * MEBIBYTE)), { stallMilliseconds: 300 });
	const socket = openSocket(port);
	closers.push(() => void socket.destroy());
	socket.pause();
	socket.write(GET);
	await eventually(() => http1.connections === 1, { what: 'the connection' });
	await eventually(() => http1.connections === 0, { what: 'its end' });
});

test('slow readers: HTTP/1.1: one that waits for an answer that is not there yet is not cut off', async () => {
	const { http1, port } = await serve((_request, response) => void setTimeout(() => response.end('late'), 1_000), { stallMilliseconds: 100 });
	assert.match(await talk(port, GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')), /late$/);
	await eventually(() => http1.connections === 0, { what: 'the end' });
});

test('slow readers: HTTP/1.1: together they hold a bounded amount', async () => {
	const { http1, port } = await serve((_request, response) => response.end(Buffer.alloc(16 * MEBIBYTE)), {
		stallMilliseconds: HOUR,
		unsentMax: 40 * MEBIBYTE,
	});
	const sockets = Array.from({ length: 8 }, () => openSocket(port));
	for (const socket of sockets) {
		closers.push(() => void socket.destroy());
		socket.pause();
		socket.write(GET);
	}
	await eventually(() => http1.connections === 8, { what: 'all of them' });
	await eventually(() => http1.connections <= 3, { what: 'what they hold to be within its bound' });
	assert.ok(http1.connections >= 1, 'no more are cut off than has to be');
});

test('slow readers: HTTP/1.1: requests that do not wait for answers are served one by one, and too many of them are not', async () => {
	let asked = 0;
	const never = await serve(() => {
		asked += 1;
	});
	const socket = openSocket(never.port).resume();
	socket.write(GET.repeat(1_000));
	await closed(socket);
	assert.equal(asked, 1);
	const quick = await serve((_request, response) => response.end('x'));
	const answers = await talk(quick.port, GET.repeat(29) + GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
	assert.equal(answers.match(/HTTP\/1\.1 200/g)?.length, 30);
});

test('slow readers: HTTP/2: together they hold a bounded amount, and who takes his answers gets all of them', async () => {
	const answer = new Uint8Array(8 * MEBIBYTE);
	const server = await openRawServer({ '/large': { shape: 'unary', handle: (_bytes, call) => call.succeed(answer) } }, { unsentMax: 20 * MEBIBYTE });
	closers.push(() => server.close());
	const callers = Array.from({ length: 6 }, () => RawCaller.open(server.port));
	for (const caller of callers) {
		// Windows as they begin: each takes 65,535 bytes, and then nothing.
		caller.call(1, '/large', Buffer.from('x'));
		await caller.heard(({ streamId }) => streamId === 1);
	}
	await eventually(() => server.engine.load.sessions <= 2, { what: 'what they hold to be within its bound' });
	const taker = RawCaller.open(server.port, setting(4, 2 ** 30));
	taker.send(Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0x3f, 0xff, 0, 0]));
	taker.call(1, '/large', Buffer.from('x'));
	assert.equal((await taker.answer(1))?.length, 5 + 8 * MEBIBYTE);
	for (const caller of [...callers, taker]) {
		caller.socket.destroy();
	}
});
