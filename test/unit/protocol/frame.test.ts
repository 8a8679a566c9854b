import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame, encodeFrame } from '../../../src/protocol/frame.ts';
import type { AnyMessage, Kind } from '../../../src/protocol/routes.ts';
import { WIRE } from '../../../src/protocol/wire.ts';

/** A value for each field name, so that a message of any kind can be made from the wire table alone. */
const SAMPLES: Readonly<Record<string, unknown>> = {
	after: [[2, 0, true, new Uint8Array([1, 2, 3])]],
	bytes: new Uint8Array([9, 8, 7]),
	clusterId: 'cdf818194e3a8c32',
	codes: [0, 7],
	command: new Uint8Array(300).fill(7),
	frames: [
		[2, 1, false, new Uint8Array([4])],
		[3, 0, true, new Uint8Array(0)],
	],
	ids: ['8e9e05c52164694d'],
	kinds: [1, 0],
	mark: null,
	membership: { index: 1, voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
	ok: true,
	path: '/tmp/x',
	payloads: [new Uint8Array([1]), new Uint8Array(0)],
	peerUrls: [['http://127.0.0.1:2380']],
	requestId: 3 * 2 ** 40 + 17,
	requestIds: [2 ** 40, 2 ** 40 + 1],
	resetTo: [7, 3],
	responses: [new Uint8Array([5]), new Uint8Array(0)],
	role: 'leader',
	runIndexes: [1, 5],
	runTerms: [1, 2],
	slots: [1, 2, 3],
	terms: [4, 4],
	truncateFrom: null,
};

function sample(kind: Kind): AnyMessage {
	const fields: readonly string[] = WIRE[kind].fields;
	return { kind, ...Object.fromEntries(fields.map((field) => [field, field in SAMPLES ? SAMPLES[field] : 42])) } as unknown as AnyMessage;
}

/** Byte fields come back as some Uint8Array; compare contents. */
function plain(value: unknown): unknown {
	if (value instanceof Uint8Array) {
		return `bytes:${Buffer.from(value).toString('hex')}`;
	}
	if (Array.isArray(value)) {
		return value.map(plain);
	}
	return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)])) : value;
}

for (const kind of Object.keys(WIRE) as Kind[]) {
	test(`frame: ${kind}: comes out as it went in`, () => {
		const message = sample(kind);
		assert.deepEqual(plain(decodeFrame(encodeFrame([message]))), plain([message]));
	});
}

test('frame: order: messages of one frame keep their order', () => {
	const messages = [sample('persisted'), sample('send'), sample('persisted'), sample('fetched')];
	assert.deepEqual(
		decodeFrame(encodeFrame(messages)).map(({ kind }) => kind),
		messages.map(({ kind }) => kind),
	);
});

test('frame: buffer: a frame owns its whole ArrayBuffer, so that transferring it detaches nothing else', () => {
	const first = encodeFrame([sample('propose')]);
	const second = encodeFrame([sample('propose')]);
	structuredClone(first, { transfer: [first] });
	assert.equal(first.byteLength, 0);
	assert.deepEqual(plain(decodeFrame(second)), plain([sample('propose')]));
});

test('frame: revision numbers: integers up to 2^53 - 1 survive as numbers', () => {
	const [message] = decodeFrame(encodeFrame([{ ...sample('read_granted'), index: Number.MAX_SAFE_INTEGER } as AnyMessage]));
	assert.equal((message as unknown as { index: number }).index, Number.MAX_SAFE_INTEGER);
});

test('frame: version: a frame of another version is refused', () => {
	const frame = new Uint8Array(encodeFrame([sample('persisted')]));
	const at = frame.indexOf(1);
	frame[at] = 99;
	assert.throws(() => decodeFrame(frame.buffer), /version/);
});
