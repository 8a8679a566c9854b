import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeKeyValue } from '../../../src/mvcc/stored-key-value.ts';
import { mvccpb } from '../../../src/rpc/generated/messages.js';
import { cutChunks } from '../../../src/watch/chunks.ts';
import { encodeEvent, type WatchEvent } from '../../../src/watch/watch-event.ts';
import { WATCH_FLAG } from '../../../src/watch/watcher.ts';

const MAX = 100;

function eventOf(revision: number, bytes: number): WatchEvent {
	return { revision, isDelete: false, plain: new Uint8Array(bytes), withPrevious: null };
}

const history = fc.array(fc.record({ advance: fc.nat({ max: 2 }), bytes: fc.integer({ min: 1, max: 140 }) }), { maxLength: 30 }).map((steps) => {
	let revision = 1;
	return steps.map(({ advance, bytes }) => {
		revision += advance;
		return eventOf(revision, bytes);
	});
});

test('watch: chunks: every event is in one of them, in order', () => {
	fc.assert(
		fc.property(history, fc.boolean(), (events, fragment) => {
			const chunks = cutChunks(events, fragment ? WATCH_FLAG.fragment : 0, 0, MAX);
			assert.deepEqual(
				chunks.flatMap((chunk) => chunk.events),
				events.map(({ plain }) => plain),
			);
			assert.ok(chunks.every((chunk) => chunk.bytes === chunk.events.reduce((sum, each) => sum + each.length, 0)));
		}),
	);
});

test('watch: chunks: without fragments each begins at a revision that the one before has not', () => {
	fc.assert(
		fc.property(history, (events) => {
			const chunks = cutChunks(events, 0, 0, MAX);
			let at = 0;
			for (const chunk of chunks) {
				assert.equal(chunk.firstRevision, events[at]?.revision);
				assert.ok(at === 0 || (events[at - 1]?.revision ?? 0) < chunk.firstRevision);
				assert.equal(chunk.isFragment, false);
				at += chunk.events.length;
			}
		}),
	);
});

test('watch: chunks: with fragments none is longer than the limit but a single event, and only the end of a revision is no fragment', () => {
	fc.assert(
		fc.property(history, (events) => {
			let at = 0;
			for (const chunk of cutChunks(events, WATCH_FLAG.fragment, 0, MAX)) {
				assert.ok(chunk.bytes <= MAX || chunk.events.length === 1);
				at += chunk.events.length;
				assert.equal(chunk.isFragment, at < events.length && events[at]?.revision === events[at - 1]?.revision);
			}
		}),
	);
});

test('watch: events: they decode as protobuf, deletions with key and revision', () => {
	const kv = encodeKeyValue({ key: Uint8Array.of(0x6b), createRevision: 2, modRevision: 300, version: 4, value: Uint8Array.of(1, 2), lease: 5n });
	const tombstone = encodeKeyValue({ key: Uint8Array.of(0x6b), createRevision: 0, modRevision: 0, version: 0, value: new Uint8Array(0), lease: 0n });
	const decode = (field: Uint8Array): mvccpb.Event => {
		assert.equal(field[0], 0x5a);
		assert.equal(field[1], field.length - 2);
		return mvccpb.Event.decode(field.subarray(2));
	};
	const put = decode(encodeEvent({ revision: 300, isDelete: false, kv, previous: null }));
	assert.deepEqual([put.type, Number(put.kv?.mod_revision), put.prev_kv ?? null], [0, 300, null]);
	const removal = decode(encodeEvent({ revision: 301, isDelete: true, kv: tombstone, previous: kv }));
	assert.deepEqual([removal.type, Number(removal.kv?.mod_revision), Number(removal.prev_kv?.version)], [1, 301, 4]);
	assert.deepEqual([...(removal.kv?.key ?? [])], [0x6b]);
});
