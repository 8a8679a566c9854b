import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Interest } from '../../../src/watch/interest.ts';
import { equalsText, hashKey, hashText, keyText } from '../../../src/watch/key-text.ts';
import { RangeTree } from '../../../src/watch/range-tree.ts';
import { WatchIndex } from '../../../src/watch/watch-index.ts';
import { isEmpty, toWatchedKeys } from '../../../src/watch/watched-keys.ts';
import { Watcher, WatchStream } from '../../../src/watch/watcher.ts';

const byte = fc.constantFrom(0, 1, 0x61, 0x62, 0x80, 0x9f, 0xff);
const key = fc.array(byte, { minLength: 1, maxLength: 4 }).map((bytes) => Uint8Array.from(bytes));
const rangeEnd = fc.oneof(fc.constant(new Uint8Array(0)), fc.constant(new Uint8Array(1)), key);

function place(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly lo: number; readonly hi: number } {
	const padded = Uint8Array.from([7, ...bytes, 7]);
	return { bytes: padded, lo: 1, hi: 1 + bytes.length };
}

function order(a: Uint8Array, b: Uint8Array): number {
	return Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function isIn(watched: Uint8Array, lo: Uint8Array, end: Uint8Array): boolean {
	if (end.length === 0) {
		return order(watched, lo) === 0;
	}
	return order(watched, lo) >= 0 && ((end.length === 1 && end[0] === 0) || order(watched, end) < 0);
}

test('watch: key text: order, equality and hash are those of the bytes', () => {
	fc.assert(
		fc.property(key, key, (a, b) => {
			const { bytes, lo, hi } = place(b);
			const text = keyText(a);
			assert.equal(equalsText(text, bytes, lo, hi), order(a, b) === 0);
			assert.equal(text < keyText(b), order(a, b) < 0);
			assert.equal(hashText(keyText(b)), hashKey(bytes, lo, hi));
		}),
	);
});

test('watch: key text: a key of many pieces is one text', () => {
	const long = Uint8Array.from({ length: 5_000 }, (_, i) => i % 256);
	assert.equal(keyText(long), Buffer.from(long).toString('latin1'));
});

test('watch: keys: what is empty and what is not', () => {
	const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
	const shapes = [
		['k', '', false],
		['k', 'l', false],
		['k', 'k', true],
		['k', 'a', true],
		['k', '\0', false],
		['', '', false],
		['', '\0', false],
	] as const;
	for (const [lo, hi, expected] of shapes) {
		assert.equal(isEmpty(toWatchedKeys(bytes(lo), bytes(hi))), expected, `${lo}..${hi}`);
	}
});

test('watch: index: a key finds exactly the watchers whose keys hold it, through additions and removals', () => {
	const step = fc.record({ key, rangeEnd, removes: fc.nat({ max: 3 }), probe: key });
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const index = new WatchIndex();
			const stream = new WatchStream(0, 1);
			const there: { readonly watcher: Watcher; readonly lo: Uint8Array; readonly end: Uint8Array }[] = [];
			for (const [i, each] of steps.entries()) {
				const watcher = new Watcher(stream, i, toWatchedKeys(each.key, each.rangeEnd), 0, 1);
				index.add(watcher);
				there.push({ watcher, lo: each.key, end: each.rangeEnd });
				for (let r = 0; r < each.removes - 1 && there.length > 0; r++) {
					const [gone] = there.splice((i * 7) % there.length, 1);
					index.remove(gone?.watcher as Watcher);
				}
				const found: Watcher[] = [];
				index.match(place(each.probe), (interest: Interest) => found.push(...interest.watchers));
				const expected = there.filter(({ lo, end }) => isIn(each.probe, lo, end)).map(({ watcher }) => watcher);
				assert.deepEqual(new Set(found), new Set(expected));
				assert.equal(found.length, expected.length);
				assert.equal(index.size, there.length);
			}
			assert.deepEqual(new Set(index.watchers()), new Set(there.map(({ watcher }) => watcher)));
		}),
	);
});

test('watch: index: two keys with the same hash do not hear of one another', () => {
	const keys = new Map<number, string>();
	let pair: readonly [string, string] | null = null;
	for (let i = 0; pair === null; i++) {
		const text = i.toString(36);
		const twin = keys.get(hashText(text));
		pair = twin === undefined ? null : [twin, text];
		keys.set(hashText(text), text);
	}
	const index = new WatchIndex();
	const stream = new WatchStream(0, 1);
	const watchers = pair.map((text, i) => new Watcher(stream, i, { lo: text, hi: '', single: true }, 0, 1));
	for (const watcher of watchers) {
		index.add(watcher);
	}
	const heard = (text: string): readonly Watcher[] => {
		const found: Watcher[] = [];
		index.match(place(Uint8Array.from(Buffer.from(text))), (interest) => found.push(...interest.watchers));
		return found;
	};
	assert.deepEqual([heard(pair[0]), heard(pair[1])], [[watchers[0]], [watchers[1]]]);
	index.remove(watchers[0] as Watcher);
	assert.deepEqual([heard(pair[0]), heard(pair[1])], [[], [watchers[1]]]);
});

test('watch: ranges: a hundred thousand of them in order make no deep tree', () => {
	const tree = new RangeTree<{ readonly lo: string; readonly hi: string }>();
	const total = 100_000;
	const name = (i: number): string => String(i).padStart(6, '0');
	for (let i = 0; i < total; i++) {
		tree.add({ lo: name(i), hi: name(i + 2) });
	}
	const hits: string[] = [];
	tree.stab(name(500), ({ lo }) => hits.push(lo));
	assert.deepEqual(hits, [name(499), name(500)]);
});
