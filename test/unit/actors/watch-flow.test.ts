import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
	WATCH_STREAM_UNTAKEN_BYTES_MAX,
	WATCH_STREAM_UNTAKEN_BYTES_MIN,
	WATCH_TURN_BYTES_MAX,
	WATCH_UNTAKEN_BYTES_MAX,
	WATCHERS_PER_STREAM_MAX,
} from '../../../src/base/limits.ts';
import { put, WatchHarness } from './watch-harness.ts';

const KIB_100 = 'v'.repeat(100 * 1_024);

function mods(heard: readonly { readonly events: readonly { readonly mod: number }[] }[]): number[] {
	return heard.flatMap(({ events }) => events.map(({ mod }) => mod));
}

function bytes(heard: readonly { readonly bytes: number }[]): number {
	return heard.reduce((sum, each) => sum + each.bytes, 0);
}

test('watch: flow: a stream that takes nothing is sent no more than its credit and one response', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	for (let i = 0; i < 50; i++) {
		hub.commit(put('k', KIB_100));
		hub.settle();
	}
	const sent = bytes(hub.heard(1));
	assert.ok(sent >= WATCH_STREAM_UNTAKEN_BYTES_MAX && sent < WATCH_STREAM_UNTAKEN_BYTES_MAX + 110 * 1_024, `${sent}`);
});

test('watch: flow: what a full stream missed comes from history once it takes again, in order and once', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	for (let i = 0; i < 50; i++) {
		hub.commit(put('k', KIB_100));
		hub.settle();
	}
	const all: number[] = [];
	for (;;) {
		hub.settle();
		const heard = hub.heard(1);
		if (heard.length === 0) {
			break;
		}
		all.push(...mods(heard));
		hub.taken(1, bytes(heard));
	}
	assert.deepEqual(
		all,
		Array.from({ length: 50 }, (_, i) => i + 2),
	);
});

test('watch: flow: a full stream costs the others nothing', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	hub.create(2, 'k');
	for (let i = 0; i < 30; i++) {
		hub.commit(put('k', KIB_100));
		hub.turn();
		const heard = hub.heard(2);
		assert.equal(mods(heard).at(-1), i + 2);
		hub.taken(2, bytes(heard));
	}
});

test('watch: flow: a full stream reads nothing until much of it was taken', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	for (let i = 0; i < 20; i++) {
		hub.commit(put('k', KIB_100));
		hub.settle();
	}
	hub.heard(1);
	hub.taken(1, 100);
	hub.settle();
	assert.deepEqual(hub.heard(1), []);
	hub.taken(1, WATCH_STREAM_UNTAKEN_BYTES_MAX / 2 + 110 * 1_024);
	hub.settle();
	assert.ok(hub.heard(1).length > 0);
});

test('watch: flow: streams that stand still leave room for one that reads', () => {
	const hub = new WatchHarness();
	const still = 600;
	for (let stream = 1; stream <= still; stream++) {
		hub.create(stream, 'k');
	}
	for (let i = 0; i < 20; i++) {
		hub.commit(put('k', KIB_100));
		hub.settle();
	}
	let untaken = 0;
	for (let stream = 1; stream <= still; stream++) {
		untaken += bytes(hub.heard(stream));
	}
	assert.ok(untaken < WATCH_UNTAKEN_BYTES_MAX + still * (WATCH_STREAM_UNTAKEN_BYTES_MIN + 110 * 1_024), `${untaken}`);
	hub.create(still + 1, 'k');
	hub.commit(put('k', 'small'));
	hub.settle();
	assert.deepEqual(
		hub.heard(still + 1).flatMap(({ events }) => events.map(({ value }) => value)),
		['small'],
	);
});

test('watch: flow: a turn ends with a bounded frame, and the rest follows', () => {
	const hub = new WatchHarness();
	const streams = 40;
	// Ids of their own, so that no response is shared.
	for (let stream = 0; stream < streams; stream++) {
		hub.create(stream, 'k', { watchId: BigInt(stream + 1) });
	}
	hub.turn();
	hub.posts = [];
	hub.commit(put('k', 'v'.repeat(1_000_000)));
	hub.turn();
	const sizes = () => hub.posts.map(({ message }) => message.responses.reduce((sum, each) => sum + each.length, 0));
	assert.ok((sizes()[0] ?? 0) <= WATCH_TURN_BYTES_MAX + 1_100_000);
	hub.settle();
	assert.equal(sizes().length, 2);
	for (let stream = 0; stream < streams; stream++) {
		assert.equal(mods(hub.heard(stream)).length, 1);
	}
});

test('watch: flow: a canceled watcher of a full stream is gone', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	hub.create(1, 'k');
	for (let i = 0; i < 20; i++) {
		hub.commit(put('k', KIB_100));
		hub.settle();
	}
	hub.cancel(1, 0n);
	hub.settle();
	hub.taken(1, bytes(hub.heard(1)));
	hub.settle();
	assert.deepEqual(new Set(hub.heard(1).map(({ id }) => id)), new Set([1]));
});

test('watch: flow: a stream has only so many watchers, and the one too many is told why', () => {
	const hub = new WatchHarness();
	for (let i = 0; i <= WATCHERS_PER_STREAM_MAX; i++) {
		hub.create(1, 'k');
	}
	hub.create(2, 'k');
	hub.settle();
	const heard = hub.heard(1);
	assert.equal(heard.filter(({ created, canceled }) => created && !canceled).length, WATCHERS_PER_STREAM_MAX);
	assert.deepEqual(
		heard.filter(({ canceled }) => canceled).map(({ id, reason }) => [id, reason]),
		[[-1, 'etcdserver: too many watchers on the stream (65536)']],
	);
	assert.equal(hub.heard(2).at(-1)?.canceled, false);
});
