/** Whose pages may call: every combination that a browser, a rebound name or a command-line client makes (reliability.md 6.5, T16 to T18). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessRules, type Claims, type Way } from '../../../../src/api/http/access-rules.ts';
import type { AccessSettings } from '../../../../src/base/access-settings.ts';

const LOOPBACK: Way = { isPlain: true, isLoopback: true };
const NETWORK: Way = { isPlain: true, isLoopback: false };
const TLS: Way = { isPlain: false, isLoopback: true };
const CURL: Claims = { method: 'PUT', host: '127.0.0.1:2379', origin: null, fetchSite: null, fetchMode: null, fetchDest: null };

function rules(settings: Partial<AccessSettings> = {}): AccessRules {
	return new AccessRules({ hosts: [], ownHosts: ['db.example.com'], origins: [], ...settings }, 'Desk7');
}

for (const host of [
	'localhost',
	'LOCALHOST:2379',
	'localhost.',
	'db.localhost',
	'127.0.0.1:2379',
	'10.1.2.3',
	'[::1]:2379',
	'db.example.com:80',
	'desk7',
]) {
	test(`access: host: ${host} is this member's own on loopback`, () => {
		assert.equal(rules().hostRefusal(host, LOOPBACK), null);
	});
}

for (const host of [
	'evil.example',
	'evil.example:2379',
	'localhost.evil.example',
	'127.0.0.1.evil.example',
	'notlocalhost',
	'2130706433',
	'a b',
	'a:b:c',
	'',
]) {
	test(`access: host: ${JSON.stringify(host)} is refused on loopback, though no list is given`, () => {
		assert.equal(rules().hostRefusal(host, LOOPBACK)?.status, 403);
	});
}

test('access: host: a request without the header is no browser', () => {
	assert.equal(rules().hostRefusal(null, LOOPBACK), null);
});

test('access: host: by the network and by TLS any name may be used, without a list', () => {
	assert.equal(rules().hostRefusal('evil.example', NETWORK), null);
	assert.equal(rules().hostRefusal('evil.example', TLS), null);
});

test('access: host: a list holds on every plain way, and names all there are', () => {
	const listed = rules({ hosts: ['db.example.org', '::1'] });
	assert.equal(listed.hostRefusal('DB.example.org:2379', NETWORK), null);
	assert.equal(listed.hostRefusal('[::1]:2379', LOOPBACK), null);
	for (const host of ['evil.example', 'localhost', '127.0.0.1:2379', null]) {
		assert.equal(listed.hostRefusal(host, NETWORK)?.status, 421, String(host));
	}
	assert.equal(listed.hostRefusal('evil.example', TLS), null);
});

test('access: host: * turns the check off', () => {
	assert.equal(rules({ hosts: ['*'] }).hostRefusal('evil.example', LOOPBACK), null);
});

const PAGES: readonly (readonly [what: string, claims: Partial<Claims>, isRefused: boolean])[] = [
	['curl', {}, false],
	['a person at the address bar', { method: 'GET', fetchSite: 'none', fetchMode: 'navigate', fetchDest: 'document' }, false],
	['a page of this member', { origin: 'http://127.0.0.1:2379', fetchSite: 'same-origin' }, false],
	['a page of this member behind a proxy', { origin: 'https://dash.example.com', fetchSite: 'same-origin' }, false],
	['a page of this member in an old browser', { origin: 'http://127.0.0.1:2379' }, false],
	['a link on another page', { method: 'GET', fetchSite: 'cross-site', fetchMode: 'navigate', fetchDest: 'document' }, false],
	[
		'a form on another page',
		{ method: 'POST', origin: 'http://evil.example', fetchSite: 'cross-site', fetchMode: 'navigate', fetchDest: 'document' },
		true,
	],
	['a form in an old browser', { method: 'POST', origin: 'http://evil.example' }, true],
	['a script of another page', { origin: 'http://evil.example', fetchSite: 'cross-site', fetchMode: 'cors', fetchDest: 'empty' }, true],
	['a script of another port', { origin: 'http://127.0.0.1:3000', fetchSite: 'same-site', fetchMode: 'cors', fetchDest: 'empty' }, true],
	['a picture in another page', { method: 'GET', fetchSite: 'cross-site', fetchMode: 'no-cors', fetchDest: 'image' }, true],
	['a frame in another page', { method: 'GET', fetchSite: 'cross-site', fetchMode: 'navigate', fetchDest: 'iframe' }, true],
	['a page from a file or a sandbox', { origin: 'null' }, true],
	['a script that reads', { method: 'GET', origin: 'http://evil.example' }, true],
	['a site that is not known', { fetchSite: 'elsewhere' }, true],
];

for (const [what, claims, isRefused] of PAGES) {
	test(`access: origin: ${what} is ${isRefused ? 'refused' : 'served'}`, () => {
		assert.equal(rules().originRefusal({ ...CURL, ...claims })?.status ?? null, isRefused ? 403 : null);
	});
	test(`access: origin: ${what} is served if any may call`, () => {
		assert.equal(rules({ origins: ['*'] }).originRefusal({ ...CURL, ...claims }), null);
	});
}

test('access: cors: a listed origin may call and is told so, and no other', () => {
	const listed = rules({ origins: ['https://app.example.com'] });
	const claims = { ...CURL, fetchSite: 'cross-site', fetchMode: 'cors', fetchDest: 'empty' };
	assert.equal(listed.originRefusal({ ...claims, origin: 'https://app.example.com' }), null);
	assert.equal(listed.corsOrigin('https://app.example.com'), 'https://app.example.com');
	for (const origin of ['http://app.example.com', 'https://app.example.com:8443', 'https://app.example.com.evil.example', 'null']) {
		assert.equal(listed.originRefusal({ ...claims, origin })?.status, 403, origin);
		assert.equal(listed.corsOrigin(origin), null, origin);
	}
});
