import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader } from '../../../src/h2/frame-reader.ts';
import { FrameWriter } from '../../../src/h2/frame-writer.ts';
import { H2ConnectionError } from '../../../src/h2/frames.ts';
import { changeSettings, PEER_SETTINGS_DEFAULT } from '../../../src/h2/peer-settings.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

interface Seen {
	readonly type: number;
	readonly flags: number;
	readonly streamId: number;
	readonly payload: string;
}

/** What a reader makes of these chunks. */
function read(chunks: readonly Uint8Array[]): Seen[] {
	const reader = new FrameReader();
	const seen: Seen[] = [];
	for (const chunk of chunks) {
		reader.read(chunk, {
			frame: ({ type, flags, streamId }, bytes, lo, hi) => {
				seen.push({ type, flags, streamId, payload: Buffer.from(bytes.subarray(lo, hi)).toString('hex') });
			},
		});
	}
	return seen;
}

function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
	return Buffer.concat(
		pairs.map(([id, value]) => {
			const pair = Buffer.alloc(6);
			pair.writeUInt16BE(id);
			pair.writeUInt32BE(value, 2);
			return pair;
		}),
	);
}

test('h2: frames: what is written is read, however the bytes are cut', () => {
	const frame = fc.record({
		type: fc.nat(255),
		flags: fc.nat(255),
		streamId: fc.nat(2 ** 31 - 1),
		payload: fc.uint8Array({ maxLength: 300 }),
	});
	fc.assert(
		fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 30 }), (frames, places) => {
			const writer = new FrameWriter();
			for (const { type, flags, streamId, payload } of frames) {
				writer.head(type, flags, streamId, payload.length);
				writer.bytes(payload);
			}
			const whole = Buffer.concat([PREFACE, writer.take()]);
			const cuts = [0, ...places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length];
			const seen = read(cuts.slice(1).map((hi, i) => Buffer.from(whole.subarray(cuts[i], hi))));
			assert.deepEqual(
				seen,
				frames.map((each) => ({ ...each, payload: Buffer.from(each.payload).toString('hex') })),
			);
		}),
	);
});

test('h2: frames: a frame that came in pieces is not written over by the next', () => {
	const held: Uint8Array[] = [];
	const reader = new FrameReader();
	const bytes = Buffer.concat([PREFACE, Buffer.from('000003000000000001616263', 'hex'), Buffer.from('000003000000000001646566', 'hex')]);
	for (const byte of bytes) {
		reader.read(Buffer.of(byte), { frame: (_head, from, lo, hi) => void held.push(from.subarray(lo, hi)) });
	}
	assert.deepEqual(
		held.map((each) => Buffer.from(each).toString()),
		['abc', 'def'],
	);
});

test('h2: frames: a frame beyond the size is refused by its head alone, and a wrong preface by its first wrong byte', () => {
	assert.throws(() => read([PREFACE, Buffer.from('004001000000000001', 'hex')]), { name: 'H2ConnectionError', code: 6 });
	assert.throws(() => read([Buffer.from('PRI *'), Buffer.from('x')]), { name: 'H2ConnectionError', code: 1 });
});

test('h2: frames: any bytes are frames or a frame size error', () => {
	fc.assert(
		fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (chunks) => {
			try {
				read([PREFACE, ...chunks]);
			} catch (error) {
				assert(error instanceof H2ConnectionError);
				assert.equal(error.code, 6);
			}
		}),
	);
});

test('h2: frames: bytes that were taken from a writer stay as they are', () => {
	const writer = new FrameWriter();
	writer.reset(1, 8);
	const first = writer.take();
	const before = Buffer.from(first).toString('hex');
	for (let i = 0; i < 10_000; i++) {
		writer.windowUpdate(3, i);
		writer.take();
	}
	assert.equal(Buffer.from(first).toString('hex'), before);
});

test('h2: frames: what was given back to a writer is used again, and only that', () => {
	const writer = new FrameWriter();
	writer.reset(1, 8);
	const kept = writer.take();
	writer.reset(3, 8);
	const givenBack = writer.take();
	writer.giveBack(givenBack);
	writer.reset(5, 8);
	assert.deepEqual([writer.take().byteOffset, kept[8], givenBack[8]], [givenBack.byteOffset, 1, 5]);
});

test('h2: frames: what was taken before is not given back in place of the last', () => {
	const writer = new FrameWriter();
	writer.reset(1, 8);
	const first = writer.take();
	writer.reset(3, 8);
	const second = writer.take();
	writer.giveBack(first);
	writer.reset(5, 8);
	writer.take();
	assert.deepEqual([first[8], second[8]], [1, 3]);
});

test('h2: frames: a run larger than a slab stays in one piece', () => {
	const writer = new FrameWriter();
	writer.bytes(new Uint8Array(50_000).fill(1));
	writer.bytes(new Uint8Array(200_000).fill(2));
	const whole = Buffer.from(writer.take());
	assert.deepEqual([whole.length, whole[49_999], whole[50_000], whole[249_999]], [250_000, 1, 2, 2]);
});

test('h2: settings: what concerns us is kept, the rest is not', () => {
	const bytes = settings([1, 0], [2, 0], [3, 7], [4, 1_000], [5, 20_000], [6, 9], [0x77, 5]);
	assert.deepEqual(changeSettings(PEER_SETTINGS_DEFAULT, bytes, 0, bytes.length), {
		headerTableBytes: 0,
		initialWindowBytes: 1_000,
	});
});

test('h2: settings: values out of range, torn pairs and floods of them are refused with their codes', () => {
	const cases = [
		[settings([2, 2]), 1],
		[settings([4, 2 ** 31]), 3],
		[settings([5, 16_383]), 1],
		[settings([5, 2 ** 24]), 1],
		[Buffer.alloc(7), 6],
		[settings(...Array.from({ length: 33 }, () => [3, 1] as const)), 11],
	] as const;
	for (const [bytes, code] of cases) {
		assert.throws(() => changeSettings(PEER_SETTINGS_DEFAULT, bytes, 0, bytes.length), { name: 'H2ConnectionError', code });
	}
});
