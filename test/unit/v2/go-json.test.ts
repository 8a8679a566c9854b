/** Strings as etcd 3.4 prints them; the expected texts were read off Debian's etcd 3.4.23. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goJsonEscape, goJsonString } from '../../../src/v2/go-json.ts';

const text = new TextEncoder();

test('v2: go-json: control characters, HTML and line separators are escaped as Go escapes them', () => {
	const value = '\u0001\b\f\u001f\u007f<>&\u2028\u2029"\\\n\r\t/\\b\\f';
	const wanted = '"\\u0001\\u0008\\u000c\\u001f\u007f\\u003c\\u003e\\u0026\\u2028\\u2029\\"\\\\\\n\\r\\t/\\\\b\\\\f"';
	assert.equal(goJsonString(text.encode(value)), wanted);
});

test('v2: go-json: each byte that is not UTF-8 becomes one replacement escape', () => {
	const bytes = Uint8Array.of(0xff, 0xfe, 0xe2, 0x80, 0x78, 0xed, 0xa0, 0x80, 0xc0, 0xaf, 0xf4, 0x90, 0x80, 0x80, 0xc3);
	assert.equal(goJsonString(bytes), `"${'\\ufffd'.repeat(4)}x${'\\ufffd'.repeat(10)}"`);
});

test('v2: go-json: a real U+FFFD and a byte order mark stay as they are', () => {
	assert.equal(goJsonString(text.encode('\ufeffa\ufffd')), '"\ufeffa\ufffd"');
});

test('v2: go-json: text reads back as itself, and any bytes as text with replacements', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary' }), (value) => {
			assert.equal(JSON.parse(goJsonString(text.encode(value))), value);
		}),
	);
	fc.assert(
		fc.property(fc.uint8Array(), (bytes) => {
			assert.equal(typeof JSON.parse(goJsonString(bytes)), 'string');
		}),
	);
});

test('v2: go-json: the escapes of a path are those of its parts', () => {
	fc.assert(
		fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
			const whole = Uint8Array.of(...a, 0x2f, ...b);
			assert.equal(goJsonEscape(whole), `${goJsonEscape(a)}/${goJsonEscape(b)}`);
		}),
	);
});
