import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WATCH_SLICE_RECORDS } from '../../../src/base/limits.ts';
import { put, remove, WatchHarness } from './watch-harness.ts';

const KIB_100 = 'v'.repeat(100 * 1_024);

function fill(hub: WatchHarness, upTo: number): void {
	while (hub.subject.state().revision < upTo) {
		hub.commitUnsaid(put('k', String(hub.subject.state().revision + 1)));
	}
	hub.changed();
}

test('watch: compaction: a start below it is made and then canceled, with its revision and no other', () => {
	const hub = new WatchHarness();
	fill(hub, 9);
	hub.compact(6);
	hub.changed();
	hub.create(1, 'k', { startRevision: 5 });
	hub.settle();
	const [created, canceled, ...more] = hub.heard(1);
	assert.deepEqual([created?.created, created?.canceled, created?.revision, created?.compactRevision], [true, false, 9, 0]);
	assert.deepEqual([canceled?.created, canceled?.canceled, canceled?.revision, canceled?.compactRevision], [false, true, 0, 6]);
	assert.equal(canceled?.reason, '');
	assert.deepEqual(more, []);
});

test('watch: compaction: a start below one that the hub has not heard of is canceled too', () => {
	const hub = new WatchHarness();
	fill(hub, 9);
	hub.settle();
	hub.compact(6);
	hub.create(1, 'k', { startRevision: 5 });
	hub.settle();
	assert.deepEqual(
		hub.heard(1).map(({ compactRevision }) => compactRevision),
		[0, 6],
	);
});

test('watch: compaction: a start at its revision hears that revision', () => {
	const hub = new WatchHarness();
	fill(hub, 9);
	hub.compact(6);
	hub.sweepAll();
	hub.changed();
	hub.create(1, 'k', { startRevision: 6 });
	assert.deepEqual(hub.events(1), ['put k@6=6', 'put k@7=7', 'put k@8=8', 'put k@9=9']);
});

test('watch: compaction: a deletion at its very revision is delivered (etcd 18089)', () => {
	const hub = new WatchHarness();
	hub.commit(put('k', 'v'), remove('k'));
	hub.compact(3);
	hub.sweepAll();
	hub.changed();
	hub.create(1, 'k', { startRevision: 3 });
	assert.deepEqual(hub.events(1), ['delete k@3']);
});

test('watch: compaction: a deletion at its revision outlives a sweep in slices and a restart (etcd 17780, 19179)', () => {
	const hub = new WatchHarness();
	hub.commit(put('k', 'v'), put('other', 'v'), remove('k'));
	hub.compact(4);
	while (hub.subject.sweep(1)) {
		hub.replaceStore(() => {});
	}
	hub.changed();
	hub.create(1, 'k', { startRevision: 4 });
	hub.commit(put('k', 'again'));
	assert.deepEqual(hub.events(1), ['delete k@4', 'put k@5=again']);
});

test('watch: compaction: live watchers outlive one at the current revision that the hub hears of together with its writes', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	hub.commitUnsaid(put('k', '2'), put('k', '3'));
	hub.compact(3);
	hub.changed();
	assert.deepEqual(hub.events(1), ['put k@2=2', 'put k@3=3']);
});

test('watch: compaction: a hub that comes after the sweep cancels the live watchers that may have missed something', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	hub.create(2, 'k', { startRevision: 3 });
	hub.turn();
	hub.heard(1);
	hub.commitUnsaid(put('k', '2'), put('k', '3'));
	hub.compact(3);
	hub.sweepAll();
	hub.changed();
	hub.settle();
	assert.deepEqual(
		hub.heard(1).map(({ canceled, compactRevision, events }) => ({ canceled, compactRevision, events: events.length })),
		[{ canceled: true, compactRevision: 3, events: 0 }],
	);
	assert.deepEqual(hub.events(2), ['put k@3=3']);
});

test('watch: compaction: a slow watcher that it passes is canceled, never moved on in silence (etcd 17529)', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	for (let i = 0; i < 30; i++) {
		hub.commit(put('k', KIB_100));
		hub.settle();
	}
	const before = hub.heard(1);
	const last = before.flatMap(({ events }) => events.map(({ mod }) => mod)).at(-1) ?? 0;
	hub.compact(last + 5);
	hub.sweepAll();
	hub.changed();
	hub.settle();
	hub.taken(
		1,
		before.reduce((sum, { bytes }) => sum + bytes, 0),
	);
	hub.settle();
	const after = hub.heard(1);
	assert.deepEqual(
		after.map(({ canceled, compactRevision }) => ({ canceled, compactRevision })),
		[{ canceled: true, compactRevision: last + 5 }],
	);
});

test('watch: compaction: one that a watcher on its way through history is ahead of does not disturb it', () => {
	const revisions = 4 * WATCH_SLICE_RECORDS;
	const hub = new WatchHarness();
	fill(hub, revisions);
	hub.settle();
	hub.create(1, 'k', { startRevision: 2 });
	for (let i = 0; i < 3; i++) {
		hub.turn();
	}
	hub.compact(WATCH_SLICE_RECORDS);
	hub.sweepAll();
	hub.changed();
	const events = hub.events(1);
	assert.equal(events.length, revisions - 1);
	assert.equal(events.at(-1), `put k@${revisions}=${revisions}`);
});

test('watch: compaction: previous values that it dropped are left out', () => {
	const hub = new WatchHarness();
	fill(hub, 6);
	hub.compact(6);
	hub.sweepAll();
	hub.changed();
	hub.create(1, 'k', { startRevision: 6, prevKv: true });
	hub.commit(put('k', '7'));
	hub.settle();
	assert.deepEqual(
		hub.heard(1).flatMap(({ events }) => events.map(({ previous }) => previous)),
		[null, '6'],
	);
});

test('watch: snapshot: watchers go on in a new store without a gap and without a repeat (etcd 15271)', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	hub.commit(put('k', '2'));
	hub.settle();
	hub.replaceStore((store) => {
		store.raw(put('k', '3'));
		store.raw(put('k', '4'));
	});
	hub.changed();
	assert.deepEqual(hub.events(1), ['put k@2=2', 'put k@3=3', 'put k@4=4']);
	assert.deepEqual(hub.closed, [1]);
});

test('watch: snapshot: a watcher of the future hears nothing old from a new store (etcd 20221)', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k', { startRevision: 6 });
	hub.create(1, 'k');
	hub.askProgress(1);
	hub.replaceStore((store) => {
		for (let i = 0; i < 3; i++) {
			store.raw(put('k'));
		}
	});
	hub.changed();
	hub.settle();
	assert.deepEqual(
		hub
			.heard(1)
			.filter(({ created }) => !created)
			.map(({ id, events }) => [id, events.length]),
		[[1, 3]],
	);
	hub.commit(put('k', '5'), put('k', '6'));
	hub.settle();
	assert.deepEqual(
		hub.heard(1).map(({ id, events }) => [id, events.map(({ mod }) => mod)]),
		[
			[1, [5, 6]],
			[0, [6]],
			[-1, []],
		],
	);
});

test('watch: snapshot: a new store that has compacted what a live watcher lacks cancels it', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	hub.turn();
	hub.heard(1);
	hub.replaceStore((store) => {
		for (let i = 0; i < 5; i++) {
			store.raw(put('k'));
		}
		store.compact(5);
		while (store.sweep(100));
	});
	hub.changed();
	hub.settle();
	assert.deepEqual(
		hub.heard(1).map(({ canceled, compactRevision }) => [canceled, compactRevision]),
		[[true, 5]],
	);
});
