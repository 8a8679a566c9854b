import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WATCH_SLICE_RECORDS } from '../../../src/base/limits.ts';
import { put, WatchHarness } from './watch-harness.ts';

const TICKS = 10;
const KIB_100 = 'v'.repeat(100 * 1_024);

function quietHub(): WatchHarness {
	const hub = new WatchHarness({ progressTicks: TICKS });
	hub.commit(put('other'));
	hub.settle();
	return hub;
}

test('watch: progress: a quiet watcher that asked for it hears the revision, under its id', () => {
	const hub = quietHub();
	hub.create(1, 'k', { watchId: 4n, progressNotify: true });
	hub.create(1, 'k');
	hub.turn();
	hub.heard(1);
	hub.tick(TICKS - 1);
	assert.deepEqual(hub.heard(1), []);
	hub.commit(put('other'));
	hub.turn();
	hub.tick();
	assert.deepEqual(
		hub.heard(1).map(({ id, revision, events, created, canceled }) => ({ id, revision, events, created, canceled })),
		[{ id: 4, revision: 3, events: [], created: false, canceled: false }],
	);
});

test('watch: progress: it comes again and again while nothing happens', () => {
	const hub = quietHub();
	hub.create(1, 'k', { progressNotify: true });
	hub.turn();
	hub.heard(1);
	hub.tick(5 * TICKS);
	assert.equal(hub.heard(1).length, 5);
});

test('watch: progress: an interval with events has none', () => {
	const hub = quietHub();
	hub.create(1, 'k', { progressNotify: true });
	hub.commit(put('k'));
	hub.settle();
	hub.heard(1);
	hub.tick(TICKS);
	assert.deepEqual(hub.heard(1), []);
	hub.tick(TICKS);
	assert.equal(hub.heard(1).length, 1);
});

test('watch: progress: none for a watcher that is behind, nor for one of the future', () => {
	const hub = quietHub();
	hub.create(1, 'k', { progressNotify: true });
	hub.create(2, 'k', { progressNotify: true, startRevision: 500 });
	hub.turn();
	hub.heard(2);
	for (let i = 0; i < 20; i++) {
		hub.commit(put('k', KIB_100));
		hub.turn();
	}
	hub.tick();
	hub.heard(1);
	hub.tick(5 * TICKS);
	assert.deepEqual(hub.heard(1), []);
	assert.deepEqual(hub.heard(2), []);
});

test('watch: progress: asked for, it is told for the stream as a whole', () => {
	const hub = quietHub();
	hub.create(1, 'k');
	hub.turn();
	hub.heard(1);
	hub.askProgress(1);
	hub.turn();
	assert.deepEqual(
		hub.heard(1).map(({ id, revision, events }) => ({ id, revision, events })),
		[{ id: -1, revision: 2, events: [] }],
	);
});

test('watch: progress: asked for in the turn of a write, it comes behind the events (etcd 15220)', () => {
	const hub = quietHub();
	hub.create(1, 'k');
	hub.turn();
	hub.heard(1);
	hub.askProgress(1);
	hub.commit(put('k'));
	hub.turn();
	assert.deepEqual(
		hub.heard(1).map(({ id, revision, events }) => [id, revision, events.length]),
		[
			[0, 3, 1],
			[-1, 3, 0],
		],
	);
});

test('watch: progress: asked for while a watcher is behind, it waits for that watcher (etcd 15220)', () => {
	const hub = new WatchHarness();
	hub.commit(...Array.from({ length: 3 * WATCH_SLICE_RECORDS }, () => put('k')));
	hub.settle();
	hub.create(1, 'k', { startRevision: 2 });
	hub.create(1, 'other');
	hub.askProgress(1);
	hub.turn();
	hub.turn();
	assert.ok(!hub.heard(1).some(({ id }) => id === -1));
	hub.settle();
	const heard = hub.heard(1);
	assert.equal(heard.filter(({ id }) => id === -1).length, 1);
	assert.equal(heard.at(-1)?.id, -1);
	assert.equal(heard.at(-1)?.revision, 3 * WATCH_SLICE_RECORDS + 1);
});

test('watch: progress: asked for on a full stream, it waits until the rest has been sent', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	for (let i = 0; i < 15; i++) {
		hub.commit(put('k', KIB_100));
		hub.settle();
	}
	hub.askProgress(1);
	hub.settle();
	const first = hub.heard(1);
	assert.ok(!first.some(({ id }) => id === -1));
	hub.taken(
		1,
		first.reduce((sum, { bytes }) => sum + bytes, 0),
	);
	hub.settle();
	const rest = hub.heard(1);
	assert.equal(rest.at(-1)?.id, -1);
	assert.equal(rest.flatMap(({ events }) => events).at(-1)?.mod, 16);
});

test('watch: progress: a stream without watchers is not answered', () => {
	const hub = quietHub();
	hub.create(1, 'k');
	hub.cancel(1, 0n);
	hub.askProgress(1);
	hub.askProgress(7);
	hub.turn();
	assert.ok(!hub.heard(1).some(({ id }) => id === -1));
	assert.deepEqual(hub.heard(7), []);
});
