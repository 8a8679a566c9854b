/** Files that change, files that cannot be used, files that expire; and what is refused at the other end when a member dials. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { askText } from '../../../../src/adapters/peer-http-client.ts';
import { warnOfExpiry } from '../../../../src/adapters/tls/expiry-watch.ts';
import { RefusalLog } from '../../../../src/adapters/tls/refusal-log.ts';
import { TlsMaterial } from '../../../../src/adapters/tls/tls-material.ts';
import { FatalError } from '../../../../src/base/fatal.ts';
import type { TlsSettings } from '../../../../src/base/tls-settings.ts';
import type { Logger } from '../../../../src/ports/logger.ts';
import { run } from '../../../support/run.ts';
import { type CertificateFiles, type TestCertificate, TestPki } from '../../../support/test-pki.ts';

const DAY_MS = 24 * 3_600_000;

let pki: TestPki;
let own: CertificateFiles;
const servers: Server[] = [];

before(async () => {
	pki = await TestPki.make();
	own = await pki.issue('own');
	await pki.revoke();
});

after(() => {
	for (const server of servers) {
		server.close();
		server.closeAllConnections();
	}
});

function settingsOf(files: CertificateFiles, more: Partial<TlsSettings> = {}): TlsSettings {
	return {
		prefix: 'peer-',
		certFile: files.cert,
		keyFile: files.key,
		dialCertFile: '',
		dialKeyFile: '',
		trustedCaFile: pki.ca,
		crlFile: pki.crl,
		isSelfSigned: false,
		requiresCertificate: true,
		allowedNames: [],
		allowedHosts: [],
		checksAddress: true,
		minVersion: 'TLSv1.2',
		maxVersion: 'TLSv1.3',
		ciphers: [],
		...more,
	};
}

function memoryLogger(): { readonly logger: Logger; readonly lines: string[] } {
	const lines: string[] = [];
	const log: Logger['log'] = (level, message, fields) => void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
	return { logger: { log, isEnabled: () => true }, lines };
}

test('tls: material: the same files are the same object, and changed ones are read', async () => {
	const { logger, lines } = memoryLogger();
	const files = await pki.issue('changing');
	const material = await TlsMaterial.open(settingsOf(files), logger);
	const first = material.current();
	assert.equal(material.current(), first);
	await pki.issue('changing', { toDays: 5 });
	const second = material.current();
	assert.ok(second.notAfter < first.notAfter);
	assert.equal(material.current(), second);
	assert.deepEqual(lines, [`info TLS files have changed and are read again ${JSON.stringify({ certFile: files.cert })}`]);
});

test('tls: material: files that do not fit together leave the former ones in use, with one line', async () => {
	const { logger, lines } = memoryLogger();
	const files = await pki.issue('halfway');
	const material = await TlsMaterial.open(settingsOf(files), logger);
	const first = material.current();
	writeFileSync(files.cert, readFileSync(own.cert));
	assert.equal(material.current(), first);
	assert.equal(material.current(), first);
	assert.equal(lines.length, 1);
	assert.match(lines[0] ?? '', /^error .*those of before stay in use.*--peer-cert-file and --peer-key-file: .*halfway.crt cannot be used/);
	writeFileSync(files.key, readFileSync(own.key));
	assert.notEqual(material.current(), first);
});

test('tls: material: a revocation list is read as PEM, as DER, and several in a file', async () => {
	const gone = await pki.issue('gone');
	await pki.revoke(gone);
	const { logger } = memoryLogger();
	const serials = (await TlsMaterial.open(settingsOf(own), logger)).current().revoked;
	assert.equal(serials.size, 1);
	const der = `${pki.crl}.der`;
	const { code } = await run('openssl', ['crl', '-in', pki.crl, '-outform', 'DER', '-out', der]);
	assert.equal(code, 0);
	assert.deepEqual((await TlsMaterial.open(settingsOf(own, { crlFile: der }), logger)).current().revoked, serials);
	const other = await TestPki.make('other');
	await other.revoke(await other.issue('a'), await other.issue('b'));
	writeFileSync(`${der}.two`, Buffer.concat([readFileSync(pki.crl), readFileSync(other.crl)]));
	assert.equal((await TlsMaterial.open(settingsOf(own, { crlFile: `${der}.two` }), logger)).current().revoked.size, 3);
	await pki.revoke();
});

test('tls: material: at the start, what cannot be used is fatal and names option and file', async () => {
	const { logger } = memoryLogger();
	const cases: readonly (readonly [Partial<TlsSettings>, RegExp])[] = [
		[{ certFile: '/nowhere.crt' }, /--peer-cert-file: \/nowhere.crt cannot be used: ENOENT/],
		[{ certFile: own.key }, /--peer-cert-file: .*own.key holds no certificate in PEM/],
		[{ keyFile: own.cert }, /--peer-cert-file and --peer-key-file: .*own.crt cannot be used/],
		[{ trustedCaFile: own.key }, /--peer-trusted-ca-file: .*own.key holds no certificate/],
		[{ crlFile: own.cert }, /--peer-crl-file: .*own.crt cannot be used/],
		[{ prefix: '', crlFile: '/nowhere' }, /--client-crl-file: \/nowhere cannot be used/],
		[{ dialCertFile: own.cert, dialKeyFile: pki.ca }, /--peer-client-cert-file and --peer-client-key-file/],
	];
	for (const [more, line] of cases) {
		await assert.rejects(TlsMaterial.open(settingsOf(own, more), logger), (error) => {
			assert.ok(error instanceof FatalError && error.reason === 'bad_config');
			assert.match(error.message, line);
			return true;
		});
	}
});

test('tls: expiry: a certificate is spoken of in its last thirty days, and once it is over', async () => {
	const { logger, lines } = memoryLogger();
	const material = await TlsMaterial.open(settingsOf(await pki.issue('aging', { toDays: 100 })), logger);
	for (const days of [0, 69, 71, 101]) {
		warnOfExpiry(material, Date.now() + days * DAY_MS, logger);
	}
	assert.deepEqual(
		lines.map((line) => line.replace(/ \{.*"days":(-?\d+)\}$/, ' $1')),
		['warn a certificate will expire soon 28', 'warn a certificate has expired -2'],
	);
});

test('tls: refusals: beyond twenty a second they are counted', () => {
	const { logger, lines } = memoryLogger();
	let now = 0;
	const log = new RefusalLog(logger, 'peer', () => now);
	for (let i = 0; i < 30; i++) {
		log.say({ remote: `10.0.0.1:${i}`, serverName: '', reason: 'why' });
	}
	now = 1_000;
	log.say({ remote: '10.0.0.2:1', serverName: 'n', reason: 'why' });
	assert.equal(lines.length, 21);
	const fields = { 'remote-addr': '10.0.0.2:1', 'server-name': 'n', error: 'why', 'not-logged-before': 10 };
	assert.equal(lines.at(-1), `warn rejected connection on peer endpoint ${JSON.stringify(fields)}`);
});

/** A member dials a server that shows this certificate. */
async function dial(files: CertificateFiles, more: Partial<TlsSettings> = {}): Promise<string> {
	const server = createServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) }, (_request, response) => response.end('hello'));
	servers.push(server);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const tls = await TlsMaterial.open(settingsOf(own, more), memoryLogger().logger);
	const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const answer = await askText({ url, path: '/', headers: {}, expected: {}, tls, timeoutMilliseconds: 5_000 });
	return answer.ok ? answer.body : answer.reason;
}

test('tls: dialing: a member believes only who shows a certificate as its rules ask for', async () => {
	const issue = (name: string, wanted: TestCertificate = {}): Promise<CertificateFiles> => pki.issue(name, wanted);
	const good = await issue('callee');
	assert.equal(await dial(good), 'hello');
	assert.equal(await dial(good, { allowedNames: ['callee'] }), 'hello');
	assert.match(await dial(good, { allowedNames: ['somebody'] }), /common name .*callee.* is not allowed/);
	assert.match(await dial(good, { allowedHosts: ['m1.test'] }), /none of the allowed host names/);
	assert.match(await dial(await issue('elsewhere', { hosts: ['10.9.8.7'] })), /does not match certificate's altnames|10\.9\.8\.7/);
	assert.match(await dial(await issue('nameless', { hosts: [], commonName: '127.0.0.1' })), /no subject alternative name/);
	assert.match(await dial(await issue('old', { fromDays: -9, toDays: -1 })), /expired/);
	assert.match(await dial(await (await TestPki.make('strangers')).issue('stranger')), /unable to verify|unable to get|self.signed/);
	await pki.revoke(good);
	assert.match(await dial(good), /is revoked/);
	await pki.revoke();
});

test('tls: dialing: certificates that members made themselves are taken as they are', async () => {
	const stranger = await (await TestPki.make('strangers')).issue('stranger');
	assert.equal(await dial(stranger, { isSelfSigned: true, trustedCaFile: '', crlFile: '' }), 'hello');
});
