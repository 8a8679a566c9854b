/** The v2 watchers of one lane over an engine in memory: turns, bounds, slow ones, lost history, another store. Over HTTP: test/unit/api/v2/watch.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneV2Watches } from '../../../src/actors/lane-v2-watches.ts';
import { CODES } from '../../../src/base/codes.ts';
import { LANE_V2_WATCHERS_MAX, V2_WATCH_DELIVERIES_A_TURN } from '../../../src/base/limits.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import type { V2Watch, V2WatchRequest } from '../../../src/ports/v2-watches.ts';
import { executeV2 } from '../../../src/v2/execute.ts';
import { encodeV2Request, V2_OPERATION } from '../../../src/v2/request-codec.ts';

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

class Lane {
	engine = new MemoryEngine(STORE_TREE_NAMES);
	wakes = 0;
	readonly watches = new LaneV2Watches({
		read: (work) => this.engine.read(work),
		wake: () => {
			this.wakes += 1;
		},
	});

	/** So many sets of a key in one commit. */
	set(key: string, times = 1, engine = this.engine): void {
		const path = encoder.encode(key);
		const rest = { directory: false, recursive: false, prevValue: NOTHING, prevIndex: 0n, quiet: false, refresh: false, now: 0, expiration: 0 };
		const body = encodeV2Request({ operation: V2_OPERATION.set, path, value: encoder.encode('v'), ...rest });
		engine.write((view) => {
			for (let i = 0; i < times; i++) {
				executeV2(view, body, { index: 1, term: 1 });
			}
		});
		this.watches.settled();
	}

	/** Turns until nothing asks for one. */
	turns(): void {
		for (let turns = 0; turns === 0 || this.wakes > 0; turns++) {
			assert.ok(turns < 10_000, 'the turns come to an end');
			this.wakes = 0;
			this.watches.flush();
		}
	}

	open(key: string, request: Partial<V2WatchRequest> = {}): Heard {
		const heard = new Heard();
		const all = { path: encoder.encode(key), recursive: false, since: 0n, stream: false, resumes: false, ...request };
		const opened = this.watches.open(all, heard);
		assert.equal(opened.kind, 'open');
		heard.watch = opened.kind === 'open' ? opened.watch : null;
		return heard;
	}
}

class Heard {
	watch: V2Watch | null = null;
	readonly indexes: number[] = [];
	hasRoom = true;
	isEnded = false;

	event({ index }: { readonly index: number }): boolean {
		this.indexes.push(index);
		return this.hasRoom;
	}

	ended(): void {
		this.isEnded = true;
	}
}

function range(from: number, count: number): number[] {
	return Array.from({ length: count }, (_, i) => from + i);
}

test('actors: v2 watches: a turn tells so many, and the rest in the next ones, each in order', () => {
	const lane = new Lane();
	const streams = Array.from({ length: V2_WATCH_DELIVERIES_A_TURN + 1 }, () => lane.open('/k', { stream: true }));
	lane.set('/k', 2);
	lane.wakes = 0;
	lane.watches.flush();
	assert.equal(
		streams.reduce((sum, { indexes }) => sum + indexes.length, 0),
		V2_WATCH_DELIVERIES_A_TURN,
	);
	assert.ok(lane.wakes > 0, 'there will be another turn');
	lane.turns();
	assert.ok(streams.every(({ indexes }) => indexes.join() === '4,5'));
});

test('actors: v2 watches: one turn reads all that a commit has brought, since the next one may push it out of the history', () => {
	const lane = new Lane();
	const stream = lane.open('/k', { stream: true });
	lane.set('/other', 500);
	lane.set('/k', 400);
	lane.watches.flush();
	assert.equal(stream.indexes.length, 400);
});

test('actors: v2 watches: a stream that is held up hears all that it missed, in order, once it is not', () => {
	const lane = new Lane();
	const slow = lane.open('/k', { stream: true });
	const quick = lane.open('/k', { stream: true });
	slow.hasRoom = false;
	lane.set('/k', 50);
	lane.turns();
	assert.deepEqual([slow.indexes.length, quick.indexes.length], [1, 50]);
	slow.hasRoom = true;
	slow.watch?.drained();
	lane.turns();
	lane.set('/k');
	lane.turns();
	assert.deepEqual(slow.indexes, range(4, 51));
});

test('actors: v2 watches: a stream that is held up for longer than the history lasts is ended', () => {
	const lane = new Lane();
	const slow = lane.open('/k', { stream: true });
	slow.hasRoom = false;
	lane.set('/k');
	lane.turns();
	for (let i = 0; i < 3; i++) {
		lane.set('/k', 500);
		lane.turns();
	}
	assert.ok(!slow.isEnded, 'nobody asks before there is room');
	slow.watch?.drained();
	lane.turns();
	assert.deepEqual([slow.indexes, slow.isEnded], [[4], true]);
	assert.equal(lane.watches.size, 0);
});

test('actors: v2 watches: whoever waits while one commit brings more than the history holds is ended, and not told of a part', () => {
	const lane = new Lane();
	const stream = lane.open('/k', { stream: true });
	const poll = lane.open('/k');
	lane.set('/other');
	lane.turns();
	lane.set('/k', 1_500);
	lane.turns();
	assert.deepEqual([stream.isEnded, poll.isEnded, stream.indexes], [true, true, []]);
	const next = lane.open('/k');
	lane.set('/k');
	lane.turns();
	assert.deepEqual(next.indexes, [1_505]);
});

test('actors: v2 watches: a store that another has replaced is the same keyspace further on', () => {
	const lane = new Lane();
	const stream = lane.open('/k', { stream: true });
	lane.set('/k');
	lane.turns();
	const other = new MemoryEngine(STORE_TREE_NAMES);
	lane.set('/k', 30, other);
	lane.engine = other;
	lane.turns();
	assert.deepEqual(stream.indexes, range(4, 30));
});

test('actors: v2 watches: who begins in the past and who waits hear each event once', () => {
	const lane = new Lane();
	lane.set('/k', 100);
	const late = lane.open('/k', { stream: true, since: 10n });
	const live = lane.open('/k', { stream: true });
	lane.set('/k', 10);
	lane.turns();
	assert.deepEqual(late.indexes, range(10, 104));
	assert.deepEqual(live.indexes, range(104, 10));
});

test('actors: v2 watches: one who leaves while others are told is told nothing', () => {
	const lane = new Lane();
	const first = lane.open('/k', { stream: true });
	const second = lane.open('/k', { stream: true });
	first.event = ({ index }) => {
		first.indexes.push(index);
		second.watch?.close();
		return true;
	};
	lane.set('/k', 3);
	lane.turns();
	assert.deepEqual([first.indexes, second.indexes], [[4, 5, 6], []]);
	assert.equal(lane.watches.size, 1);
});

test('actors: v2 watches: beyond the bound, and once the member stops, a watch is refused', () => {
	const lane = new Lane();
	const request = { path: encoder.encode('/k'), recursive: false, since: 0n, stream: false, resumes: false };
	for (let i = 0; i < LANE_V2_WATCHERS_MAX; i++) {
		lane.watches.open(request, new Heard());
	}
	assert.deepEqual(lane.watches.open(request, new Heard()), { kind: 'refused', code: CODES.too_many_requests.code });
	lane.watches.endAll();
	assert.equal(lane.watches.size, 0);
	assert.deepEqual(lane.watches.open(request, new Heard()), { kind: 'refused', code: CODES.stopped.code });
});
