import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { encodeFrame, FrameReader, PEER_FRAME_BODY_BYTES_MAX, PEER_FRAME_HEADER_BYTES, writeFrameHeader } from '../../../src/protocol/peer-frame.ts';

const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
const cuts = fc.array(fc.nat(), { maxLength: 20 });

function stream(parts: readonly Uint8Array[]): Uint8Array {
	return Buffer.concat(parts.map((part) => encodeFrame(part, crc32)));
}

test('protocol: peer frame: every stream is read back whatever the chunks', () => {
	fc.assert(
		fc.property(bodies, cuts, (sent, wishes) => {
			const bytes = stream(sent);
			const places = [0, ...wishes.map((wish) => wish % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
			const reader = new FrameReader(crc32);
			const read: Uint8Array[] = [];
			for (const [at, place] of places.slice(1).entries()) {
				const result = reader.push(bytes.subarray(places[at], place));
				assert.ok(result.ok);
				read.push(...result.bodies);
			}
			assert.deepEqual(
				read.map((body) => [...body]),
				sent.map((body) => [...body]),
			);
			assert.equal(reader.heldBytes, 0);
		}),
	);
});

test('protocol: peer frame: one byte at a time is enough', () => {
	const reader = new FrameReader(crc32);
	const read: number[][] = [];
	for (const byte of stream([Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4)])) {
		const result = reader.push(Uint8Array.of(byte));
		assert.ok(result.ok);
		read.push(...result.bodies.map((body) => [...body]));
	}
	assert.deepEqual(read, [[1, 2, 3], [], [4]]);
});

test('protocol: peer frame: a changed bit anywhere is noticed or leaves the frame unfinished', () => {
	const body = Uint8Array.from({ length: 40 }, (_, i) => i);
	fc.assert(
		fc.property(fc.nat({ max: (PEER_FRAME_HEADER_BYTES + 40) * 8 - 1 }), (bit) => {
			const bytes = stream([body]);
			bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
			const result = new FrameReader(crc32).push(bytes);
			assert.ok(!result.ok || result.bodies.length === 0);
		}),
	);
});

test('protocol: peer frame: a body does not share memory with the chunk that it came in', () => {
	const chunk = stream([Uint8Array.of(7)]);
	const result = new FrameReader(crc32).push(chunk);
	assert.ok(result.ok);
	assert.equal(result.bodies[0]?.buffer === chunk.buffer, false);
	assert.equal(result.bodies[0]?.buffer.byteLength, 1);
});

test('protocol: peer frame: an announced length above the cap is refused by the header alone', () => {
	const header = new Uint8Array(PEER_FRAME_HEADER_BYTES);
	writeFrameHeader(header, new Uint8Array(0), crc32);
	new DataView(header.buffer).setUint32(0, PEER_FRAME_BODY_BYTES_MAX + 1);
	assert.deepEqual(new FrameReader(crc32).push(header), { ok: false, fault: 'too_long' });
});

test('protocol: peer frame: an announced length within the cap takes no memory before its bytes', () => {
	const header = new Uint8Array(PEER_FRAME_HEADER_BYTES);
	writeFrameHeader(header, new Uint8Array(0), crc32);
	new DataView(header.buffer).setUint32(0, PEER_FRAME_BODY_BYTES_MAX);
	const before = process.memoryUsage().arrayBuffers;
	const readers = Array.from({ length: 64 }, () => new FrameReader(crc32));
	for (const reader of readers) {
		reader.push(header);
		assert.equal(reader.heldBytes, PEER_FRAME_HEADER_BYTES);
	}
	assert.ok(process.memoryUsage().arrayBuffers - before < PEER_FRAME_BODY_BYTES_MAX);
});

test('protocol: peer frame: another version is refused', () => {
	const bytes = stream([Uint8Array.of(1)]);
	bytes[4] = 2;
	assert.deepEqual(new FrameReader(crc32).push(bytes), { ok: false, fault: 'bad_mark' });
});

test('protocol: peer frame: after a fault nothing is read any more', () => {
	const reader = new FrameReader(crc32);
	reader.push(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
	assert.deepEqual(reader.push(stream([Uint8Array.of(1)])), { ok: false, fault: 'bad_mark' });
});
