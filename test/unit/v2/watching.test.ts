/** Which event of the v2 keyspace is for which watcher (reference/etcd-surface.md 1.6.8, 1.6.10, 1.7); the answers were seen on Debian's etcd 3.4. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { V2Action, V2Event } from '../../../src/v2/event.ts';
import { matchesLive, matchesScan } from '../../../src/v2/watching/history-match.ts';
import { WatchTree } from '../../../src/v2/watching/watch-tree.ts';

const encoder = new TextEncoder();

function face(path: string, directory: boolean): V2Event['node'] {
	return { path: encoder.encode(path), directory, value: null, modifiedIndex: 1, createdIndex: 1, expiration: 0 };
}

function event(action: V2Action, path: string, more: { directory?: boolean; refresh?: boolean; index?: number } = {}): V2Event {
	const { directory = false, refresh = false, index = 10 } = more;
	const isNew = action === 'create';
	return { ok: true, action, index, node: face(path, directory), prevNode: isNew ? null : face(path, directory), now: 0, refresh };
}

interface Watched {
	readonly path: string;
	readonly recursive?: boolean;
	readonly next?: number;
	readonly isThere?: boolean;
}

class Watcher {
	readonly title: string;
	readonly recursive: boolean;
	readonly next: number;

	constructor({ path, recursive = false, next = 0 }: Watched) {
		this.title = path + (recursive ? '/...' : '');
		this.recursive = recursive;
		this.next = next;
	}
}

function treeOf(watched: readonly Watched[]): WatchTree<Watcher> {
	const tree = new WatchTree<Watcher>();
	for (const each of watched) {
		tree.add(encoder.encode(each.path), new Watcher(each), () => each.isThere ?? true);
	}
	return tree;
}

function heard(tree: WatchTree<Watcher>, of: V2Event): string[] {
	return tree
		.hear(of)
		.map(({ title }) => title)
		.sort();
}

test('v2: watching: a write is for its own path and for recursive watchers above', () => {
	const tree = treeOf([
		{ path: '/a/b' },
		{ path: '/a' },
		{ path: '/a', recursive: true },
		{ path: '', recursive: true },
		{ path: '/a/bc', recursive: true },
		{ path: '/a/b/c' },
	]);
	assert.deepEqual(heard(tree, event('set', '/a/b')), ['/...', '/a/...', '/a/b']);
});

test('v2: watching: a directory that goes is for whoever watches a path that was in it', () => {
	const tree = treeOf([
		{ path: '/dir/there' },
		{ path: '/dir/_hidden/there' },
		{ path: '/dir/none', isThere: false },
		{ path: '/dirty' },
		{ path: '', recursive: false },
	]);
	assert.deepEqual(heard(tree, event('delete', '/dir', { directory: true })), ['/dir/_hidden/there', '/dir/there']);
	assert.deepEqual(heard(tree, event('expire', '/dir', { directory: true })), [], 'they are gone by now');
});

test('v2: watching: a path that a watched event has made is there, and its directories are', () => {
	const tree = treeOf([
		{ path: '/dir/sub', isThere: false },
		{ path: '/dir/sub/key', isThere: false },
	]);
	tree.hear(event('create', '/dir/sub/key'));
	assert.deepEqual(heard(tree, event('delete', '/dir', { directory: true })), ['/dir/sub', '/dir/sub/key']);
});

test('v2: watching: what lies below a hidden name is not for a recursive watcher above it, only for one inside', () => {
	const tree = treeOf([{ path: '/a', recursive: true }, { path: '/a/_h', recursive: true }, { path: '/a/_h/k' }]);
	assert.deepEqual(heard(tree, event('set', '/a/_h/k')), ['/a/_h/...', '/a/_h/k']);
});

test('v2: watching: a refresh is for nobody', () => {
	const refresh = event('update', '/a', { refresh: true });
	assert.deepEqual(heard(treeOf([{ path: '/a' }, { path: '', recursive: true }]), refresh), []);
	assert.equal(matchesScan({ path: encoder.encode('/a'), recursive: true }, refresh), false);
	assert.equal(matchesLive({ path: encoder.encode('/a'), recursive: true }, refresh), false);
});

test('v2: watching: an event before the index that a watcher waits for is not for it', () => {
	const tree = treeOf([{ path: '/a', next: 11 }]);
	assert.deepEqual(heard(tree, event('set', '/a', { index: 10 })), []);
	assert.deepEqual(heard(tree, event('set', '/a', { index: 11 })), ['/a']);
});

test('v2: watching: who leaves the tree leaves nothing behind', () => {
	const tree = new WatchTree<Watcher>();
	const watchers = ['/a/b/c', '/a/b', '/x'].map((path) => {
		const watcher = new Watcher({ path });
		return { watcher, place: tree.add(encoder.encode(path), watcher, () => false) };
	});
	for (const { watcher, place } of watchers) {
		tree.remove(place, watcher);
	}
	assert.equal(tree.size, 0);
	assert.equal(watchers[0]?.place.parent?.parent?.parent?.children.size, 0, 'the root has no children');
});

test('v2: watching: the scan of the history shows hidden keys, and takes a directory that went for a raw prefix', () => {
	const a = { path: encoder.encode('/a'), recursive: true };
	assert.equal(matchesScan(a, event('set', '/a/_h/k')), true);
	assert.equal(matchesLive(a, event('set', '/a/_h/k')), false);
	const foobar = { path: encoder.encode('/foobar'), recursive: false };
	assert.equal(matchesScan(foobar, event('delete', '/foo', { directory: true })), true);
	assert.equal(matchesLive(foobar, event('delete', '/foo', { directory: true })), false);
	assert.equal(matchesScan(foobar, event('delete', '/foo')), false, 'a file has nothing in it');
	const below = { path: encoder.encode('/foo/bar'), recursive: false };
	assert.equal(matchesLive(below, event('expire', '/foo', { directory: true })), true);
});

test('v2: watching: a recursive watcher does not take a longer name for its own directory', () => {
	const interest = { path: encoder.encode('/a'), recursive: true };
	assert.equal(matchesScan(interest, event('set', '/ab')), false);
	assert.equal(matchesLive(interest, event('set', '/ab')), false);
	assert.equal(matchesScan({ path: new Uint8Array(0), recursive: true }, event('set', '/ab')), true, 'all is below the root');
});
