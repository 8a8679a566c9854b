/** The options of TLS: what they make, in all three forms of configuration, and the rules between them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../../src/config/config.ts';
import { type Loaded, loadConfig } from '../../../src/config/load.ts';

function load(argv: readonly string[], environment: Readonly<Record<string, string>> = {}, file: string | null = null): Loaded {
	return loadConfig(argv, environment, () => (file === null ? { ok: false, problem: 'no such file' } : { ok: true, text: file }));
}

function served(loaded: Loaded): { readonly config: Config; readonly warnings: readonly string[] } {
	assert.equal(loaded.kind, 'serve', loaded.kind === 'error' ? loaded.line : loaded.kind);
	return loaded as Extract<Loaded, { kind: 'serve' }>;
}

function refused(loaded: Loaded, line: RegExp): void {
	assert.equal(loaded.kind, 'error');
	assert.match((loaded as Extract<Loaded, { kind: 'error' }>).line, line);
	assert.equal((loaded as Extract<Loaded, { kind: 'error' }>).exitCode, 1);
}

const CERT = ['--cert-file', 'c.crt', '--key-file', 'c.key'];
const PEER_CERT = ['--peer-cert-file', 'p.crt', '--peer-key-file', 'p.key'];
const HTTPS = ['--listen-client-urls', 'http://127.0.0.1:1,https://127.0.0.1:2', '--advertise-client-urls', 'https://127.0.0.1:2'];

test('config: security: without options nothing is secured and nobody is asked', () => {
	const { clientTls, peerTls } = served(load([])).config;
	for (const tls of [clientTls, peerTls]) {
		assert.deepEqual([tls.certFile, tls.isSelfSigned, tls.requiresCertificate, tls.ciphers, tls.minVersion], ['', false, false, [], 'TLSv1.2']);
	}
	assert.deepEqual([clientTls.checksAddress, peerTls.checksAddress], [false, true]);
});

test('config: security: http and https mix in one list, and a plain URL beside a certificate is warned of', () => {
	const { config, warnings } = served(load([...CERT, ...HTTPS, '--trusted-ca-file', 'ca.crt', '--client-cert-auth']));
	assert.deepEqual(config.listenClientUrls, ['http://127.0.0.1:1', 'https://127.0.0.1:2']);
	assert.equal(config.clientTls.requiresCertificate, true);
	assert.deepEqual(warnings, [
		'scheme is http or unix while key and cert files are present: client cert auth is ignored for this url (http://127.0.0.1:1)',
	]);
});

test('config: security: a trusted CA alone asks for certificates', () => {
	assert.equal(served(load([...CERT, '--trusted-ca-file', 'ca.crt'])).config.clientTls.requiresCertificate, true);
});

test('config: security: flags, variables and the maps of a file make the same settings', () => {
	const flags = load([...PEER_CERT, '--peer-trusted-ca-file', 'ca.crt', '--peer-client-cert-auth', '--peer-cert-allowed-cn', 'a, b']);
	const variables = load([], {
		ETCD_PEER_CERT_FILE: 'p.crt',
		ETCD_PEER_KEY_FILE: 'p.key',
		ETCD_PEER_CA_FILE: 'ca.crt',
		ETCD_PEER_CLIENT_CERT_AUTH: 'true',
		ETCD_PEER_CERT_ALLOWED_CN: 'a,b',
	});
	const map = {
		'cert-file': 'p.crt',
		'key-file': 'p.key',
		'trusted-ca-file': 'ca.crt',
		'client-cert-auth': true,
		'allowed-cn': ['a', 'b'],
		'allowed-hostname': [],
	};
	const file = load(['--config-file', 'f'], {}, JSON.stringify({ 'peer-transport-security': map }));
	const [first, ...others] = [flags, variables, file].map((loaded) => served(loaded).config.peerTls);
	assert.deepEqual(first?.allowedNames, ['a', 'b']);
	for (const other of others) {
		assert.deepEqual(other, first);
	}
});

test('config: security: older names are read, and named as they were given', () => {
	assert.equal(served(load([...CERT, '--ca-file', 'ca.crt'])).config.clientTls.trustedCaFile, 'ca.crt');
	assert.equal(served(load(['--experimental-peer-skip-client-san-verification'])).config.peerTls.checksAddress, false);
	refused(load([], { ETCD_CA_FILE: 'a\nb' }), /ETCD_CA_FILE: .*control characters/);
});

test('config: security: a key of a map that is not known is refused unless it is empty', () => {
	const file = (map: string): Loaded => load(['--config-file', 'f'], {}, `client-transport-security:\n  ${map}`);
	served(file('allowed-ip: []'));
	refused(file('allowed-ip: [a]'), /client-transport-security.allowed-ip \(in f\): "a" is refused/);
	refused(file('cert-file: 7'), /client-transport-security.cert-file \(in f\): 7 must be text/);
	refused(load(['--config-file', 'f'], {}, 'peer-transport-security: [a]'), /must be a map/);
});

test('config: security: a list of cipher suites is one in files, and a flag with commas', () => {
	const suites = ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305'];
	const ciphers = ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'];
	assert.deepEqual(served(load(['--cipher-suites', suites.join()])).config.peerTls.ciphers, ciphers);
	assert.deepEqual(served(load(['--config-file', 'f'], {}, JSON.stringify({ 'cipher-suites': suites }))).config.clientTls.ciphers, ciphers);
});

test('config: security: each broken rule names option, value and rule', () => {
	const broken: readonly (readonly [readonly string[], RegExp])[] = [
		[['--key-file', 'k'], /--key-file: "k" --cert-file and --key-file must both be present \[key: k, cert: \]/],
		[['--peer-client-cert-file', 'c'], /--peer-client-cert-file and --peer-client-key-file must both be present/],
		[
			HTTPS,
			/--listen-client-urls: .* TLS key\/cert \(--cert-file, --key-file\), or --auto-tls, must be provided for client url https:\/\/127.0.0.1:2 with HTTPS scheme/,
		],
		[['--listen-metrics-urls', 'unixs://m'], /--listen-metrics-urls: .*--cert-file/],
		[['--listen-peer-urls', 'https://127.0.0.1:2'], /--listen-peer-urls: .*\(--peer-cert-file, --peer-key-file\), or --peer-auto-tls/],
		[[...CERT, '--client-cert-auth'], /--client-cert-auth: "true" needs --trusted-ca-file/],
		[[...CERT, '--client-crl-file', 'crl'], /--client-crl-file: "crl" needs --trusted-ca-file/],
		[[...PEER_CERT, '--peer-cert-allowed-cn', 'a'], /--peer-cert-allowed-cn: "a" needs --peer-trusted-ca-file/],
		[[...PEER_CERT, '--peer-ca-file', 'ca', '--peer-cert-allowed-cn', 'a', '--peer-cert-allowed-hostname', 'b'], /mutually exclusive/],
		[['--cipher-suites', 'TLS_RSA_WITH_RC4_128_SHA'], /unexpected TLS cipher suite "TLS_RSA_WITH_RC4_128_SHA"/],
		[
			['--cipher-suites', 'TLS_RSA_WITH_AES_128_GCM_SHA256', '--tls-min-version', 'TLS1.3'],
			/--cipher-suites: .* cannot be chosen with --tls-min-version=TLS1.3/,
		],
		[['--tls-min-version', 'TLS1.3', '--tls-max-version', 'TLS1.2'], /--tls-max-version: "TLS1.2" must be at least/],
		[['--tls-min-version', 'TLS1.1'], /--tls-min-version: "TLS1.1" must be one of TLS1.2, TLS1.3/],
	];
	for (const [argv, line] of broken) {
		refused(load(argv), line);
	}
});

test('config: security: --auto-tls stands for a certificate, and is ignored beside one', () => {
	assert.equal(served(load([...HTTPS, '--auto-tls'])).config.clientTls.isSelfSigned, true);
	assert.equal(served(load([...HTTPS, ...CERT, '--auto-tls'])).config.clientTls.isSelfSigned, false);
});
