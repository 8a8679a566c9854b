import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneWatches } from '../../../src/actors/lane-watches.ts';
import { CODES } from '../../../src/base/codes.ts';
import { LANE_WATCH_CREATES_MAX, WATCH_TAKEN_BYTES } from '../../../src/base/limits.ts';
import type { WatchRequest, WatchStream } from '../../../src/ports/watches.ts';
import type { Routes } from '../../../src/protocol/routes.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { longFromNumber } from '../../../src/rpc/long-id.ts';

const REQUEST: WatchRequest = {
	watchId: 0n,
	key: Uint8Array.of(97),
	rangeEnd: new Uint8Array(0),
	startRevision: 0,
	noPut: false,
	noDelete: false,
	prevKv: false,
	fragment: false,
	progressNotify: false,
};
const LARGE = new Uint8Array(WATCH_TAKEN_BYTES);

class Listener {
	readonly heard: Uint8Array[] = [];
	readonly ends: number[] = [];
	hasRoom = true;

	response(bytes: Uint8Array): boolean {
		this.heard.push(bytes);
		return this.hasRoom;
	}

	ended(code: number): void {
		this.ends.push(code);
	}
}

class Stage {
	readonly posted: Routes['api']['watch'][] = [];
	wakes = 0;
	readonly watches = new LaneWatches(3, {
		post: (message) => this.posted.push(message),
		revision: () => 7,
		wake: () => {
			this.wakes += 1;
		},
	});

	open(listener = new Listener()): { readonly stream: WatchStream; readonly listener: Listener } {
		const stream = this.watches.open(listener);
		assert.ok(typeof stream !== 'number');
		return { stream, listener };
	}

	says(streams: readonly number[], response: Uint8Array): void {
		this.watches.receive({ kind: 'watch_responses', streams: [streams], responses: [response] });
	}

	kinds(): string[] {
		return this.posted.map(({ kind }) => kind);
	}
}

test('api: watches: a watcher is asked for with the lane, the stream and what the lane can read', () => {
	const stage = new Stage();
	stage.open().stream.create({ ...REQUEST, startRevision: 5, watchId: 9n });
	assert.deepEqual(stage.posted, [{ kind: 'watch_create', lane: 3, stream: 1, stamp: 7, ...REQUEST, startRevision: 5, watchId: 9n }]);
});

test('api: watches: without a key the first of all is meant', () => {
	const stage = new Stage();
	stage.open().stream.create({ ...REQUEST, key: new Uint8Array(0) });
	const [create] = stage.posted;
	assert.deepEqual(create?.kind === 'watch_create' ? create.key : null, Uint8Array.of(0));
});

test('api: watches: a response goes to the streams that it names, closed ones excepted', () => {
	const stage = new Stage();
	const [a, b, c] = [stage.open(), stage.open(), stage.open()];
	b.stream.close();
	stage.says([1, 2, 3], Uint8Array.of(1));
	stage.says([1], Uint8Array.of(2));
	assert.deepEqual(
		[a, b, c].map(({ listener }) => listener.heard.length),
		[2, 0, 1],
	);
});

test('api: watches: what was taken is said once a turn, and only when it is much', () => {
	const stage = new Stage();
	const { stream } = stage.open();
	stream.create(REQUEST);
	stage.says([1], Uint8Array.of(1));
	stage.watches.flush();
	assert.deepEqual(stage.kinds(), ['watch_create']);
	stage.says([1], LARGE);
	stage.says([1], LARGE);
	stage.watches.flush();
	stage.watches.flush();
	assert.deepEqual(stage.posted.slice(1), [{ kind: 'watch_taken', lane: 3, streams: [1], bytes: [1 + 2 * LARGE.length] }]);
});

test('api: watches: what a slow connection has not taken is not said before it drains', () => {
	const stage = new Stage();
	const { stream, listener } = stage.open();
	listener.hasRoom = false;
	stage.says([1], LARGE);
	listener.hasRoom = true;
	stage.says([1], LARGE);
	stage.watches.flush();
	assert.deepEqual(stage.posted, []);
	stream.drained();
	assert.equal(stage.wakes, 1);
	stage.watches.flush();
	assert.deepEqual(stage.posted, [{ kind: 'watch_taken', lane: 3, streams: [1], bytes: [2 * LARGE.length] }]);
});

test('api: watches: a response that is a small part of a large frame is copied out of it', () => {
	const stage = new Stage();
	const { listener } = stage.open();
	const frame = new Uint8Array(100_000);
	stage.says([1], frame.subarray(10, 20));
	assert.deepEqual(listener.heard, [new Uint8Array(10)]);
	assert.notEqual(listener.heard[0]?.buffer, frame.buffer);
});

test('api: watches: the hub hears of a closed stream only if it knows of it', () => {
	const stage = new Stage();
	stage.open().stream.close();
	const { stream } = stage.open();
	stream.create(REQUEST);
	stream.close();
	stream.close();
	stream.cancel(0n);
	assert.deepEqual(stage.kinds(), ['watch_create', 'watch_close']);
	assert.equal(stage.watches.size, 0);
});

test('api: watches: a stop ends every stream once', () => {
	const stage = new Stage();
	const { stream, listener } = stage.open();
	stage.watches.endAll(CODES.stopped.code);
	stage.watches.endAll(CODES.stopped.code);
	stream.create(REQUEST);
	assert.deepEqual([listener.ends, stage.posted], [[CODES.stopped.code], []]);
});

test('api: watches: answers to creations are told from events', () => {
	const stage = new Stage();
	const { stream, listener } = stage.open();
	const header = { cluster_id: longFromNumber(2), member_id: longFromNumber(3), revision: longFromNumber(300), raft_term: longFromNumber(2) };
	for (let i = 0; i <= LANE_WATCH_CREATES_MAX; i++) {
		stream.create(REQUEST);
		const watch_id = longFromNumber(i);
		stage.says([1], pb.WatchResponse.encode({ header, watch_id, created: true }).finish());
		stage.says([1], pb.WatchResponse.encode({ header, watch_id, events: [] }).finish());
	}
	assert.deepEqual([listener.ends, listener.heard.length], [[], 2 * (LANE_WATCH_CREATES_MAX + 1)]);
});

test('api: watches: more creations than the hub keeps up with end the stream that asks', () => {
	const stage = new Stage();
	const { stream, listener } = stage.open();
	while (listener.ends.length === 0 && stage.posted.length < 1_000_000) {
		stream.create(REQUEST);
	}
	assert.deepEqual(listener.ends, [CODES.too_many_requests.code]);
	assert.equal(stage.posted.at(-1)?.kind, 'watch_close');
});
