/** Connections in all and from one address: whoever opens all he can leaves room for others. */
import assert from 'node:assert/strict';
import { connect, Socket } from 'node:net';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ConnectionGate } from '../../../src/adapters/connection-gate.ts';
import { affordableConnections } from '../../../src/adapters/descriptor-limit.ts';
import { listenPeers } from '../../../src/adapters/peer-listen.ts';
import { peerTiming } from '../../../src/adapters/peer-timing.ts';
import { TlsMaterial } from '../../../src/adapters/tls/tls-material.ts';
import type { TlsSettings } from '../../../src/base/tls-settings.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { frame, PREFACE, TYPE } from '../../support/h2-bytes.ts';
import { TestPki } from '../../support/test-pki.ts';
import { FrontEndHarness } from '../api/grpc/front-end-harness.ts';

/** No certificate is asked for. */
const ANYBODY: Omit<TlsSettings, 'certFile' | 'keyFile'> = {
	prefix: '',
	dialCertFile: '',
	dialKeyFile: '',
	trustedCaFile: '',
	crlFile: '',
	isSelfSigned: false,
	requiresCertificate: false,
	allowedNames: [],
	allowedHosts: [],
	checksAddress: false,
	minVersion: 'TLSv1.2',
	maxVersion: 'TLSv1.3',
	ciphers: [],
};

const closers: (() => Promise<void> | void)[] = [];

after(async () => {
	for (const close of closers) {
		await close();
	}
});

/** Resolves once it is open and has stayed so for a request, or was closed: nothing is heard before. */
async function isServed(port: number, from: string): Promise<{ readonly served: boolean; readonly socket: Socket }> {
	const socket = connect({ port, host: '127.0.0.1', localAddress: from });
	closers.push(() => void socket.destroy());
	socket.on('error', () => {});
	socket.write('GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n');
	const served = await new Promise<boolean>((resolve) => {
		socket.once('data', () => resolve(true));
		socket.once('close', () => resolve(false));
	});
	return { served, socket };
}

/** Resolves when the connection, whose first frame is none that may be the first, is cut off. */
async function misbehave(port: number, from: string): Promise<void> {
	const socket = connect({ port, host: '127.0.0.1', localAddress: from });
	socket.on('error', () => {});
	socket.resume();
	socket.write(Buffer.concat([PREFACE, frame(TYPE.ping, 0, 0, Buffer.alloc(8))]));
	await new Promise((resolve) => socket.once('close', resolve));
}

if (process.platform === 'linux') {
	test('connection gate: an address whose connections are cut off again and again is kept out, and others are served', async () => {
		const harness = await FrontEndHarness.open([], {});
		closers.push(() => harness.close());
		let isKeptOut = false;
		for (let i = 0; i < 10 && !isKeptOut; i++) {
			await Promise.all(Array.from({ length: 20 }, () => misbehave(harness.port, '127.0.0.5')));
			isKeptOut = !(await isServed(harness.port, '127.0.0.5')).served;
		}
		assert.ok(isKeptOut);
		assert.ok((await isServed(harness.port, '127.0.0.6')).served);
	});

	test('connection gate: once it has behaved for a while, an address is let in again', () => {
		let now = 0;
		const gate = new ConnectionGate({ endpoint: 'client', connectionsMax: 100, addressConnectionsMax: 100 }, SILENT, () => now);
		const socket = new Socket();
		Object.defineProperty(socket, 'remoteAddress', { value: '192.0.2.1' });
		for (let i = 0; i < 100; i++) {
			gate.blame(socket);
		}
		assert.equal(gate.admit(socket), false);
		now += 10_000;
		assert.equal(gate.admit(socket), true);
	});

	test('connection gate: one address has its share and no more, another one is served, and who leaves makes room', async () => {
		const harness = await FrontEndHarness.open([], { connectionsMax: 5, addressConnectionsMax: 3 });
		closers.push(() => harness.close());
		const mine = [];
		for (let i = 0; i < 5; i++) {
			mine.push(await isServed(harness.port, '127.0.0.2'));
		}
		assert.deepEqual(
			mine.map(({ served }) => served),
			[true, true, true, false, false],
		);
		assert.equal((await isServed(harness.port, '127.0.0.3')).served, true);
		assert.equal((await isServed(harness.port, '127.0.0.4')).served, true);
		assert.equal((await isServed(harness.port, '127.0.0.5')).served, false, 'the sixth in all');
		mine[0]?.socket.destroy();
		await eventually(async () => (await isServed(harness.port, '127.0.0.2')).served, { what: 'the place that is free again' });
	});
}

test('connection gate: one too many is dropped before its handshake begins, and the others go on', async () => {
	const pki = await TestPki.make();
	const { cert, key } = await pki.issue('server', {});
	const tls = await TlsMaterial.open({ ...ANYBODY, certFile: cert, keyFile: key }, SILENT);
	const harness = await FrontEndHarness.open([], { listenUrls: ['https://127.0.0.1:0'], tls, connectionsMax: 2, addressConnectionsMax: 2 });
	closers.push(() => harness.close());
	const sockets = [1, 2, 3].map(() => connectTls({ port: harness.port, host: '127.0.0.1', rejectUnauthorized: false }));
	const outcomes = sockets.map(
		(socket) =>
			new Promise<string>((resolve) => {
				closers.push(() => void socket.destroy());
				socket.on('error', () => resolve('dropped'));
				socket.once('close', () => resolve('dropped'));
				socket.once('secureConnect', () => resolve('secure'));
			}),
	);
	assert.deepEqual((await Promise.all(outcomes)).sort(), ['dropped', 'secure', 'secure']);
});

test('connection gate: the peer port leaves half of its connections to others than the one who wants all', async () => {
	let served = 0;
	const [listener] = await listenPeers({ listenUrls: ['http://127.0.0.1:0'], timing: peerTiming(100), tls: null, logger: SILENT }, (server) => {
		server.on('request', (_request, response) => response.end('served'));
		server.on('connection', (socket: Socket) => {
			served += Number(!socket.destroyed);
		});
	});
	assert.ok(listener !== undefined);
	const port = Number(new URL(listener.url).port);
	const sockets = Array.from({ length: 600 }, () => connect({ port, host: '127.0.0.1' }).on('error', () => {}));
	const isClosed = (socket: Socket): boolean => socket.closed;
	for (const socket of sockets) {
		closers.push(() => void socket.destroy());
		socket.resume();
	}
	await eventually(() => sockets.filter(isClosed).length === 88, { what: 'the end of those beyond 512' });
	assert.equal(served, 512);
	for (const socket of sockets) {
		socket.destroy();
	}
	await listener.close();
});

test('connection gate: what is dropped is told, and not for each', () => {
	const lines: unknown[] = [];
	const logger = { ...SILENT, log: (_level: string, msg: string, fields?: object) => void lines.push([msg, fields]) };
	let now = 0;
	const gate = new ConnectionGate({ endpoint: 'client', connectionsMax: 0, addressConnectionsMax: 1 }, logger, () => now);
	for (let i = 0; i < 100; i++) {
		assert.equal(gate.admit(connect({ path: '\0nobody' }).on('error', () => {})), false);
	}
	now = 20_000;
	gate.admit(connect({ path: '\0nobody' }).on('error', () => {}));
	assert.deepEqual(lines, [
		['too many connections on client endpoint', { 'last-remote-addr': '', 'bound-of': 'all', dropped: 1 }],
		['too many connections on client endpoint', { 'last-remote-addr': '', 'bound-of': 'all', dropped: 100 }],
	]);
});

test('connection gate: no more than the process may have files open, shared among the lanes', () => {
	const limits =
		'Limit                     Soft Limit           Hard Limit           Units\nMax open files            4096                 4096                 files\n';
	assert.equal(affordableConnections(16_384, 1, limits), 3_840);
	assert.equal(affordableConnections(16_384, 2, limits), 1_920);
	assert.equal(affordableConnections(100, 2, limits), 100);
	assert.equal(affordableConnections(100, 2, null), 100);
	assert.equal(affordableConnections(100, 1, limits.replaceAll('4096', 'unlimited')), 100);
});
