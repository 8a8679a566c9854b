/** The options of access control: what --auth-token may say, and what comes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthSettings } from '../../../src/base/auth-settings.ts';
import { loadConfig } from '../../../src/config/load.ts';

function load(...flags: readonly string[]) {
	return loadConfig(flags, {}, () => ({ ok: false, problem: 'there is no file to read' }));
}

function settingsOf(...flags: readonly string[]): AuthSettings {
	const outcome = load(...flags);
	assert.equal(outcome.kind, 'serve');
	return outcome.config.auth;
}

test('config: auth: the defaults are those of etcd', () => {
	assert.deepEqual(settingsOf(), { token: { kind: 'simple', ttlSeconds: 300 }, bcryptCost: 10, auditLog: '', namesByCertificate: false });
});

test('config: auth: a JWT option is taken apart', () => {
	const { token } = settingsOf('--auth-token', 'jwt,sign-method=ES256,pub-key=a.pem,priv-key=b.pem,ttl=90s');
	assert.deepEqual(token, { kind: 'jwt', signMethod: 'ES256', publicKey: 'a.pem', privateKey: 'b.pem', ttlMs: 90_000 });
});

test('config: auth: what cannot be used is refused, with the rule', () => {
	const broken = [
		'plain',
		'simple,ttl=1s',
		'jwt',
		'jwt,pub-key=a',
		'jwt,sign-method=none,pub-key=a',
		'jwt,sign-method=RS256',
		'jwt,sign-method=RS256,pub-key=a,ttl=0',
	];
	for (const text of broken) {
		const outcome = load('--auth-token', text);
		assert.match(outcome.kind === 'error' ? outcome.line : '', /--auth-token: ".*" must be 'simple' or 'jwt,/, text);
	}
});
