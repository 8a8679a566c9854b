/** What each TLS listener of a member refuses, with a line in the log that names the caller and the reason; and what it serves. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { freePorts } from '../support/free-ports.ts';
import { endMembers, type SecureMember, startSecureMembers } from '../support/secure-members.ts';
import { type CertificateFiles, LOCAL_HOSTS, TestPki } from '../support/test-pki.ts';
import { type Called, callPlain, callTls } from '../support/tls-caller.ts';

const CLIENT_NAME = 'client.test';
const GOOD_HOSTS = [...LOCAL_HOSTS, CLIENT_NAME];
const LISTENERS = ['client', 'client-http', 'metrics', 'peer'] as const;
type Listener = (typeof LISTENERS)[number];

let pki: TestPki;
let strangers: TestPki;
let good: CertificateFiles;
let secure: SecureMember;
let ports: Readonly<Record<Listener, number>>;

before(async () => {
	pki = await TestPki.make();
	strangers = await TestPki.make('another CA');
	good = await pki.issue('good', { commonName: 'm1', hosts: GOOD_HOSTS });
	await pki.revoke();
	const [http = 0, metrics = 0] = await freePorts(2);
	const [member] = await startSecureMembers(pki, ['m1'], ({ clientUrl }) => ({
		'advertise-client-urls': clientUrl,
		'listen-client-http-urls': `https://127.0.0.1:${http}`,
		'listen-metrics-urls': `https://127.0.0.1:${metrics}`,
		'client-crl-file': pki.crl,
		'client-cert-allowed-hostname': CLIENT_NAME,
		'peer-crl-file': pki.crl,
		'peer-cert-allowed-cn': 'm1,m2',
	}));
	secure = member as SecureMember;
	const { clientUrl, peerUrl } = secure.addresses;
	ports = { client: Number(new URL(clientUrl).port), 'client-http': http, metrics, peer: Number(new URL(peerUrl).port) };
});

after(() => endMembers(secure === undefined ? [] : [secure]));

function withCertificate(files: CertificateFiles, more: ConnectionOptions = {}): ConnectionOptions {
	return { ...pki.clientTls(files), ...more };
}

/** Refused by every listener, before anything is answered, with a line each. */
async function refusedEverywhere(call: (port: number) => Promise<Called>, reason: (listener: Listener) => RegExp): Promise<void> {
	for (const listener of LISTENERS) {
		const { answer, local } = await call(ports[listener]);
		assert.equal(answer, '', `${listener} has answered`);
		await secure.member.said(`"remote-addr":"${local}"`);
		const line = secure.member.lines.find((each) => each.includes(`"remote-addr":"${local}"`)) ?? '';
		assert.match(line, reason(listener), listener);
		assert.match(line, new RegExp(`"msg":"rejected connection on ${listener === 'peer' ? 'peer' : 'client'} endpoint"`));
	}
}

test('cluster: tls: a good certificate is let in by every listener', async () => {
	for (const listener of ['client-http', 'metrics', 'peer'] as const) {
		const { answer } = await callTls(ports[listener], withCertificate(good));
		assert.match(answer, listener === 'metrics' ? /^HTTP\/1.1 404/ : /^HTTP\/1.1 200/, listener);
	}
	// Whose HTTP is served apart: only the handshake counts there.
	const { alpn } = await shakeHands(ports.client, withCertificate(good, { ALPNProtocols: ['h2'] }));
	assert.equal(alpn, 'h2');
});

test('cluster: tls: a caller without a certificate is refused', () =>
	refusedEverywhere(
		(port) => callTls(port, pki.clientTls()),
		() => /the client certificate is missing/,
	));

test('cluster: tls: a certificate of another CA is refused', async () => {
	const files = await strangers.issue('m1', { hosts: GOOD_HOSTS });
	await refusedEverywhere(
		(port) => callTls(port, { ...strangers.clientTls(files), ca: pki.clientTls().ca }),
		() => /the client certificate is refused: UNABLE_TO/,
	);
});

test('cluster: tls: an expired certificate is refused', async () => {
	const files = await pki.issue('expired', { commonName: 'm1', hosts: GOOD_HOSTS, fromDays: -10, toDays: -1 });
	await refusedEverywhere(
		(port) => callTls(port, withCertificate(files)),
		() => /CERT_HAS_EXPIRED/,
	);
});

test('cluster: tls: a certificate without alternative names is refused where it has to have one', async () => {
	const files = await pki.issue('nameless', { commonName: 'm1', hosts: [] });
	await refusedEverywhere(
		(port) => callTls(port, withCertificate(files)),
		(listener) => (listener === 'peer' ? /has no subject alternative name/ : /for none of the allowed host names/),
	);
});

test('cluster: tls: a certificate of the wrong name is refused: of a member its common name, of a client its host name', async () => {
	const files = await pki.issue('other', { hosts: LOCAL_HOSTS });
	await refusedEverywhere(
		(port) => callTls(port, withCertificate(files)),
		(listener) => (listener === 'peer' ? /common name .*other.* is not allowed/ : /for none of the allowed host names/),
	);
});

test("cluster: tls: a member's certificate for another address is refused by the peer port", async () => {
	const files = await pki.issue('elsewhere', { commonName: 'm2', hosts: ['10.9.8.7'] });
	const { answer, local } = await callTls(ports.peer, withCertificate(files));
	assert.equal(answer, '');
	await secure.member.said(`"remote-addr":"${local}","server-name":"localhost","error":"the certificate is not for 127.0.0.1, but for 10.9.8.7"`);
});

test('cluster: tls: TLS 1.1 is refused', () =>
	refusedEverywhere(
		(port) => callTls(port, withCertificate(good, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })),
		() => /the version of TLS is too old/,
	));

test('cluster: tls: plain text is refused, HTTP and any other', async () => {
	await refusedEverywhere(
		(port) => callPlain(port),
		() => /plain HTTP was spoken on a TLS port/,
	);
	await refusedEverywhere(
		(port) => callPlain(port, 'SSH-2.0-OpenSSH_9.2\r\n'),
		() => /what was spoken is not TLS/,
	);
});

test('cluster: tls: a revoked certificate is refused at its next connection, by its session too', async () => {
	const files = await pki.issue('leaver', { commonName: 'm2', hosts: GOOD_HOSTS });
	for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
		await pki.revoke();
		const sessions = new Map<number, Buffer>();
		for (const port of [ports['client-http'], ports.peer]) {
			const { answer, session } = await callTls(port, withCertificate(files, { maxVersion }));
			assert.match(answer, /^HTTP\/1.1 200/);
			if (session !== null) {
				sessions.set(port, session);
			}
		}
		await pki.revoke(files);
		await refusedEverywhere(
			async (port) => {
				const session = sessions.get(port);
				const called = await callTls(port, withCertificate(files, { maxVersion, ...(session === undefined ? {} : { session }) }));
				assert.equal(called.isResumed, false);
				return called;
			},
			() => /serial number [0-9A-F]+ is revoked/,
		);
	}
});

test('cluster: tls: a caller that never finishes its handshake is closed, and named', async () => {
	const locals = await Promise.all(
		LISTENERS.map(async (listener) => {
			const socket = connect({ host: '127.0.0.1', port: ports[listener] });
			await once(socket, 'connect');
			const local = `127.0.0.1:${socket.localPort}`;
			socket.on('error', () => {});
			socket.resume();
			await once(socket, 'close');
			return local;
		}),
	);
	for (const local of locals) {
		await secure.member.said(`"remote-addr":"${local}","server-name":"","error":"the handshake was not done within 10 s"`);
	}
});

async function shakeHands(port: number, options: ConnectionOptions): Promise<{ readonly alpn: string | false | null }> {
	const { connect: connectTls } = await import('node:tls');
	const socket = connectTls({ host: '127.0.0.1', port, servername: 'localhost', ...options });
	await once(socket, 'secureConnect');
	const alpn = socket.alpnProtocol;
	socket.destroy();
	return { alpn };
}
