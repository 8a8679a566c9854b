import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Index } from '../../../src/base/brand.ts';
import { Inflight } from '../../../src/raft/inflight.ts';

test('raft: inflight: is full by count or by bytes, and an acknowledgement frees all up to it', () => {
	const window = new Inflight({ countMax: 3, bytesMax: 100 });
	window.add(1 as Index, 10);
	window.add(5 as Index, 10);
	window.add(6 as Index, 10);
	equal(window.isFull, true);
	window.freeUpTo(5 as Index);
	deepEqual([window.isFull, window.count, window.bytes], [false, 1, 10]);
	window.add(7 as Index, 90);
	equal(window.isFull, true);
});

test('raft: inflight: an acknowledgement within a run frees nothing of it', () => {
	const window = new Inflight({ countMax: 3, bytesMax: 100 });
	window.add(5 as Index, 10);
	window.freeUpTo(4 as Index);
	equal(window.bytes, 10);
});

test('raft: inflight: is never over-full', () => {
	const window = new Inflight({ countMax: 1, bytesMax: 100 });
	window.add(1 as Index, 10);
	throws(() => window.add(2 as Index, 10));
});

test('raft: inflight: small entries extend a run until it is large enough', () => {
	const window = new Inflight({ countMax: 10, bytesMax: 1_000 });
	for (let index = 1; index <= 6; index++) {
		window.extend(index as Index, 10, 30);
	}
	deepEqual([window.count, window.bytes], [2, 60]);
});
