import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInitialCluster } from '../../../src/config/initial-cluster.ts';
import { parseUrls, splitUrl } from '../../../src/config/urls.ts';

function ruleOf(text: string, use: 'listen' | 'advertise'): string {
	const parsed = parseUrls(text, use);
	assert.ok(!parsed.ok, `accepted: ${text}`);
	return parsed.rule;
}

test('config: urls: addresses and localhost may be listened on', () => {
	for (const url of ['http://127.0.0.1:0', 'http://localhost:65535', 'http://[::1]:2379', 'http://[::]:2379', 'http://0.0.0.0:2379']) {
		assert.deepEqual(parseUrls(url, 'listen'), { ok: true, urls: [url] });
	}
});

test('config: urls: a name may be advertised but not listened on', () => {
	assert.match(ruleOf('http://db-1.example.com:2379', 'listen'), /IP address or localhost/);
	assert.match(ruleOf('http://256.0.0.1:2379', 'listen'), /IP address or localhost/);
	assert.ok(parseUrls('http://db-1.example.com:2379', 'advertise').ok);
	assert.match(ruleOf('http://db-1:0', 'advertise'), /port/);
});

test('config: urls: what is not http://host:port is refused', () => {
	for (const url of [
		'',
		'localhost:2379',
		'http://localhost',
		'http://localhost:2379/',
		'http://localhost:2379/v3',
		'http://:2379',
		'http://localhost:65536',
		'http://localhost:-1',
		'http://user@localhost:1',
		'http://localhost:1?x',
		'http://localhost:1#x',
		'http://[::1:2379',
		'http://[1:2:3]:2379',
		'http://::1:2379',
		'ftp://localhost:1',
		'http://localhost:1,',
	]) {
		assert.match(ruleOf(url, 'listen'), /http:\/\/host:port/, url);
	}
});

test('config: urls: https, and unix sockets by their path, are taken', () => {
	const urls = 'https://localhost:2379,unix:///run/q.sock,unixs://q.sock';
	assert.deepEqual(parseUrls(urls, 'listen'), { ok: true, urls: ['https://localhost:2379', 'unix:///run/q.sock', 'unixs://q.sock'] });
	assert.match(ruleOf('unix://', 'listen'), /unix:\/\/path/);
	assert.match(ruleOf('unix://a?b', 'listen'), /unix:\/\/path/);
});

test('config: urls: a list is sorted and has no duplicates', () => {
	assert.deepEqual(parseUrls('http://b:2, http://a:1', 'advertise'), { ok: true, urls: ['http://a:1', 'http://b:2'] });
	assert.match(ruleOf('http://a:1,http://b:1,http://a:1', 'advertise'), /twice \(http:\/\/a:1\)/);
});

test('config: urls: the parts come without brackets', () => {
	assert.deepEqual(splitUrl('http://[::1]:2379'), { scheme: 'http', host: '::1', port: 2379 });
	assert.equal(splitUrl('http://a:b:1'), null);
});

test('config: initial cluster: a repeated name collects its URLs', () => {
	assert.deepEqual(parseInitialCluster('b=http://b:1,a=http://a:2,a=http://a:1'), {
		ok: true,
		members: [
			{ name: 'a', urls: ['http://a:1', 'http://a:2'] },
			{ name: 'b', urls: ['http://b:1'] },
		],
	});
});

test('config: initial cluster: a URL of two members, a missing name and a bad URL are refused', () => {
	for (const [text, rule] of [
		['a=http://x:1,b=http://x:1', /twice \(http:\/\/x:1 of a and of b\)/],
		['a', /name=url/],
		['=http://x:1', /name=url/],
		['a=http://x:1,', /name=url/],
		['a=x:1', /URL of a/],
	] as const) {
		const parsed = parseInitialCluster(text);
		assert.match(parsed.ok ? 'accepted' : parsed.rule, rule, text);
	}
});
