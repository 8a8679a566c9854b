import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { repairAuthority } from '../../../src/adapters/hpack-authority.ts';
import { Http2Opening } from '../../../src/adapters/http2-opening.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = frame(4, 0, Buffer.alloc(0));
const ACK = frame(4, 1, Buffer.alloc(0));

function frame(type: number, flags: number, payload: Uint8Array): Buffer {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head[3] = type;
	head[4] = flags;
	head[8] = type === 1 ? 1 : 0;
	return Buffer.concat([head, payload]);
}

/** A literal with incremental indexing, name from the static table, value as it is. */
function literal(name: number, value: string): Buffer {
	return Buffer.concat([Buffer.of(0x40 | name, value.length), Buffer.from(value)]);
}

test('opening: authority: slashes become dashes in place, and nothing else changes', () => {
	const block = Buffer.concat([Buffer.of(0x83, 0x86), literal(4, '/a/b'), literal(1, 'http://1.2.3.4:5'), literal(58, 'x/y')]);
	repairAuthority(block);
	const expected = Buffer.concat([Buffer.of(0x83, 0x86), literal(4, '/a/b'), literal(1, 'http:--1.2.3.4:5'), literal(58, 'x/y')]);
	assert.equal(block.toString('latin1'), expected.toString('latin1'));
});

test('opening: authority: the same in a Huffman code, as an encoder of node makes it', async () => {
	for (const url of ['http://127.0.0.1:2379', 'https://[fe80::1%25eth0]:2379', 'http://member-1.example.com:12345', 'a//b///c']) {
		const block = await headerBlockOf({ ':path': '/x/y', ':authority': url });
		const repaired = Buffer.from(block);
		repairAuthority(repaired);
		assert.equal(repaired.length, block.length);
		const same = await headerBlockOf({ ':path': '/x/y', ':authority': url.replaceAll('/', '-') });
		assert.equal(repaired.toString('hex'), same.toString('hex'), url);
	}
});

test('opening: authority: no bytes whatever make the repair throw or grow', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), (block) => {
			const before = block.length;
			repairAuthority(block);
			assert.equal(block.length, before);
		}),
		{ numRuns: 2_000 },
	);
});

test('opening: a caller that sends its request at once is handed on at once', () => {
	const opening = new Http2Opening();
	const bytes = Buffer.concat([PREFACE, SETTINGS, frame(1, 4, literal(1, 'a//b'))]);
	assert.equal(opening.push(bytes), 'done');
	assert.equal(Buffer.from(opening.bytes).toString('latin1').includes('a--b'), true);
});

test('opening: a caller that waits for settings gets them, and its acknowledgement is not handed on', () => {
	const opening = new Http2Opening();
	assert.equal(opening.push(Buffer.concat([PREFACE, SETTINGS])), 'ask');
	const request = frame(1, 4, literal(1, 'a//b'));
	assert.equal(opening.push(ACK), 'wait');
	assert.equal(opening.push(request), 'done');
	const repaired = frame(1, 4, literal(1, 'a--b'));
	assert.equal(Buffer.from(opening.bytes).toString('hex'), Buffer.concat([PREFACE, SETTINGS, repaired]).toString('hex'));
});

test('opening: the outcome is the same however the bytes are cut', () => {
	const sent = [PREFACE, SETTINGS, frame(8, 0, Buffer.alloc(4)), ACK, frame(1, 4, literal(1, 'a//b')), frame(0, 1, Buffer.from('data'))];
	const whole = Buffer.concat(sent);
	const handed = Buffer.concat([PREFACE, SETTINGS, sent[2] as Buffer, frame(1, 4, literal(1, 'a--b')), sent[5] as Buffer]).toString('hex');
	fc.assert(
		fc.property(fc.uniqueArray(fc.integer({ min: 34, max: whole.length }), { maxLength: 10 }), (places) => {
			const opening = new Http2Opening();
			// The settings alone come first, or the request would be there before anything was asked.
			let step = opening.push(whole.subarray(0, 33));
			assert.equal(step, 'ask');
			let lo = 33;
			let rest = Buffer.alloc(0);
			for (const hi of [...places.sort((a, b) => a - b), whole.length]) {
				const piece = whole.subarray(lo, hi);
				lo = hi;
				if (step === 'done') {
					rest = Buffer.concat([rest, piece]);
				} else {
					step = opening.push(piece);
				}
			}
			assert.equal(Buffer.concat([opening.bytes, rest]).toString('hex'), handed);
		}),
	);
});

test('opening: a ping is not kept waiting', () => {
	const opening = new Http2Opening();
	opening.push(Buffer.concat([PREFACE, SETTINGS]));
	opening.push(ACK);
	assert.equal(opening.push(frame(6, 0, Buffer.alloc(8))), 'done');
});

test('opening: what has to be held is bounded', () => {
	const opening = new Http2Opening();
	opening.push(Buffer.concat([PREFACE, SETTINGS]));
	let step = 'wait';
	for (let i = 0; i < 100 && step === 'wait'; i++) {
		step = opening.push(frame(0, 0, Buffer.alloc(16_000)));
	}
	assert.equal(step, 'flooded');
});

/** What node's own client sends as the first header block for these headers. */
function headerBlockOf(headers: Readonly<Record<string, string>>): Promise<Buffer> {
	return new Promise((resolve) => {
		const server = createServer((socket) => {
			let bytes = Buffer.alloc(0);
			socket.on('error', () => {});
			socket.on('data', (part) => {
				bytes = Buffer.concat([bytes, part]);
				const block = firstHeaders(bytes);
				if (block !== null) {
					socket.destroy();
					server.close();
					resolve(block);
				}
			});
		});
		server.listen(0, '127.0.0.1', () => {
			const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
			session.on('error', () => {});
			session.request({ ':method': 'POST', ...headers }).on('error', () => {});
		});
	});
}

function firstHeaders(bytes: Buffer): Buffer | null {
	for (let at = PREFACE.length; bytes.length >= at + 9; ) {
		const end = at + 9 + bytes.readUIntBE(at, 3);
		if (bytes[at + 3] === 1 && bytes.length >= end) {
			const priority = ((bytes[at + 4] as number) & 0x20) === 0 ? 0 : 5;
			return Buffer.from(bytes.subarray(at + 9 + priority, end));
		}
		at = end;
	}
	return null;
}
