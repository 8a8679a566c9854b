import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, type Heard, put, remove, txn, WatchHarness } from './watch-harness.ts';

/** A response without what is usual. */
function brief({ bytes: _bytes, events, ...rest }: Heard): Record<string, unknown> {
	const shown: Record<string, unknown> = { id: rest.id, revision: rest.revision };
	for (const [name, value] of Object.entries(rest)) {
		if (value !== false && value !== 0 && value !== '' && name !== 'term') {
			shown[name] = value;
		}
	}
	return events.length === 0 ? shown : { ...shown, events: events.length };
}

function briefs(hub: WatchHarness, stream: number): Record<string, unknown>[] {
	hub.settle();
	return hub.heard(stream).map(brief);
}

test('watch: hub: a watcher from now is told so, and hears what comes after', () => {
	const hub = new WatchHarness();
	hub.commit(put('k', 'old'));
	hub.settle();
	hub.create(1, 'k');
	hub.commit(put('k', 'new'), put('other', 'x'));
	hub.settle();
	const [created, events, ...more] = hub.heard(1);
	assert.ok(created !== undefined && events !== undefined && more.length === 0);
	assert.deepEqual(brief(created), { id: 0, revision: 2, created: true });
	assert.deepEqual(events.events, [{ type: 'PUT', key: 'k', value: 'new', create: 2, mod: 3, version: 2, previous: null }]);
	assert.equal(events.revision, 4);
});

test('watch: hub: a deletion shows the key and its revision, and nothing else', () => {
	const hub = new WatchHarness();
	hub.commit(put('k', 'v'));
	hub.create(1, 'k');
	hub.commit(remove('k'));
	hub.settle();
	assert.deepEqual(hub.heard(1)[1]?.events, [{ type: 'DELETE', key: 'k', value: '', create: 0, mod: 3, version: 0, previous: null }]);
});

test('watch: hub: the header names cluster, member and term', () => {
	const hub = new WatchHarness();
	hub.elect(7);
	hub.create(1, 'k');
	hub.turn();
	assert.equal(hub.heard(1)[0]?.term, 7);
});

test('watch: hub: a watcher from the past hears everything from its revision on, once', () => {
	const hub = new WatchHarness({}, (store) => {
		for (let i = 2; i < 10; i++) {
			store.raw(put('k', String(i)));
		}
	});
	hub.create(1, 'k', { startRevision: 7 });
	hub.commit(put('k', '10'));
	assert.deepEqual(hub.events(1), ['put k@7=7', 'put k@8=8', 'put k@9=9', 'put k@10=10']);
});

test('watch: hub: a watcher of the future is silent until its revision', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k', { startRevision: 4 });
	hub.commit(put('k', '2'), put('k', '3'), put('k', '4'), put('k', '5'));
	assert.deepEqual(hub.events(1), ['put k@4=4', 'put k@5=5']);
});

test('watch: hub: a hub behind what the lane could read starts a watcher after that', () => {
	const hub = new WatchHarness();
	hub.commitUnsaid(put('k', '2'), put('k', '3'));
	hub.create(1, 'k');
	hub.settle();
	assert.deepEqual(hub.heard(1).map(brief), [{ id: 0, revision: 3, created: true }]);
	hub.commit(put('k', '4'));
	assert.deepEqual(hub.events(1), ['put k@4=4']);
});

test('watch: hub: ranges, from-key and everything match as in etcd', () => {
	const hub = new WatchHarness();
	hub.create(1, 'b', { rangeEnd: 'd' });
	hub.create(2, 'c', { rangeEnd: '\0' });
	hub.create(3, '', { rangeEnd: '\0' });
	hub.create(4, '');
	hub.commit(put('a'), put('b'), put('c'), put('d'), put('\xff\xff'), put('\0'));
	assert.deepEqual(hub.events(1), ['put b@3=', 'put c@4=']);
	assert.deepEqual(hub.events(2), ['put c@4=', 'put d@5=', 'put \xff\xff@6=']);
	assert.equal(hub.events(3).length, 6);
	assert.deepEqual(hub.events(4), ['put \0@7=']);
});

test('watch: hub: an empty range is refused with an id that names nobody', () => {
	const hub = new WatchHarness();
	hub.create(1, 'b', { rangeEnd: 'b' });
	hub.create(1, 'b', { rangeEnd: 'a' });
	const refused = { id: -1, revision: 1, created: true, canceled: true, reason: 'mvcc: watcher range is empty' };
	assert.deepEqual(briefs(hub, 1), [refused, refused]);
});

test('watch: hub: a negative start is refused as compacted', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k', { startRevision: -5 });
	const reason = 'etcdserver: mvcc: required revision has been compacted';
	assert.deepEqual(briefs(hub, 1), [{ id: -1, revision: 1, created: true, canceled: true, reason }]);
});

test('watch: hub: ids count up from 0 past those that the client chose', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k', { watchId: 1n });
	hub.create(1, 'k');
	hub.create(1, 'k');
	hub.create(2, 'k');
	assert.deepEqual(
		briefs(hub, 1).map(({ id }) => id),
		[1, 0, 2],
	);
	assert.equal(hub.heard(2)[0]?.id, 0);
});

test('watch: hub: an id that is taken is refused, and free again after a cancel', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k', { watchId: 9n });
	hub.create(1, 'k', { watchId: 9n });
	hub.cancel(1, 9n);
	hub.create(1, 'k', { watchId: 9n });
	assert.deepEqual(briefs(hub, 1), [
		{ id: 9, revision: 1, created: true },
		{ id: -1, revision: 1, created: true, canceled: true, reason: 'mvcc: duplicate watch ID provided on the WatchStream' },
		{ id: 9, revision: 1, canceled: true },
		{ id: 9, revision: 1, created: true },
	]);
});

test('watch: hub: ids of 64 bits come back as they were given', () => {
	const hub = new WatchHarness();
	const ids = [2n ** 63n - 1n, -(2n ** 63n), -7n];
	for (const watchId of ids) {
		hub.create(1, 'k', { watchId });
		hub.create(1, 'k', { watchId });
	}
	hub.commit(put('k'));
	hub.settle();
	const heard = hub.heard(1);
	assert.equal(heard.filter(({ canceled }) => canceled).length, ids.length);
	assert.deepEqual(new Set(heard.filter(({ events }) => events.length > 0).map(({ id }) => id)), new Set(ids.map(Number)));
});

test('watch: hub: a canceled watcher hears no more, and an unknown one is not answered', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k');
	hub.commit(put('k'));
	hub.settle();
	hub.heard(1);
	hub.cancel(1, 0n);
	hub.cancel(1, 5n);
	hub.cancel(8, 0n);
	hub.commit(put('k'));
	assert.deepEqual(briefs(hub, 1), [{ id: 0, revision: 2, canceled: true }]);
});

test('watch: hub: filters leave out puts or deletions, and say nothing when nothing is left', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k', { noPut: true });
	hub.create(2, 'k', { noDelete: true });
	hub.create(3, 'k', { noPut: true, noDelete: true });
	hub.commit(put('k', 'a'), remove('k'), put('k', 'b'));
	assert.deepEqual(hub.events(1), ['delete k@3']);
	assert.deepEqual(hub.events(2), ['put k@2=a', 'put k@4=b']);
	assert.equal(hub.heard(3).length, 1);
});

test('watch: hub: previous values only for those who asked', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k', { prevKv: true });
	hub.create(2, 'k');
	hub.commit(put('k', 'a'), put('k', 'b'), remove('k'), put('k', 'c'));
	hub.settle();
	const previous = (stream: number) => hub.heard(stream).flatMap(({ events }) => events.map((event) => event.previous));
	assert.deepEqual(previous(1), [null, 'a', 'b', null]);
	assert.deepEqual(previous(2), [null, null, null, null]);
});

test('watch: hub: the previous value of a key that changed twice in a revision is the one before the revision', () => {
	const hub = new WatchHarness();
	hub.commit(put('k', 'old'));
	hub.create(1, 'k', { prevKv: true });
	// etcd allows a put and, in a later nested txn, a deletion of the same key.
	hub.commit(txn(txn(put('k', 'new')), txn(remove('k'))));
	hub.settle();
	const events = hub.heard(1).flatMap((response) => response.events);
	assert.deepEqual(
		events.map(({ type, previous }) => [type, previous]),
		[
			['PUT', 'old'],
			['DELETE', 'old'],
		],
	);
});

test('watch: hub: watchers of one id and the same events share one response', () => {
	const hub = new WatchHarness();
	for (let stream = 1; stream <= 50; stream++) {
		hub.create(stream, 'k');
	}
	hub.turn();
	hub.posts = [];
	hub.commit(put('k', 'v'));
	hub.settle();
	assert.deepEqual(
		hub.posts.map(({ message }) => message.streams.map((streams) => streams.length)),
		[[50]],
	);
});

test('watch: hub: each lane hears of its own streams', () => {
	const hub = new WatchHarness();
	hub.create(1, 'k', { lane: 0 });
	hub.create(1, 'k', { lane: 2 });
	hub.commit(put('k', 'v'));
	assert.deepEqual(hub.events(1, 0), ['put k@2=v']);
	assert.deepEqual(hub.events(1, 2), ['put k@2=v']);
	assert.deepEqual(hub.events(1, 1), []);
});

test('watch: hub: a closed stream is forgotten with all its watchers, wherever they are', () => {
	const hub = new WatchHarness({}, (store) => {
		store.raw(put('k'));
	});
	hub.create(1, 'k');
	hub.create(1, 'k', { startRevision: 2 });
	hub.close(1);
	hub.taken(1, 10);
	hub.commit(put('k'));
	hub.settle();
	assert.deepEqual(
		hub.heard(1).map(({ created }) => created),
		[true, true],
	);
});

test('watch: hub: what the store said before the hub read it moves nothing back', () => {
	const hub = new WatchHarness({}, (store) => {
		store.raw(put('k', '2'));
		store.raw(put('k', '3'));
	});
	hub.create(1, 'k');
	hub.say({ kind: 'changed', generation: 1, revision: 2, compactRevision: -1 });
	hub.commit(put('k', '4'));
	assert.deepEqual(hub.events(1), ['put k@4=4']);
});

test('watch: hub: without watchers nothing is read', () => {
	const hub = new WatchHarness();
	hub.commit(put('k'));
	hub.turn();
	assert.equal(hub.pending, 0);
});

test('watch: hub: a key longer than the engine bears is watched like any other', () => {
	const hub = new WatchHarness();
	const long = 'x'.repeat(6_000);
	hub.create(1, long);
	hub.create(2, 'x', { rangeEnd: 'y' });
	hub.commit(put(long, 'v'), put(`${long}y`, 'w'));
	assert.equal(hub.events(1).length, 1);
	assert.equal(hub.events(2).length, 2);
	assert.equal(bytesOf(long).length, 6_000);
});
