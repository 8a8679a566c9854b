/** The options of discovery: one way at a time, each with what it needs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';

const NO_FILE = { ok: false, problem: 'there is none' } as const;

function loaded(...argv: readonly string[]): Config {
	const result = loadConfig(argv, {}, () => NO_FILE);
	assert.equal(result.kind, 'serve', result.kind === 'error' ? result.line : '');
	return (result as { readonly config: Config }).config;
}

function refusal(...argv: readonly string[]): string {
	const result = loadConfig(argv, {}, () => NO_FILE);
	return result.kind === 'error' ? `${result.exitCode} ${result.line}` : result.kind;
}

test('config: discovery: a URL without the slash at its end, and the token of the cluster is left to it', () => {
	const config = loaded('--discovery=https://discovery.etcd.io/abc/', '--initial-cluster-token=mine');
	assert.deepEqual(config.discovery, { kind: 'v2', url: 'https://discovery.etcd.io/abc', proxy: '' });
	assert.equal(config.initialClusterToken, 'etcd-cluster');
});

test('config: discovery: v3 endpoints get the scheme that --discovery-insecure-transport says, unless they have one', () => {
	const config = loaded('--discovery-token=t', '--discovery-endpoints=a:2379, https://b:2379', '--discovery-user=root:secret');
	assert.equal(config.discovery.kind, 'v3');
	assert.deepEqual(config.discovery.kind === 'v3' && [config.discovery.endpoints, config.discovery.user, config.discovery.password], [
		['http://a:2379', 'https://b:2379'],
		'root',
		'secret',
	]);
	const secure = loaded('--discovery-token=t', '--discovery-endpoints=a:2379', '--discovery-insecure-transport=false');
	assert.deepEqual(secure.discovery.kind === 'v3' && secure.discovery.endpoints, ['https://a:2379']);
});

test('config: discovery: members are found in one way only', () => {
	const ways = [
		'--initial-cluster=default=http://localhost:2380',
		'--discovery=http://h/keys/t',
		'--discovery-token=t',
		'--discovery-srv=example.com',
	];
	for (const [i, first] of ways.entries()) {
		for (const second of ways.slice(i + 1)) {
			assert.match(
				refusal(first, second),
				/^1 quorate: --\S+: .* cannot go with --\S+: the first members are found in one way only$/,
				`${first} ${second}`,
			);
		}
	}
});

test('config: discovery: what a way needs is asked for, and what it cannot be is said', () => {
	for (const [argv, words] of [
		[['--discovery=ftp://h/t'], /--discovery: .* must be a URL of the form/],
		[['--discovery=http://h:2379'], /--discovery: .* must be a URL of the form/],
		[['--discovery=http://h:2379/t?size=3'], /--discovery: .* must be a URL of the form/],
		[['--discovery=http://h/t', '--discovery-proxy=nowhere'], /--discovery-proxy: .* must be a URL/],
		[['--discovery=http://h/t', '--initial-cluster-state=existing'], /--discovery: .* is for new clusters/],
		[['--discovery-token=t'], /needs --discovery-endpoints/],
		[['--discovery-endpoints=a:1'], /needs --discovery-token/],
		[['--discovery-token=t', '--discovery-endpoints=a:1,http://b/path'], /--discovery-endpoints: .* must be host:port/],
		[['--discovery-token=t', '--discovery-endpoints=a:1', '--discovery-cert=c'], /--discovery-cert: .* goes with the other/],
		[['--discovery-srv=not a domain'], /--discovery-srv: .* must be a domain/],
		[['--discovery-srv=example.com', '--dns-servers=ns.example.com'], /--dns-servers: .* must be addresses/],
	] as const) {
		assert.match(refusal(...argv), words);
	}
});

test('config: discovery: a fallback to the proxy mode is accepted, with a line that says what comes of it', () => {
	const result = loadConfig(['--discovery=http://h/t', '--discovery-fallback=proxy'], {}, () => NO_FILE);
	assert.match(result.kind === 'serve' ? result.warnings.join() : result.kind, /--discovery-fallback: proxy: has no effect/);
});

test("config: discovery: the map of etcd's configuration file is read, its times in nanoseconds", () => {
	const text =
		'discovery-config:\n  token: t\n  client:\n    endpoints: [a:1, b:2]\n    request-timeout: 3000000000\n    secure: {cert: "", insecure-transport: false}\n';
	const result = loadConfig(['--config-file=f.yml'], {}, () => ({ ok: true, text }));
	assert.equal(result.kind, 'serve', result.kind === 'error' ? result.line : '');
	const discovery = result.kind === 'serve' ? result.config.discovery : null;
	assert.ok(discovery?.kind === 'v3');
	assert.deepEqual([discovery.token, discovery.endpoints, discovery.requestMs], ['t', ['https://a:1', 'https://b:2'], 3_000]);
	const unknown = loadConfig(['--config-file=f.yml'], {}, () => ({ ok: true, text: 'discovery-config:\n  client:\n    what: 1\n' }));
	assert.match(unknown.kind === 'error' ? unknown.line : '', /unknown key "discovery-config\.client\.what"/);
});
