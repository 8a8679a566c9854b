/** Attacks with frames of HTTP/2 and messages of gRPC: floods, bombs, crumbs, what is not taken, and watchers by the thousand. */
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { ACK, block, END_HEADERS, END_STREAM, field, frame, PREFACE, setting, TYPE, uint32 } from '../h2-bytes.ts';
import { type Attack, attack, repeat } from './attack.ts';

const MEBIBYTE = 2 ** 20;
const RANGE = '/etcdserverpb.KV/Range';
const PUT = '/etcdserverpb.KV/Put';
const WATCH = '/etcdserverpb.Watch/Watch';
const STREAMS_A_BATCH = 200;
const WATCHERS_A_BATCH = 200;

/** The opening of a connection; settings as payload. */
function open(settings: Buffer = Buffer.alloc(0)): Buffer {
	return Buffer.concat([PREFACE, frame(TYPE.settings, 0, 0, settings), frame(TYPE.settings, ACK, 0)]);
}

function head(streamId: number, path: string, ...more: readonly Buffer[]): Buffer {
	return frame(TYPE.headers, END_HEADERS, streamId, block(path, ...more));
}

function message(bytes: Uint8Array): Buffer {
	return Buffer.concat([Buffer.of(0), uint32(bytes.length), bytes]);
}

function opened(made: Pick<Attack, 'threat' | 'connections'> & Partial<Attack>): Attack {
	return attack({ hello: () => open(), ...made });
}

/** The id of the i-th stream of the n-th batch. */
function streamOf(n: number, i: number): number {
	return 2 * (n * STREAMS_A_BATCH + i) + 1;
}

/** All keys that the test has written for it. */
const LARGE_RANGE = message(pb.RangeRequest.encode({ key: Buffer.from('large/'), range_end: Buffer.from('large0') }).finish());
const HALF_PUT = Buffer.concat([Buffer.of(0), uint32(1.5 * MEBIBYTE), Buffer.alloc(16_000)]);
const BOMB = Buffer.concat([Buffer.of(0x40, 1), Buffer.from('x'), Buffer.of(0x7f, 0xb9, 0x16), Buffer.alloc(3_000, 'v'), Buffer.alloc(10_000, 0xbe)]);

function create(watchId: number): Buffer {
	const key = Buffer.from(`watched/${watchId}`);
	return message(pb.WatchRequest.encode({ create_request: { key, watch_id: watchId as never } }).finish());
}

function cancel(watchId: number): Buffer {
	return message(pb.WatchRequest.encode({ cancel_request: { watch_id: watchId as never } }).finish());
}

/** As many frames as it takes. */
function data(streamId: number, bytes: Buffer): Buffer {
	const parts: Buffer[] = [];
	for (let at = 0; at < bytes.length; at += 16_000) {
		parts.push(frame(TYPE.data, 0, streamId, bytes.subarray(at, at + 16_000)));
	}
	return Buffer.concat(parts);
}

export const HTTP2_ATTACKS: Readonly<Record<string, Attack>> = {
	'rapid reset': opened({
		threat: 'T8',
		connections: 20,
		more: (n) => repeat(STREAMS_A_BATCH, (i) => Buffer.concat([head(streamOf(n, i), RANGE), frame(TYPE.reset, 0, streamOf(n, i), uint32(8))])),
	}),
	'resets that the server is made to send': opened({
		threat: 'T8',
		connections: 20,
		more: (n) => repeat(STREAMS_A_BATCH, (i) => Buffer.concat([head(streamOf(n, i), RANGE), frame(TYPE.window, 0, streamOf(n, i), uint32(0))])),
	}),
	'header blocks without an end': opened({
		threat: 'T9',
		connections: 20,
		hello: () => Buffer.concat([open(), frame(TYPE.headers, 0, 1, block(RANGE))]),
		more: () => repeat(100, () => frame(TYPE.continuation, 0, 1, field('a', 'b'))),
	}),
	'floods of settings': opened({ threat: 'T10', connections: 20, more: () => repeat(500, (i) => frame(TYPE.settings, 0, 0, setting(4, 1_000 + i))) }),
	'floods of pings': opened({ threat: 'T10', connections: 20, more: () => repeat(500, () => frame(TYPE.ping, 0, 0, Buffer.alloc(8))) }),
	'bombs of HPACK': opened({
		threat: 'T10',
		connections: 20,
		more: (n) => repeat(10, (i) => head(2 * (n * 10 + i) + 1, RANGE, BOMB)),
	}),
	'crumbs of data': opened({
		threat: 'T10',
		connections: 20,
		hello: () => Buffer.concat([open(), head(1, PUT)]),
		more: () => repeat(1_000, () => frame(TYPE.data, 0, 1)),
	}),
	'windows byte by byte': opened({
		threat: 'T10',
		connections: 10,
		hello: () =>
			Buffer.concat([
				open(setting(4, 2 ** 30)),
				repeat(10, (i) => Buffer.concat([head(2 * i + 1, RANGE), frame(TYPE.data, END_STREAM, 2 * i + 1, LARGE_RANGE)])),
			]),
		more: () => repeat(500, () => frame(TYPE.window, 0, 0, uint32(1))),
		growthMaxBytes: 1_024 * MEBIBYTE,
	}),
	'large answers that are not taken': opened({
		threat: 'T10',
		connections: 100,
		takesAnswers: false,
		hello: () =>
			Buffer.concat([
				open(setting(4, 2 ** 30)),
				frame(TYPE.window, 0, 0, uint32(2 ** 30)),
				repeat(10, (i) => Buffer.concat([head(2 * i + 1, RANGE), frame(TYPE.data, END_STREAM, 2 * i + 1, LARGE_RANGE)])),
			]),
		// 512 MiB over all connections, and until it is noticed what comes in half a second.
		growthMaxBytes: 1_024 * MEBIBYTE,
	}),
	'requests that never end': opened({
		threat: 'T11',
		connections: 100,
		hello: () => Buffer.concat([open(), repeat(50, (i) => Buffer.concat([head(2 * i + 1, PUT), frame(TYPE.data, 0, 2 * i + 1, HALF_PUT)]))]),
		// 256 MiB of requests that are being read, at most.
		growthMaxBytes: 512 * MEBIBYTE,
	}),
	'watchers made and cancelled': opened({
		threat: 'T12',
		connections: 4,
		hello: () => Buffer.concat([open(setting(4, 2 ** 30)), frame(TYPE.window, 0, 0, uint32(2 ** 30)), head(1, WATCH)]),
		more: (n) => {
			const ids = Array.from({ length: WATCHERS_A_BATCH }, (_, i) => n * WATCHERS_A_BATCH + i + 1);
			return data(1, Buffer.concat([...ids.map(create), ...ids.map(cancel)]));
		},
	}),
	'watchers that stay': opened({
		threat: 'T12',
		connections: 4,
		hello: () => Buffer.concat([open(setting(4, 2 ** 30)), frame(TYPE.window, 0, 0, uint32(2 ** 30)), head(1, WATCH)]),
		more: (n) =>
			data(
				1,
				repeat(WATCHERS_A_BATCH, (i) => create(n * WATCHERS_A_BATCH + i + 1)),
			),
		// 65,536 a stream, and no more.
		growthMaxBytes: 512 * MEBIBYTE,
	}),
};
