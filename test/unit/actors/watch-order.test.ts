import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WATCH_SLICE_RECORDS } from '../../../src/base/limits.ts';
import { put, remove, txn, WatchHarness } from './watch-harness.ts';

const BIG = 'v'.repeat(100);

test('watch: order: the events of one revision come in one response, however large', () => {
	const hub = new WatchHarness({ fragmentBytes: 200 });
	hub.create(1, 'k', { rangeEnd: 'l' });
	hub.commit(put('k0', BIG), txn(put('k1', BIG), put('k2', BIG), put('k3', BIG), put('k4', BIG)), put('k5', BIG));
	hub.settle();
	const revisions = hub.heard(1).map(({ events }) => events.map(({ mod }) => mod));
	assert.deepEqual(revisions, [[], [2], [3, 3, 3, 3], [4]]);
});

test('watch: order: who asked for fragments gets a large revision in several responses, and knows which is the last', () => {
	const hub = new WatchHarness({ fragmentBytes: 200 });
	hub.create(1, 'k', { rangeEnd: 'l', fragment: true });
	hub.commit(put('k0', BIG), txn(put('k1', BIG), put('k2', BIG), put('k3', BIG), put('k4', BIG)), put('k5', BIG));
	hub.settle();
	const shown = hub.heard(1).map(({ events, fragment }) => ({ mods: events.map(({ mod }) => mod), fragment }));
	assert.deepEqual(shown, [
		{ mods: [], fragment: false },
		{ mods: [2], fragment: false },
		{ mods: [3], fragment: true },
		{ mods: [3], fragment: true },
		{ mods: [3], fragment: true },
		{ mods: [3], fragment: false },
		{ mods: [4], fragment: false },
	]);
});

test('watch: order: a stream that fills up amid fragments still gets the revision to its end', () => {
	const huge = 'v'.repeat(600_000);
	const hub = new WatchHarness({ fragmentBytes: 700_000 });
	hub.create(1, 'k', { rangeEnd: 'l', fragment: true });
	hub.commit(txn(put('k1', huge), put('k2', huge), put('k3', huge)), put('k4', huge));
	hub.settle();
	assert.deepEqual(
		hub.heard(1).map(({ events, fragment }) => [events.length, fragment]),
		[
			[0, false],
			[1, true],
			[1, true],
			[1, false],
		],
	);
});

test('watch: order: a backlog of the hub is read in slices, and nothing is lost between them', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k', { rangeEnd: 'l' });
	const total = 2 * WATCH_SLICE_RECORDS + 10;
	hub.commit(...Array.from({ length: total }, (_, i) => put(`k${i % 7}`, String(i))));
	hub.turn();
	assert.ok(hub.pending > 0);
	assert.deepEqual(
		hub.events(1),
		Array.from({ length: total }, (_, i) => `put k${i % 7}@${i + 2}=${i}`),
	);
});

test('watch: order: a slice never ends within a revision', () => {
	const hub = new WatchHarness();
	hub.commit(...Array.from({ length: 2 * WATCH_SLICE_RECORDS }, (_, i) => put(`k${String(i).padStart(5, '0')}`)));
	hub.settle();
	hub.create(1, 'k', { rangeEnd: 'l' });
	hub.commit(remove('k', 'l'), put('k'));
	hub.settle();
	assert.deepEqual(
		hub.heard(1).map(({ events }) => events.length),
		[0, 2 * WATCH_SLICE_RECORDS, 1],
	);
});

test('watch: order: a watcher that is created while the hub has a backlog hears none of it', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	hub.commit(...Array.from({ length: 2 * WATCH_SLICE_RECORDS }, () => put('k')));
	hub.turn();
	hub.create(2, 'k');
	hub.commit(put('k', 'last'));
	assert.deepEqual(hub.events(2), [`put k@${2 * WATCH_SLICE_RECORDS + 2}=last`]);
});

test('watch: order: watchers from many places in the past all meet the live ones, each event once', () => {
	const revisions = 3 * WATCH_SLICE_RECORDS;
	const hub = new WatchHarness({}, (store) => {
		for (let i = 2; i <= revisions; i++) {
			store.raw(put('k'));
		}
	});
	const starts = Array.from({ length: 60 }, (_, i) => 2 + i * 47);
	for (const [stream, startRevision] of starts.entries()) {
		hub.create(stream, 'k', { startRevision });
	}
	hub.turn();
	hub.commit(put('k'), put('k'));
	hub.settle();
	for (const [stream, start] of starts.entries()) {
		const mods = hub.heard(stream).flatMap(({ events }) => events.map(({ mod }) => mod));
		assert.deepEqual(
			mods,
			Array.from({ length: revisions + 3 - start }, (_, i) => start + i),
			`from ${start}`,
		);
	}
});

test('watch: order: one who is nearly there does not wait for those who read all of history', () => {
	const revisions = 20 * WATCH_SLICE_RECORDS;
	const hub = new WatchHarness({}, (store) => {
		for (let i = 2; i <= revisions; i++) {
			store.raw(put('far'));
		}
		store.raw(put('near', 'v'));
	});
	for (let stream = 0; stream < 40; stream++) {
		hub.create(stream, 'nothing', { startRevision: 2 + stream * WATCH_SLICE_RECORDS * 0.4 });
	}
	hub.create(99, 'near', { startRevision: revisions - 10 });
	for (let i = 0; i < 20; i++) {
		hub.turn();
	}
	assert.equal(hub.heard(99).length, 2);
});
