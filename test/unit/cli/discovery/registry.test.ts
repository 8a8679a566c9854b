/** What the entries of a discovery token mean for one member. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Entry, judge, parseSize } from '../../../../src/cli/discovery/registry.ts';

function listing(...entries: readonly Entry[]): { entries: readonly Entry[]; since: number } {
	return { entries, since: 0 };
}

const A: Entry = { id: 'a', value: 'm1=http://10.0.0.1:2380' };
const B: Entry = { id: 'b', value: 'm2=http://10.0.0.2:2380,m2=http://10.0.1.2:2380' };
const C: Entry = { id: 'c', value: 'm3=http://10.0.0.3:2380' };

test('discovery: registry: with room, a member that has no entry is to register', () => {
	assert.deepEqual(judge(listing(A), { size: 2, ownId: 'b' }), { kind: 'room' });
});

test('discovery: registry: one that has registered waits for those who are missing', () => {
	assert.deepEqual(judge(listing(A), { size: 3, ownId: 'a' }), { kind: 'waiting', missing: 2 });
});

test('discovery: registry: the first ones are the cluster, with all URLs of each', () => {
	const judged = judge(listing(B, A, C), { size: 2, ownId: 'a' });
	assert.deepEqual(judged, {
		kind: 'complete',
		members: [
			{ name: 'm1', urls: ['http://10.0.0.1:2380'] },
			{ name: 'm2', urls: ['http://10.0.0.2:2380', 'http://10.0.1.2:2380'] },
		],
	});
});

test('discovery: registry: one that registered too late has no place, though it has an entry', () => {
	assert.deepEqual(judge(listing(A, B, C), { size: 2, ownId: 'c' }), { kind: 'full' });
});

test('discovery: registry: two members of one name are told so, and not taken for one', () => {
	const judged = judge(listing(A, { id: 'z', value: 'm1=http://10.0.0.9:2380' }), { size: 2, ownId: 'a' });
	assert.equal(judged.kind, 'broken');
	assert.match(judged.kind === 'broken' ? judged.problem : '', /the members a and z have one name \(m1\)/);
});

test('discovery: registry: an entry that is no member, or a URL of two, is named', () => {
	for (const value of ['', 'http://10.0.0.9:2380', 'm9=ftp://x', 'm8=http://10.0.0.8:2380,m9=http://10.0.0.9:2380', 'm9=http://10.0.0.1:2380']) {
		assert.equal(judge(listing(A, { id: 'z', value }), { size: 2, ownId: 'a' }).kind, 'broken', value);
	}
});

test('discovery: registry: a size is a number from 1 on', () => {
	assert.deepEqual(['1', '3', ' 5\n', '1000'].map(parseSize), [1, 3, 5, 1000]);
	assert.deepEqual(['', '0', '-3', 'three', '1e3', '1001', '99999'].map(parseSize), [null, null, null, null, null, null, null]);
});
