/** Parameters and locations as Go reads them; api/v2's own parsers, without a server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseForm } from '../../../../src/api/v2/form.ts';
import { locate } from '../../../../src/api/v2/location.ts';
import { parseParameters } from '../../../../src/api/v2/parameters.ts';

const URLENCODED = 'application/x-www-form-urlencoded';

function formOf(method: string, body: string, query: string, contentType: string | undefined = URLENCODED): Record<string, string> {
	return Object.fromEntries(parseForm({ method, contentType, body, query }).values);
}

test('v2: form: of PUT and POST the body wins over the query, and the first value of a name over later ones', () => {
	assert.deepEqual(formOf('PUT', 'value=a&value=b', 'value=c&dir=true'), { value: 'a', dir: 'true' });
});

test('v2: form: the body of other methods is not read', () => {
	assert.deepEqual(formOf('DELETE', 'recursive=true', 'dir=true'), { dir: 'true' });
});

test('v2: form: a body of another content type is not read, a parameter of the type changes nothing', () => {
	assert.deepEqual(formOf('PUT', 'value=a', '', 'text/plain'), {});
	assert.deepEqual(formOf('PUT', 'value=a', '', `${URLENCODED}; charset=utf-8`), { value: 'a' });
});

test('v2: form: plus is a space and escapes are bytes', () => {
	assert.deepEqual(formOf('PUT', 'value=a+b%2B%c3%A9', ''), { value: 'a b+\u00c3\u00a9' });
});

test('v2: form: the first malformed pair fails the request, whatever else is right', () => {
	const form = parseForm({ method: 'PUT', contentType: URLENCODED, body: 'value=1&x=%2&y=%zz', query: 'a;b' });
	assert.equal(form.error, 'invalid URL escape "%2"');
});

test('v2: form: any bytes are read without a throw', () => {
	fc.assert(
		fc.property(fc.uint8Array(), fc.string(), (body, query) => {
			const form = parseForm({ method: 'PUT', contentType: URLENCODED, body: Buffer.from(body).toString('latin1'), query });
			parseParameters('PUT', form);
		}),
	);
});

test('v2: parameters: a number of a million digits is refused at once', () => {
	const form = parseForm({ method: 'GET', contentType: undefined, body: '', query: `prevIndex=${'9'.repeat(1_000_000)}` });
	assert.deepEqual(parseParameters('GET', form), { ok: false, error: 'index_not_a_number', cause: 'invalid value for "prevIndex"' });
});

test('v2: location: an unclean path is redirected with its query, escaped as Go writes paths', () => {
	assert.deepEqual(locate('/v2/keys//a%20b/./c!?x=1&y'), { kind: 'redirect', to: '/v2/keys/a%20b/c%21?x=1&y' });
});

test('v2: location: a slash at the end is clean, an escaped slash separates, an escaped dot is a dot', () => {
	assert.deepEqual(locate('/v2/keys/a/?q'), { kind: 'path', path: '/v2/keys/a/', query: 'q' });
	assert.deepEqual(locate('/v2/keys/a%2Fb'), { kind: 'path', path: '/v2/keys/a/b', query: '' });
	assert.deepEqual(locate('/v2/keys/a/%2e%2e/b'), { kind: 'redirect', to: '/v2/keys/b' });
});

test('v2: location: plus is no space in a path, and a broken escape is malformed', () => {
	assert.deepEqual(locate('/v2/keys/a+b'), { kind: 'path', path: '/v2/keys/a+b', query: '' });
	assert.deepEqual(locate('/v2/keys/a%'), { kind: 'malformed' });
});

test('v2: location: an absolute request target is read from its path on', () => {
	assert.deepEqual(locate('http://example.org:2379/v2/keys/a?b=c'), { kind: 'path', path: '/v2/keys/a', query: 'b=c' });
});
