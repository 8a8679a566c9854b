/** The history of events: what is in it after mutations, that it prints as the answers did, how far back it goes, and that damage is seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FatalError } from '../../../src/base/fatal.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES, TREE } from '../../../src/base/store-trees.ts';
import { checkStoreRecord } from '../../../src/mvcc/check-record.ts';
import { EVENTS_KEPT, oldestEventIndex, readEvent, readEvents } from '../../../src/v2/event-history.ts';
import { eventJson } from '../../../src/v2/event-json.ts';
import { executeV2 } from '../../../src/v2/execute.ts';
import { INDEX_AT_START, writeState } from '../../../src/v2/nodes.ts';
import { encodeV2Request, V2_OPERATION, type V2Request } from '../../../src/v2/request-codec.ts';
import { decodeV2Response } from '../../../src/v2/response-codec.ts';

const NOW = Date.UTC(2026, 0, 2);
const FIRST = INDEX_AT_START + 1;
const text = new TextEncoder();

class History {
	readonly engine = new MemoryEngine(STORE_TREE_NAMES);

	run(operation: keyof typeof V2_OPERATION, path: string, fields: Partial<V2Request> = {}): string {
		const compares = { prevValue: new Uint8Array(0), prevIndex: 0n };
		const plain = {
			directory: false,
			recursive: false,
			value: new Uint8Array(0),
			...compares,
			quiet: false,
			refresh: false,
			now: NOW,
			expiration: 0,
		};
		const body = encodeV2Request({ operation: V2_OPERATION[operation], path: text.encode(path), ...plain, ...fields });
		return new TextDecoder().decode(decodeV2Response(this.engine.write((view) => executeV2(view, body, { index: 7, term: 2 }))).body);
	}

	oldest(): number {
		return this.engine.read(oldestEventIndex);
	}
}

test('v2: history: every event prints from the history as it did in its answer', () => {
	const history = new History();
	const answers = [
		history.run('set', '/a/b', { value: text.encode('one'), expiration: NOW + 5_500 }),
		history.run('update', '/a/b', { refresh: true, expiration: NOW + 9_000 }),
		history.run('compare_and_swap', '/a/b', { prevValue: text.encode('one'), value: text.encode('') }),
		history.run('create', '/d', { directory: true, expiration: NOW + 100 }),
		history.run('create_in_order', '/d', { value: Uint8Array.of(0xff, 0x22) }),
		history.run('delete', '/d', { recursive: true }),
		history.run('compare_and_delete', '/a/b', { prevIndex: BigInt(FIRST + 2) }),
	];
	const events = history.engine.read((view) => readEvents(view, 1, 100));
	assert.deepEqual(
		events.map((event) => eventJson(event, false)),
		answers,
	);
	assert.deepEqual(
		events.map((event) => event.refresh),
		[false, true, false, false, false, false, false],
	);
	assert.match(answers[0] ?? '', /"expiration":"2026-01-02T00:00:05\.5Z","ttl":6,/);
});

test('v2: history: what is refused leaves no event, and an index that took none reads as none', () => {
	const history = new History();
	assert.equal(history.oldest(), 0);
	history.run('update', '/nothing');
	assert.deepEqual(
		history.engine.read((view) => readEvents(view, 0, 10)),
		[],
	);
	history.run('set', '/a');
	assert.equal(
		history.engine.read((view) => readEvent(view, FIRST + 1)),
		null,
	);
	assert.equal(history.engine.read((view) => readEvent(view, FIRST))?.action, 'set');
	assert.equal(history.oldest(), 1, 'before the first write are only events of the cluster itself');
});

test('v2: history: it holds the newest thousand indexes', () => {
	const history = new History();
	for (let i = 0; i < EVENTS_KEPT; i++) {
		history.run('set', '/a', { value: text.encode(String(i)) });
	}
	const newest = INDEX_AT_START + EVENTS_KEPT;
	assert.equal(history.oldest(), newest - EVENTS_KEPT + 1);
	const page = history.engine.read((view) => readEvents(view, 0, 3));
	assert.deepEqual(
		page.map((event) => event.index),
		[newest - EVENTS_KEPT + 1, newest - EVENTS_KEPT + 2, newest - EVENTS_KEPT + 3],
	);
});

test('v2: history: in a store that is older than its history, a watch may begin where the history does', () => {
	const history = new History();
	history.engine.write((view) => writeState(view, { index: 40, nextContainer: 5 }));
	history.run('set', '/a');
	history.run('set', '/b');
	assert.equal(history.oldest(), 41);
});

test('v2: history: a flipped byte of a record is seen by the reader and by the check of the whole store', () => {
	const history = new History();
	history.run('set', '/a', { value: text.encode('value') });
	history.engine.write((view) => {
		view.scan(TREE.v2_events, new Uint8Array(0), null, (key, value) => {
			checkStoreRecord('v2_events', key, value);
			return true;
		});
		const key = Uint8Array.of(0, 0, 0, 0, 0, FIRST);
		const bytes = Uint8Array.from(view.get(TREE.v2_events, key) ?? []);
		bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
		view.put(TREE.v2_events, key, bytes);
	});
	assert.throws(() => history.engine.read((view) => readEvent(view, FIRST)), FatalError);
});
